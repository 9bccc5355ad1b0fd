"""What the parts see in photos: the classifier's features and probabilities, the colour model's vector.

python features.py PHOTO ... prints each photo's three likeliest classes.
"""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper
from PIL import Image

from classifier import TEXTURE, classifier_graph
from packages import PARTS
from pixels import classifier_pixels, clip_pixels, open_photo

COLOUR_MODEL = Path(__file__).parents[1] / "colour"


@dataclass
class Features:
    """One row a photo."""

    pooled: np.ndarray  # [photos, 1280]: the classifier's features, averaged over the photo
    texture: np.ndarray  # [photos, 688]: what three layers on the way up see, mean and standard deviation over the photo
    probabilities: np.ndarray  # [photos, 1000]: of ImageNet's classes, the highest of the photo's four quarters
    colour: np.ndarray  # [photos, 512]: the colour model's vector, of length 1


def photo_features(photos: list[Image.Image | Path | str]) -> Features:
    """Features of opened photos or of files, in their order."""
    classifier, colour_model = _classifier_session(), _colour_session()
    pooled, texture, quarters, colour = [], [], [], []
    for photo in photos:
        pixel_values = clip_pixels(photo if isinstance(photo, Image.Image) else open_photo(photo))
        x, y, z = classifier.run(["quarters", "pooled", "texture"], {"pixels": classifier_pixels(pixel_values)})
        quarters.append(x[0])
        pooled.append(y[0])
        texture.append(z[0])
        colour.append(colour_model.run(["image_embeds"], {"pixel_values": pixel_values})[0][0])
    probabilities = softmax(np.array(quarters)).max(axis=1)
    return Features(np.array(pooled), np.array(texture), probabilities, unit(np.array(colour)))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def unit(rows: np.ndarray) -> np.ndarray:
    """Each row divided by its length (L2); a row of zeros stays one."""
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)


def one_thread(model: str | bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def classifier_file() -> Path:
    """The classifier as ONNX, made when it is first asked for. Call it once before several processes do."""
    file = PARTS / f"classifier-{TEXTURE}.onnx"
    if not file.exists():
        model = helper.make_model(classifier_graph(), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        partial = file.with_suffix(".partial.onnx")
        onnx.save(model, partial)
        partial.rename(file)
    return file


@cache
def _classifier_session() -> onnxruntime.InferenceSession:
    return one_thread(str(classifier_file()))


@cache
def _colour_session() -> onnxruntime.InferenceSession:
    return one_thread(str(COLOUR_MODEL / "onnx" / "vision_model_quantized.onnx"))


if __name__ == "__main__":
    from class_labels import clean_names

    for file, probabilities in zip(sys.argv[1:], photo_features(sys.argv[1:]).probabilities):
        likeliest = np.argsort(-probabilities)[:3]
        print(file, ", ".join(f"{clean_names()[c]} {probabilities[c]:.2f}" for c in likeliest))
