"""Makes the colour model from nothing: pictures, tokenizer, training, export. See ../README.md.

    python make.py                  # the model as committed: about 11 minutes on two idle cores
    python make.py --steps 50 --pictures 2000 --into /tmp/try    # a quick try
"""

import argparse
import time
from pathlib import Path

import numpy as np

from captions import CaptionWriter
from colour_statistics import COLOURS, PictureStatistics
from concepts import score_concepts
from export import export
from pictures import load_pictures, make_pictures
from reference import write_reference
from tokenizer import load_tokenizer, make_tokenizer
from train import train

HERE = Path(__file__).resolve().parent
SEED = 20261122


def main():
    options = _read_options()
    options.work.mkdir(parents=True, exist_ok=True)
    options.into.mkdir(parents=True, exist_ok=True)
    started = time.time()

    def say(text):
        print(f"[{time.time() - started:4.0f} s] {text}", flush=True)

    if options.reuse_pictures:
        pictures, table = load_pictures(options.work)
    else:
        say(f"rendering {options.pictures} pictures")
        pictures, table = make_pictures(options.pictures, SEED, options.work)
    statistics = PictureStatistics(table)
    say("mean share of each colour: " + ", ".join(f"{c} {statistics.share('whole', c).mean():.2f}" for c in COLOURS))
    concepts, scores = score_concepts(statistics)

    say(f"learning the tokenizer from captions of {len(concepts)} concepts")
    sampler = CaptionWriter(concepts, scores, SEED + 1)
    samples = [sampler.write(i).text for i in np.random.default_rng(SEED).integers(len(pictures), size=20000)]
    (options.work / "captions.txt").write_text("\n".join(samples) + "\n")
    make_tokenizer(samples, sampler.everyday_words, options.into)
    tokenizer = load_tokenizer(options.into)

    say("training")
    # In memory (2.4 GB) the batches are cut three times faster than from disk.
    model = train(np.array(pictures), CaptionWriter(concepts, scores, SEED + 2), tokenizer, options.steps, SEED, options.threads)
    model.save_pretrained(options.work / "pytorch")

    say("writing ONNX files")
    say(f"int8 against PyTorch: cosine {export(model, tokenizer, options.into):.5f} or better")
    write_reference(model, tokenizer, options.reference)
    files = [file for file in options.into.rglob("*") if file.is_file() and HERE not in file.parents]
    say(f"done: {options.into}, {sum(file.stat().st_size for file in files):,} bytes")


def _read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=16000, help="how many pictures to render (default %(default)s)")
    parser.add_argument("--reuse-pictures", action="store_true", help="take those that an earlier run left in --work")
    parser.add_argument("--steps", type=int, default=1400, help="training steps of 128 pairs (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="threads of the training; part of what makes it repeatable")
    parser.add_argument("--into", type=Path, default=HERE.parent, help="the model's folder (default: this model's)")
    parser.add_argument("--work", type=Path, default=HERE / "work", help="pictures and PyTorch weights, not committed")
    parser.add_argument("--reference", type=Path, default=HERE / "reference.json", help="what the JavaScript side is tested against")
    return parser.parse_args()


if __name__ == "__main__":
    main()
