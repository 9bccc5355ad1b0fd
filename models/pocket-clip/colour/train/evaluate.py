"""Judges the finished int8 model on photos it never saw, and writes evaluation.json.

    ./evaluation_photos.sh FOLDER
    python evaluate.py ../../../photos FOLDER/photos

Each photo is seen whole and in random square crops (the pool). For every query of
evaluation_queries.py the pool is ranked by cosine, and its first ten are held against
hsv_attributes.py. Reported per query:

- precision@10: the share of the first ten that show the attribute;
- lift: the attribute's mean over the first ten, divided by its mean over the pool;
- best: the highest lift that any ranking of this pool could reach;
- sd: the standard deviation of the query's cosines over the pool ("does it know the words?").

A query whose attribute fewer than ten pictures show can't be measured by precision@10; it is
listed and left out of the means.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

from evaluation_queries import MEASURED_QUERIES, UNKNOWN_WORDS
from hsv_attributes import measure_attributes, relevant_from
from model import MEAN, STD
from scenes import SIZE
from tokenizer import load_tokenizer
from vocabulary import all_phrases

HERE = Path(__file__).resolve().parent
FIRST = 10
SEED = 7
TOO_SIMILAR = 6
"""Mean difference (of 255) of two 16 x 16 thumbnails below which the photos count as the same."""


class Clip:
    """The model as committed: vectors float32 [512] of length 1."""

    def __init__(self, folder):
        self.tokenizer = load_tokenizer(folder)
        self.text = onnxruntime.InferenceSession(folder / "onnx/text_model_quantized.onnx")
        self.vision = onnxruntime.InferenceSession(folder / "onnx/vision_model_quantized.onnx")

    def embed_text(self, text):
        tokens = self.tokenizer([text], truncation=True, return_tensors="np")
        inputs = {name: tokens[name].astype(np.int64) for name in ("input_ids", "attention_mask")}
        return _normalise(self.text.run(None, inputs)[0])[0]

    def embed_pictures(self, pictures):
        """Of uint8 [batch, SIZE, SIZE, 3]: float32 [batch, 512]."""
        vectors = []
        for batch in np.array_split(pictures, max(1, len(pictures) // 32)):
            pixels = (batch.astype(np.float32) / 255 - np.float32(MEAN)) / np.float32(STD)
            vectors.append(self.vision.run(None, {"pixel_values": pixels.transpose(0, 3, 1, 2)})[0])
        return _normalise(np.concatenate(vectors))


def _normalise(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def read_photos(folders):
    """Photos below the folders without repeats: a dict of path to PIL image, short side at least 200 pixels."""
    photos, thumbnails = {}, []
    files = [file for folder in folders for file in sorted(folder.rglob("*"))]
    for file in files:
        if file.suffix.lower() not in (".jpg", ".jpeg", ".png", ".webp") or file.is_symlink():
            continue
        image = Image.open(file)
        image.draft("RGB", (1024, 1024))  # JPEG only: decoded at half or quarter size where that is enough
        image = ImageOps.exif_transpose(image)
        image = image.convert("RGBA").convert("RGB") if image.mode in ("P", "LA") else image.convert("RGB")
        if min(image.size) < 200:
            continue
        image.thumbnail((1024, 1024), Image.BICUBIC, reducing_gap=2)
        thumbnail = np.asarray(image.resize((16, 16), Image.BOX)).astype(np.float32)
        if any(np.abs(thumbnail - other).mean() < TOO_SIMILAR for other in thumbnails):
            continue
        thumbnails.append(thumbnail)
        photos[file] = image
    return photos


def cut(image, box=None):
    """A square of the image (the centre by default) as the model sees it: uint8 [SIZE, SIZE, 3]."""
    if box is None:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        box = (left, top, left + side, top + side)
    return np.asarray(image.resize((SIZE, SIZE), Image.BICUBIC, box=box))


def make_pool(photos, crops_per_photo):
    """Centre and random crops of every photo: uint8 [P, SIZE, SIZE, 3], and the photo's number of each."""
    rng, pool, source = np.random.default_rng(SEED), [], []
    for number, image in enumerate(photos.values()):
        boxes = [None]
        for _ in range(crops_per_photo):
            side = min(image.size) * rng.uniform(0.35, 0.95)
            left, top = rng.uniform(0, image.width - side), rng.uniform(0, image.height - side)
            boxes.append((left, top, left + side, top + side))
        pool += [cut(image, box) for box in boxes]
        source += [number] * len(boxes)
    return np.array(pool), np.array(source)


