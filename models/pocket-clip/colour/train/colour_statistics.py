"""What a picture's pixels say about its colours, its light and where they are.

These numbers, and nothing else, decide which captions a training picture gets (concepts.py).
"""

import numpy as np
from PIL import Image

GRID = 48
"""Statistics are taken on the picture averaged down to GRID x GRID pixels."""

COLOURS = ["black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "beige"]
"""The eleven basic colour terms of English, and beige; a pixel's colour is an index into this list."""

SHADES = {
    "turquoise": (35, 92, 15, 170, 230),
    "light blue": (60, 95, 12, 215, 300),
    "dark blue": (0, 38, 12, 230, 306),
    "light green": (60, 95, 20, 100, 170),
    "dark green": (0, 38, 10, 100, 188),
    "dark red": (0, 40, 25, 345, 42),
}
"""Shades with names of their own: lightness from and to, least chroma, hue from and to (may pass 360)."""

THIRD = GRID // 3
REGIONS = {
    "whole": np.s_[:, :],
    "top": np.s_[:THIRD, :],
    "middle": np.s_[THIRD : 2 * THIRD, :],
    "bottom": np.s_[2 * THIRD :, :],
    "left": np.s_[:, : GRID // 2],
    "right": np.s_[:, GRID // 2 :],
    "centre": np.s_[GRID // 4 : -(GRID // 4), GRID // 4 : -(GRID // 4)],
}

MEASURES = [
    *(f"lightness {region}" for region in REGIONS), "lightness deviation", "lightness p95", "chroma", "chroma deviation",
    "colourfulness", "hue count", "warmth", "texture", "bright share",
]  # fmt: skip


class PictureStatistics:
    """Statistics of N pictures: `share(region, colour)` and `measure(name)` both give float32 [N]."""

    def __init__(self, table):
        """table: float32 [N, len(REGIONS) * len(COLOURS) + len(MEASURES) + len(SHADES)], rows of measure_picture."""
        self.table = table

    def share(self, region, colour):
        """The share of the region's pixels, 0 to 1, that have the colour."""
        return self.table[:, list(REGIONS).index(region) * len(COLOURS) + COLOURS.index(colour)]

    def measure(self, name):
        """A value of MEASURES; lightness and chroma in CIELAB units (0 to 100 and 0 to about 130)."""
        return self.table[:, len(REGIONS) * len(COLOURS) + MEASURES.index(name)]

    def shade(self, name):
        """The share of the picture's pixels, 0 to 1, that have the shade."""
        return self.table[:, len(REGIONS) * len(COLOURS) + len(MEASURES) + list(SHADES).index(name)]


def measure_picture(picture):
    """Row of PictureStatistics.table, float32 [106], of a picture uint8 [height, width, 3]."""
    small = np.asarray(Image.fromarray(picture).resize((GRID, GRID), Image.BOX))
    lab = srgb_to_lab(small)
    lightness, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    painted = np.eye(len(COLOURS), dtype=np.float32)[name_colours(lab)]
    shares = [painted[area].reshape(-1, len(COLOURS)).mean(0) for area in REGIONS.values()]

    red, green, blue = (small[..., i].astype(np.float32) for i in range(3))
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    measures = {f"lightness {region}": lightness[area].mean() for region, area in REGIONS.items()} | {
        "lightness deviation": lightness.std(),
        "lightness p95": np.percentile(lightness, 95),
        "chroma": chroma.mean(),
        "chroma deviation": chroma.std(),
        # Hasler and Suesstrunk, "Measuring colourfulness in natural images", 2003.
        "colourfulness": np.hypot(red_green.std(), yellow_blue.std()) + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()),
        "hue count": (shares[0][COLOURS.index("red") :] > 0.06).sum(),
        "warmth": (lab[..., 1] * 0.5 + lab[..., 2]).mean(),
        "texture": np.abs(np.diff(lightness, axis=0)).mean() + np.abs(np.diff(lightness, axis=1)).mean(),
        "bright share": (lightness > 85).mean(),
    }
    shades = [_in_shade(lab, *bounds).mean() for bounds in SHADES.values()]
    return np.concatenate([*shares, [measures[name] for name in MEASURES], shades]).astype(np.float32)


def srgb_to_lab(srgb):
    """CIELAB (D65) float32 [..., 3] of sRGB uint8 [..., 3]; the constants are those of IEC 61966-2-1 and CIE 15."""
    value = srgb.astype(np.float32) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]], np.float32
    )
    xyz = linear @ to_xyz.T / np.array([0.95047, 1, 1.08883], np.float32)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def name_colours(lab):
    """The colour, an index into COLOURS, of each pixel: int [...] of CIELAB [..., 3].

    The bounds (lightness 0 to 100, chroma, hue angle in degrees) were set by eye on a colour
    chart. Later rules win: hue first, then brown and beige, then the colours without a hue.
    """
    black, white, grey, red, orange, yellow, green, blue, purple, pink, brown, beige = range(len(COLOURS))
    lightness, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    angle = _hue_angle(lab)

    def hue(low, high):
        return (angle >= low) & (angle < high)

    name = np.full(lightness.shape, grey)
    reddish = hue(345, 360) | hue(0, 42)
    name[reddish] = red
    name[reddish & (lightness > 62)] = pink
    name[(hue(345, 360) | hue(0, 20)) & (lightness > 42) & (chroma < 60)] = pink  # mauve, old rose
    name[hue(42, 76)] = orange
    name[hue(42, 44) & (chroma > 75)] = red
    name[hue(76, 112)] = yellow
    name[hue(112, 188)] = green
    name[hue(188, 306)] = blue
    name[hue(306, 345)] = purple
    name[hue(318, 345) & (lightness > 55)] = pink

    name[hue(25, 100) & (lightness < 50) & (chroma < 48) & ~(hue(25, 36) & (chroma > 40))] = brown
    name[hue(42, 72) & (lightness < 42)] = brown
    name[hue(90, 112) & (lightness < 55) & (chroma > 14)] = green
    name[hue(48, 104) & (chroma < 34) & (lightness >= 58)] = beige
    name[hue(25, 48) & (chroma < 28) & (lightness >= 50)] = beige
    name[hue(36, 90) & (chroma < 34) & (lightness >= 50) & (lightness < 58)] = brown

    no_hue = (chroma < 9) | ((lightness > 88) & (chroma < 12)) | ((lightness < 30) & (chroma < 12))
    name[no_hue] = grey
    name[(no_hue & (lightness > 82)) | ((lightness > 90) & (chroma < 14))] = white
    name[(lightness < 14) | ((lightness < 20) & (chroma < 14)) | (no_hue & (lightness < 24))] = black
    return name


def _in_shade(lab, lightness_from, lightness_to, least_chroma, hue_from, hue_to):
    lightness, chroma, angle = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2]), _hue_angle(lab)
    in_hue = (angle >= hue_from) & (angle < hue_to) if hue_from < hue_to else (angle >= hue_from) | (angle < hue_to)
    return in_hue & (chroma >= least_chroma) & (lightness >= lightness_from) & (lightness < lightness_to)


def _hue_angle(lab):
    """Degrees, 0 to 360."""
    return np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
