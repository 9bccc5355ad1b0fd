"""The labelled photos of scenes/labels.tsv, opened. scenes/gather.sh brings their packages; none is committed.

python scene_photos.py fetches what is missing; scenes/gather.sh calls it when apt knows the releases.

Where the column "made" is empty, the photo is as the package has it. Else it was made from it: "fog" and the like name a
recipe of made_photos.py, "panorama_view:120" a view into a panorama, 120 degrees from its middle.
"""

import csv
import io
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from made_photos import LONGEST_SIDE, RECIPES, panorama_view
from package_photos import PHOTOS, keep, qt_resources
from packages import PARTS
from pixels import open_photo

TABLE = Path(__file__).parent / "scenes" / "labels.tsv"


@dataclass
class LabelledPhoto:
    package: str
    version: str
    suite: str
    path: str
    sha256: str  # of the file's content, or of the photo's within an .rcc file
    made: str
    labels: frozenset[str]


def labelled_photos() -> list[LabelledPhoto]:
    columns = ("package", "version", "suite", "path", "sha256", "made")
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [LabelledPhoto(*(row[c] for c in columns), frozenset(row["labels"].split())) for row in rows]


def open_labelled(row: LabelledPhoto) -> Image.Image:
    """Raises FileNotFoundError where scenes/gather.sh has not brought the photo."""
    source = (PHOTOS / row.sha256).read_bytes()
    steps = row.made.split()
    if steps and steps[0].startswith("panorama_view:"):
        photo = panorama_view(source, float(steps.pop(0).split(":")[1]))
    else:
        photo = open_photo(io.BytesIO(source))
    photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.LANCZOS)
    for recipe in steps:
        photo = RECIPES[recipe](photo, np.random.default_rng(int(row.sha256[:8], 16)))
    return photo


def gather() -> bool:
    """Keeps each photo's bytes as .parts/photos/SHA-256; fetches a package once. Names what is missing; whether none is."""
    rows = labelled_photos()
    is_missing = lambda row: not (PHOTOS / row.sha256).exists()
    for package, version in sorted({(row.package, row.version) for row in rows if is_missing(row)}):
        folder = PARTS / "unpacked"
        shutil.rmtree(folder, ignore_errors=True)  # of a run that was interrupted
        folder.mkdir(parents=True)
        try:
            _unpack(package, version, folder)
            paths = {row.path for row in rows if (row.package, row.version) == (package, version)}
            for path in sorted(paths):
                file = folder / path
                for content in qt_resources(file.read_bytes()) if file.suffix == ".rcc" else [file.read_bytes()]:
                    keep(content)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            print(f"{package} {version}: {error}")
        shutil.rmtree(folder)
    missing = [row for row in rows if is_missing(row)]
    print(f"{len(rows) - len(missing)} of {len(rows)} photos are there")
    for row in missing:
        print(f"missing: {row.package} {row.version} {row.path} {row.sha256}")
    return not missing


def _unpack(package: str, version: str, folder: Path) -> None:
    if package.startswith("npm:"):
        name = f"{package.removeprefix('npm:')}@{version}"
        subprocess.run(["npm", "pack", "--silent", name, "--pack-destination", folder], check=True)
        (archive,) = folder.glob("*.tgz")
        tarfile.open(archive).extractall(folder, filter="data")
    else:
        subprocess.run(["apt-get", "download", "-q=2", f"{package}={version}"], cwd=folder, check=True)
        (archive,) = folder.glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)


if __name__ == "__main__":
    sys.exit(0 if gather() else 1)
