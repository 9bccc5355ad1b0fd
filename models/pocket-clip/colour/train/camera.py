"""What happens between a scene and a picture: framing, exposure, colour, grain, another resize filter."""

import numpy as np
from PIL import Image, ImageFilter

from scenes import SIZE, draw_scene

# The browser's and Node's libraries resize without antialiasing, Python's with it: training on
# pictures that went through all of these filters makes the model indifferent to the choice.
RESIZE_FILTERS = [Image.NEAREST, Image.BILINEAR, Image.BICUBIC, Image.BOX]


def take_picture(rng):
    """A random picture: uint8 [SIZE, SIZE, 3], sRGB.

    Most show one scene, reframed; one in six shows two scenes side by side or one above the
    other, so that the picture's halves vary independently and layout can be learned.
    """
    picture = _frame(rng, _to_bytes(draw_scene(rng)))
    if rng.random() < 0.17:
        picture = picture.copy()
        other = _develop(rng, _frame(rng, _to_bytes(draw_scene(rng))))
        cut = int(SIZE * rng.uniform(0.3, 0.7))
        if rng.random() < 0.7:
            picture[cut:] = other[cut:]
        else:
            picture[:, cut:] = other[:, cut:]
    return _develop(rng, picture) if rng.random() < 0.55 else picture


def _to_bytes(canvas):
    return np.clip(canvas, 0, 255).astype(np.uint8)


def _frame(rng, picture):
    """A random square of the picture, perhaps mirrored, brought back to full size."""
    side = int(SIZE * rng.uniform(0.45, 1))
    top, left = rng.integers(SIZE - side + 1, size=2)
    image = Image.fromarray(picture[top : top + side, left : left + side])
    image = image.resize((SIZE, SIZE), RESIZE_FILTERS[rng.integers(len(RESIZE_FILTERS))])
    if rng.random() < 0.1:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(1, 8)))
    return np.asarray(image.transpose(Image.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else image)


def _develop(rng, picture):
    """Random hue, gamma, contrast, tint, grain; then perhaps grey, pale, veiled or dark."""
    if rng.random() < 0.4:
        hsv = np.asarray(Image.fromarray(picture).convert("HSV")).copy()
        hsv[..., 0] += np.uint8(rng.integers(256))
        hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.5, 1.8), 0, 255)
        picture = np.asarray(Image.fromarray(hsv, "HSV").convert("RGB"))
    light = picture.astype(np.float32) / 255
    if rng.random() < 0.6:
        light = light ** np.exp(rng.normal(0, 0.5))
    if rng.random() < 0.5:
        light = (light - 0.5) * rng.uniform(0.4, 1.7) + 0.5 + rng.normal(0, 0.12)
    if rng.random() < 0.3:
        light = light * rng.normal(1, 0.15, 3)
    if rng.random() < 0.15:
        light = light + rng.normal(0, rng.uniform(0.01, 0.06), light.shape)
    fate = rng.random()
    if fate < 0.10:
        light = np.repeat(light.mean(-1, keepdims=True), 3, -1)
    elif fate < 0.21:
        grey = light.mean(-1, keepdims=True)
        light = grey + (light - grey) * rng.uniform(0.15, 0.7)
    elif fate < 0.29:
        veil = rng.uniform(0.3, 0.85)
        light = light * (1 - veil) + veil * rng.uniform(0.5, 1)
    elif fate < 0.37:
        light = light * rng.uniform(0.08, 0.45)
    return _to_bytes(light * 255)
