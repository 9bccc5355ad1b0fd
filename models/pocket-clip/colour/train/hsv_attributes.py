"""How much of a colour, a light or a layout a photo shows, measured in HSV.

The evaluation's own yardstick. It shares nothing with colour_statistics.py and concepts.py,
which wrote the training captions in CIELAB, so the model can't be right by construction.
"""

import numpy as np
from PIL import Image

SIDE = 64

# (hue from, hue to in degrees, least saturation, most saturation, least value, most value); a red hue wraps around 360.
HSV_RANGES = {
    "red": (345, 14, 0.5, 1, 0.25, 1),
    "orange": (14, 42, 0.55, 1, 0.5, 1),
    "yellow": (42, 68, 0.4, 1, 0.5, 1),
    "green": (68, 165, 0.2, 1, 0.12, 1),
    "cyan": (165, 200, 0.3, 1, 0.3, 1),
    "blue": (185, 255, 0.45, 1, 0.25, 1),
    "dark blue": (195, 260, 0.45, 1, 0.1, 0.55),
    "purple": (255, 315, 0.2, 1, 0.2, 1),
    "pink": (300, 360, 0.2, 0.75, 0.55, 1),
    "brown": (8, 45, 0.3, 0.9, 0.15, 0.6),
    "white": (0, 360, 0, 0.12, 0.85, 1),
    "black": (0, 360, 0, 1, 0, 0.15),
    "grey": (0, 360, 0, 0.13, 0.25, 0.82),
}

RELEVANT_FROM = {
    # A third of the picture in the colour, unless the attribute says otherwise.
    "dark": 0.7, "bright": 0.5, "colourless": 0.9, "colourful": 0.5, "saturated": 0.6, "warm": 0.6, "cool": 0.6,
    "contrasty": 0.4, "plain": 0.7, "black": 0.5,
}  # fmt: skip


def relevant_from(attribute):
    """The value from which a photo counts as showing the attribute."""
    return RELEVANT_FROM.get(attribute, 0.33)


def measure_attributes(photo):
    """Every attribute of a photo, uint8 [height, width, 3]: a dict of numbers from 0 to 1."""
    small = Image.fromarray(photo).resize((SIDE, SIDE), Image.BOX)
    hsv = np.asarray(small.convert("HSV")).astype(np.float32)
    hue, saturation, value = hsv[..., 0] * (360 / 255), hsv[..., 1] / 255, hsv[..., 2] / 255
    mask = {name: _in_range(hue, saturation, value, *bounds) for name, bounds in HSV_RANGES.items()}
    half, quarter = SIDE // 2, SIDE // 4
    above, below, left, right = np.s_[:half], np.s_[half:], np.s_[:, :half], np.s_[:, half:]
    centre = np.s_[quarter:-quarter, quarter:-quarter]
    dark, light = value < 0.2, (value > 0.75) & (saturation < 0.5)
    warm = (saturation > 0.25) & (value > 0.2) & ((hue < 60) | (hue > 330))
    cool = (saturation > 0.2) & (value > 0.15) & (hue > 165) & (hue < 265)
    glowing = (saturation > 0.3) & (value > 0.45) & ((hue < 55) | (hue > 335))
    shadow = value < 0.3

    def share(pixels, area=np.s_[:]):
        return float(pixels[area].mean())

    hues = [share(mask[name]) for name in ("red", "orange", "yellow", "green", "blue", "purple", "pink")]
    attributes = {name: share(pixels) for name, pixels in mask.items()}
    attributes |= {
        "dark": share(dark),
        "bright": share(light),
        "colourless": share(saturation < 0.08),
        # Different hues of at least 8 % each: none or one is 0, four are 1.
        "colourful": float(np.clip((sum(h > 0.08 for h in hues) - 1) / 3, 0, 1)) * share((saturation > 0.4) & (value > 0.3)),
        "saturated": share((saturation > 0.75) & (value > 0.4)),
        "warm": share(warm),
        "cool": share(cool),
        "contrasty": 2 * min(share(value < 0.15), share(value > 0.75)),
        "plain": float(np.clip(1 - value.std() / 0.2, 0, 1)),
        # "The upper half is blue" is true of a picture that is blue all over, but truer of one that is blue only there.
        "blue above": max(0, share(mask["blue"], above) - share(mask["blue"], below) / 2),
        "green below": max(0, share(mask["green"], below) - share(mask["green"], above) / 2),
        "blue below": max(0, share(mask["blue"], below) - share(mask["blue"], above) / 2),
        "blue above green": min(share(mask["blue"], above), share(mask["green"], below)),
        "bright above dark": min(share(light, above), share(shadow, below)),
        "warm above dark": min(share(glowing, above), share(shadow, below)),
        "dark left of bright": max(0.0, share(shadow, left) - share(shadow, right)),
        "red in the centre": share(mask["red"], centre),
        "yellow in the centre": share(mask["yellow"], centre),
    }
    return attributes


def _in_range(hue, saturation, value, hue_from, hue_to, least_s, most_s, least_v, most_v):
    in_hue = (hue >= hue_from) & (hue <= hue_to) if hue_from < hue_to else (hue >= hue_from) | (hue <= hue_to)
    return in_hue & (saturation >= least_s) & (saturation <= most_s) & (value >= least_v) & (value <= most_v)