def judge(group, query, attribute, cosines, values, source):
    """One row of the report; values [P] of the attribute, cosines [P] of the query."""
    relevant = values >= relevant_from(attribute)
    order = np.argsort(-cosines)
    first = order[:FIRST]
    # The same with at most one crop of each photo: ten different photos.
    _, earliest = np.unique(source[order], return_index=True)
    apart = order[np.sort(earliest)[:FIRST]]
    mean = values.mean()
    return dict(
        group=group,
        query=query,
        attribute=attribute,
        relevant=int(relevant.sum()),
        base=round(float(relevant.mean()), 3),
        precision=round(float(relevant[first].mean()), 2),
        precision_different_photos=round(float(relevant[apart].mean()), 2),
        lift=round(float(values[first].mean() / mean), 1),
        best=round(float(np.sort(values)[-FIRST:].mean() / mean), 1),
        sd=round(float(cosines.std()), 3),
    )


def evaluate(folder, photo_folders, pool_size):
    """The whole report as a dict, ready for JSON."""
    clip = Clip(folder)
    photos = read_photos(photo_folders)
    pool, source = make_pool(photos, max(0, round(pool_size / len(photos)) - 1))
    vectors = clip.embed_pictures(pool)
    attributes = [measure_attributes(picture) for picture in pool]

    def cosines(text):
        return vectors @ clip.embed_text(text)

    rows = [
        judge(group, query, attribute, cosines(query), np.array([a[attribute] for a in attributes]), source)
        for group, queries in MEASURED_QUERIES.items()
        for query, attribute in queries.items()
    ]
    measured = [row for row in rows if row["relevant"] >= FIRST]
    unknown = {text: round(float(cosines(text).std()), 3) for text in UNKNOWN_WORDS}
    taught = {text: round(float(cosines(text).std()), 3) for text in all_phrases()}
    return dict(
        photos=len(photos),
        pictures_in_pool=len(pool),
        too_few_to_measure=[row["query"] for row in rows if row["relevant"] < FIRST],
        all=_summary(measured),
        **{group: _summary([row for row in measured if row["group"] == group]) for group in MEASURED_QUERIES},
        sd_unknown_words=dict(highest=max(unknown.values()), median=float(np.median(list(unknown.values()))), each=unknown),
        sd_known_queries=dict(lowest=min(row["sd"] for row in rows), median=float(np.median([row["sd"] for row in rows]))),
        sd_taught_phrases=dict(
            phrases=len(taught), lowest_five={text: taught[text] for text in sorted(taught, key=taught.get)[:5]}
        ),
        rows=rows,
    )


def _summary(rows):
    def column(key):
        return [row[key] for row in rows]

    return dict(
        queries=len(rows),
        mean_precision=round(float(np.mean(column("precision"))), 2),
        mean_precision_different_photos=round(float(np.mean(column("precision_different_photos"))), 2),
        mean_base=round(float(np.mean(column("base"))), 2),
        median_lift=round(float(np.median(column("lift"))), 1),
        median_best=round(float(np.median(column("best"))), 1),
        best_below_8=sum(best < 8 for best in column("best")),
        mean_share_of_best=round(float(np.mean([row["lift"] / row["best"] for row in rows])), 2),
    )


def print_report(report):
    print(f"{'query':44} {'attribute':20} base  P@10  apart  lift  best    sd")
    for row in report["rows"]:
        few = "  (too few to measure)" if row["query"] in report["too_few_to_measure"] else ""
        print(
            f"{row['query']:44} {row['attribute']:20} {row['base']:.2f}  {row['precision']:.2f}   {row['precision_different_photos']:.2f}"
            f"  {row['lift']:4.1f}  {row['best']:4.1f}  {row['sd']:.3f}{few}"
        )
    for name, value in report.items():
        if name != "rows":
            print(f"{name}: {value}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+", help="folders of photos")
    parser.add_argument("--model", type=Path, default=HERE.parent)
    parser.add_argument("--pool", type=int, default=1000, help="how many pictures to cut from the photos")
    parser.add_argument("--write", type=Path, default=HERE / "evaluation.json")
    options = parser.parse_args()
    report = evaluate(options.model, options.photos, options.pool)
    print_report(report)
    options.write.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
