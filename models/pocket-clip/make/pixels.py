"""A photo as CLIP's towers are given it: shorter side to 224 pixels (bicubic), the middle, normalised."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SIZE = 224
CLIP_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
CLIP_STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def open_photo(file) -> Image.Image:
    """A photo upright and in RGB; what is transparent becomes white."""
    photo = Image.open(file)
    photo.draft("RGB", (4 * SIZE, 4 * SIZE))  # decodes large JPEG files at a fraction of their size
    photo = ImageOps.exif_transpose(photo)
    if photo.mode in ("RGBA", "LA", "P"):
        photo = photo.convert("RGBA")
        white = Image.new("RGBA", photo.size, "white")
        white.alpha_composite(photo)
        photo = white
    return photo.convert("RGB")


def clip_pixels(photo: Image.Image) -> np.ndarray:
    """[1, 3, 224, 224], normalised with CLIP's mean and standard deviation"""
    scale = SIZE / min(photo.size)
    width, height = (max(SIZE, int(side * scale)) for side in photo.size)
    left, top = (width - SIZE) // 2, (height - SIZE) // 2
    middle = photo.resize((width, height), Image.BICUBIC).crop((left, top, left + SIZE, top + SIZE))
    values = (np.asarray(middle, np.float32) / 255 - CLIP_MEAN) / CLIP_STD
    return values.transpose(2, 0, 1)[None]


def classifier_pixels(pixel_values: np.ndarray) -> np.ndarray:
    """CLIP's normalisation undone, EfficientNet-Lite's put in its place: (255 * x - 127) / 128"""
    scale, shift = from_clip()
    return pixel_values * scale + shift


def from_clip() -> tuple[np.ndarray, np.ndarray]:
    """Factor and summand, [1, 3, 1, 1], that turn CLIP's pixel values into the classifier's."""
    scale = 255 * CLIP_STD / 128
    shift = (255 * CLIP_MEAN - 127) / 128
    return scale.reshape(1, 3, 1, 1), shift.reshape(1, 3, 1, 1)
