"""Fetches the photos of other-photos.tsv from Debian's packages: python3 evaluation/fetch_other_photos.py FOLDER

Needs apt-get and dpkg-deb (Debian or a derivative). Nothing is installed; packages are unpacked below FOLDER and
removed again. Each photo is checked against its SHA-256. What is there already is not fetched again.
"""

import csv
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import zlib
from collections import defaultdict
from pathlib import Path

LIST = Path(__file__).with_name("other-photos.tsv")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def apt_environment(folder, suites):
    """An apt of its own for these suites, from the mirror that this machine uses; the machine's own stays as it is."""
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Component: main"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    mirrors = [target for target in targets if target and "security" not in target]
    if not mirrors or not KEYRING.exists():
        sys.exit('apt-get knows no Debian mirror, or debian-archive-keyring is missing: run this on Debian, after "apt-get update".')
    for part in ("lists/partial", "cache/archives/partial", "state"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text("".join(f"deb [signed-by={KEYRING}] {mirrors[0]} {suite} main\n" for suite in suites))
    (folder / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{folder}/sources.list"; Dir::Etc::sourceparts "/dev/null";\n'
        f'Dir::State "{folder}/state"; Dir::State::lists "{folder}/lists"; Dir::Cache "{folder}/cache";\n'
        'Acquire::Languages "none";\n'
    )
    environment = {**os.environ, "APT_CONFIG": str(folder / "apt.conf")}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    return environment


def unpack(package, version, suite, folder, environment):
    """Downloads a package, in this version or else the suite's present one, and unpacks it."""
    folder.mkdir()
    for wanted in (f"{package}={version}", f"{package}/{suite}"):
        done = subprocess.run(["apt-get", "download", "-q", wanted], cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode == 0:
            break
    else:
        print(f"{package} {version} ({suite}): {done.stderr.strip()}", file=sys.stderr)
        return
    subprocess.run(["dpkg-deb", "-x", next(folder.glob("*.deb")), folder], check=True)


def resource(rcc, path):
    """A file of a Qt resource collection (.rcc), or None. Format: Qt's source, qtbase/src/corelib/io/qresource.cpp."""
    data = rcc.read_bytes()
    version, tree, contents, names = struct.unpack_from(">4I", data, 4)
    size = 14 if version == 1 else 22
    node = 0
    for part in path.split("/"):
        count, first = struct.unpack_from(">2I", data, tree + node * size + 6)
        for node in range(first, first + count):
            name = names + struct.unpack_from(">I", data, tree + node * size)[0]
            length = struct.unpack_from(">H", data, name)[0]
            if data[name + 6 : name + 6 + 2 * length].decode("utf-16-be") == part:
                break
        else:
            return None
    flags = struct.unpack_from(">H", data, tree + node * size + 4)[0]
    start = contents + struct.unpack_from(">I", data, tree + node * size + 10)[0]
    length = struct.unpack_from(">I", data, start)[0]
    content = data[start + 4 : start + 4 + length]
    return zlib.decompress(content[4:]) if flags & 1 else content


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(f"usage: python3 {sys.argv[0]} FOLDER")
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with LIST.open(newline="") as file:
        photos = list(csv.DictReader(file, delimiter="\t"))
    packages = defaultdict(list)
    for photo in photos:
        there = folder / photo["file"]
        if not there.exists() or sha256(there.read_bytes()) != photo["sha256"]:
            packages[photo["package"], photo["version"], photo["suite"]].append(photo)
    missing = []
    if packages:
        work = folder / ".packages"
        shutil.rmtree(work, ignore_errors=True)
        environment = apt_environment(work / "apt", sorted({suite for _, _, suite in packages}))
        for at, ((package, version, suite), wanted) in enumerate(packages.items(), 1):
            print(f"{at} of {len(packages)}: {package} {version} ({suite}), {len(wanted)} photos", flush=True)
            root = work / package
            unpack(package, version, suite, root, environment)
            for photo in wanted:
                source = root / photo["path"]
                content = None
                if source.exists():
                    content = resource(source, photo["inside"]) if photo["inside"] else source.read_bytes()
                if content is None or sha256(content) != photo["sha256"]:
                    missing.append(f"{photo['file']} ({package} {suite}: {photo['path']} {photo['inside']})")
                    continue
                part = folder / f".{photo['file']}.part"
                part.write_bytes(content)
                part.rename(folder / photo["file"])
            shutil.rmtree(root)
        shutil.rmtree(work)
    print(f"{len(photos) - len(missing)} of {len(photos)} photos are in {folder}.")
    if missing:
        sys.exit("No longer offered, or another picture now:\n  " + "\n  ".join(missing))


if __name__ == "__main__":
    main()
