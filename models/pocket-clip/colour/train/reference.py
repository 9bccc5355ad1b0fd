"""Writes reference.json: what Python and PyTorch make of a few texts and pictures.

test/pocket-clip.test.ts holds the committed int8 files, as transformers.js runs them, against it.
"""

import json

import numpy as np
import torch

from model import MEAN, STD
from scenes import SIZE

TEXTS = [
    "red", "Sunset over the sea", "show me a dark forest", "blue sky over green grass", "black and white", "MOSS & copper, 2 of 3!",
    "Über-café 日本 😀", "it's the bureaucracy's dog", "", "a very long text about the colour of the evening sky " * 12,
]  # fmt: skip
# From the colour (sRGB, 0 to 255) at the top left to the one at the bottom right, linearly in x + y.
GRADIENTS = [[[230, 40, 30], [250, 160, 40]], [[20, 30, 60], [60, 120, 220]], [[240, 240, 235], [40, 110, 40]], [[5, 5, 8], [5, 5, 8]]]


def gradient_pixels(first, last):
    """The gradient as the model's input: float32 [3, SIZE, SIZE]."""
    share = (np.arange(SIZE)[:, None] + np.arange(SIZE)[None, :]) / (2 * (SIZE - 1))
    channels = [(a * (1 - share) + b * share) / 255 for a, b in zip(first, last)]
    return np.stack([(c - mean) / std for c, mean, std in zip(channels, MEAN, STD)]).astype(np.float32)


@torch.no_grad()
def write_reference(clip, tokenizer, file):
    """Token ids, and vectors of length 1 rounded to 5 digits."""
    texts = []
    for text in TEXTS:
        tokens = tokenizer([text], truncation=True, return_tensors="pt")
        texts.append(dict(text=text, ids=tokens.input_ids[0].tolist(), vector=_rounded(clip.get_text_features(**tokens))))
    pictures = []
    for first, last in GRADIENTS:
        pixels = torch.from_numpy(gradient_pixels(first, last))[None]
        pictures.append(dict(gradient=[first, last], vector=_rounded(clip.get_image_features(pixel_values=pixels))))
    file.write_text(json.dumps(dict(texts=texts, pictures=pictures), ensure_ascii=False) + "\n", encoding="utf-8")


def _rounded(features):
    return [round(value, 5) for value in torch.nn.functional.normalize(features, dim=-1)[0].tolist()]
