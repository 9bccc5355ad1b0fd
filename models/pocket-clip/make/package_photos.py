"""Photos out of Debian packages: named in a table by package, version, path in it, and the SHA-256 of their content.

The packages are fetched by apt, unpacked, and not installed. A path that ends in .rcc is an archive of Qt resources: the
photo is the one in it that has this SHA-256.
"""

import csv
import hashlib
import io
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from packages import PARTS
from pixels import open_photo


@dataclass
class PhotoRow:
    package: str
    version: str
    path: str
    sha256: str


def read_table(file: Path) -> list[PhotoRow]:
    with file.open(encoding="utf-8") as lines:
        return [PhotoRow(**row) for row in csv.DictReader(lines, delimiter="\t")]


def package_photos(rows: list[PhotoRow]) -> Iterator[tuple[PhotoRow, Image.Image]]:
    """The rows' photos, in their order. Raises if one is missing from its package or has changed."""
    for row in rows:
        yield row, open_photo(io.BytesIO(_content(row)))


def _content(row: PhotoRow) -> bytes:
    kept = PARTS / "photos" / row.sha256
    if not kept.exists():
        _keep_photos_of(row)
    if not kept.exists():
        raise SystemExit(f"{row.package} {row.version} holds no {row.path} of SHA-256 {row.sha256}.")
    return kept.read_bytes()


def _keep_photos_of(row: PhotoRow) -> None:
    """Fetches a package once, and keeps the contents of its pictures under their SHA-256."""
    folder = PARTS / "unpacked"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", "--quiet=2", "-o=APT::Sandbox::User=root", f"{row.package}={row.version}"], cwd=folder, check=True)
    (archive,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", archive, folder / "root"], check=True)
    kept = PARTS / "photos"
    kept.mkdir(exist_ok=True)
    for path in sorted((folder / "root").rglob("*")):
        if path.suffix.lower() in PICTURES and path.is_file():
            data = path.read_bytes()
            (kept / hashlib.sha256(data).hexdigest()).write_bytes(data)
        elif path.suffix == ".rcc":
            for data in qt_resources(path.read_bytes()):
                (kept / hashlib.sha256(data).hexdigest()).write_bytes(data)
    shutil.rmtree(folder)


PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


def qt_resources(archive: bytes) -> Iterator[bytes]:
    """The files in a Qt resource archive (format: qtbase, qresource.cpp); packed ones are unpacked."""
    magic, _, tree, data, names = struct.unpack(">4s4I", archive[:20])
    if magic != b"qres":
        return
    position, end = data, names if names > data else tree
    while position + 4 < end:
        (length,) = struct.unpack(">I", archive[position : position + 4])
        content = archive[position + 4 : position + 4 + length]
        position += 4 + length
        try:
            yield zlib.decompress(content[4:])  # the first four bytes are its length
        except zlib.error:
            yield content  # not packed
