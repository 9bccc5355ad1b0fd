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

PHOTOS = PARTS / "photos"


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
    """The rows' photos, in their order. Ends with the names of those that are missing from the archive or their package."""
    is_missing = lambda row: not (PHOTOS / row.sha256).exists()
    for package, version in dict.fromkeys((row.package, row.version) for row in rows if is_missing(row)):
        try:
            _keep_photos_of(package, version)
        except subprocess.CalledProcessError as error:
            print(f"{package} {version}: {error}")
    missing = [f"missing: {row.package} {row.version} {row.path} {row.sha256}" for row in rows if is_missing(row)]
    if missing:
        raise SystemExit("\n".join([*missing, f"{len(missing)} of {len(rows)} background photos could not be fetched."]))
    for row in rows:
        yield row, open_photo(io.BytesIO((PHOTOS / row.sha256).read_bytes()))


def keep(content: bytes) -> None:
    """Keeps a photo's bytes under their SHA-256. What stands under it is whole, even if this is killed."""
    PHOTOS.mkdir(parents=True, exist_ok=True)
    part = PHOTOS / "part"
    part.write_bytes(content)
    part.replace(PHOTOS / hashlib.sha256(content).hexdigest())


def _keep_photos_of(package: str, version: str) -> None:
    """Fetches a package, and keeps its pictures."""
    folder = PARTS / "unpacked"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was interrupted
    folder.mkdir(parents=True)
    subprocess.run(["apt-get", "download", "--quiet=2", "-o=APT::Sandbox::User=root", f"{package}={version}"], cwd=folder, check=True)
    (archive,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", archive, folder / "root"], check=True)
    for path in sorted((folder / "root").rglob("*")):
        if path.suffix.lower() in PICTURES and path.is_file():
            keep(path.read_bytes())
        elif path.suffix == ".rcc":
            for content in qt_resources(path.read_bytes()):
                keep(content)
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
