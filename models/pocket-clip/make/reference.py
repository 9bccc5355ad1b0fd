"""reference.json: what the finished files answer here, in Python; test/pocket-clip.test.ts holds the workshop to it."""

import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from features import one_thread
from pixels import clip_pixels, open_photo

TEXTS = [
    "a dog",
    "Palm trees, and a hot-air balloon!",
    "guinea pigs",
    "monarch butterflies",
    "the dog's red ball isn't big",
    "I can't see West Highland white terriers, a jack-o'-lantern, or yellow lady’s slippers",
    "black and white",
    "people on a beach at sunset",
    "2 cafés",
    "zzyzx моя 😀",
    "",
]
PHOTOS = ["golden-retriever.jpg", "stone-castle.jpg", "sunset-over-hills.jpg"]


def write_reference(model: Path, photos: Path, file: Path) -> None:
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    text_tower = one_thread(str(model / "onnx" / "text_model_quantized.onnx"))
    vision_tower = one_thread(str(model / "onnx" / "vision_model_quantized.onnx"))
    seen = [vision_tower.run(None, {"pixel_values": clip_pixels(open_photo(photos / name))})[0][0] for name in PHOTOS]
    texts = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        inputs = {"input_ids": np.array([ids], np.int64), "attention_mask": np.ones((1, len(ids)), np.int64)}
        vector = text_tower.run(None, inputs)[0][0]
        cosines = {name: round(float(vector @ photo), 4) for name, photo in zip(PHOTOS, seen)}
        texts.append({"text": text, "ids": ids, "cosines": cosines})
    file.write_text(json.dumps({"texts": texts}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    here = Path(__file__).parent
    write_reference(here.parent, here.parents[2] / "photos", here / "reference.json")
