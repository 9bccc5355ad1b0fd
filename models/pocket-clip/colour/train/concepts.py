"""The concepts the model is taught, and how strongly each picture shows each of them.

A concept's score is a number from 0 (not at all) to 1 (all of it), computed from a picture's
statistics. The bounds were set by looking at pictures; they are rules of thumb, not facts.
"""

from dataclasses import dataclass

import numpy as np

from colour_statistics import COLOURS, REGIONS, SHADES
from vocabulary import COLOUR_WORDS, LIGHT_WORDS, SCENE_WORDS, SHADE_WORDS


@dataclass(frozen=True)
class Concept:
    name: str
    words: list
    """What people call it; the plain word first."""
    kind: str
    """'colour', 'position' (a colour, dark or bright in a region), 'light' or 'scene'."""
    region: str = "whole"


def score_concepts(statistics):
    """The concepts (a list of K) and their scores, float32 [N, K], for PictureStatistics of N pictures."""
    scored = [*_colours(statistics), *_positions(statistics), *_light(statistics), *_scenes(statistics)]
    scores = np.stack([score for _, score in scored], axis=1)
    return [concept for concept, _ in scored], np.clip(scores, 0, 1).astype(np.float32)


def _step(value, width):
    """A soft step from 0 to 1 around value = 0; `width` is how far the middle of the slope reaches."""
    return 1 / (1 + np.exp(-np.clip(value / width, -30, 30)))


def _up_to(value, full):
    """0 at 0, rising to 1 at `full`, and 1 beyond."""
    return np.clip(value / full, 0, 1)


def _colours(statistics):
    for colour in COLOURS:
        share = statistics.share("whole", colour)
        yield Concept(colour, COLOUR_WORDS[colour], "colour"), 0.15 * _up_to(share, 0.25) + 0.85 * _up_to(share, 0.9)
    for shade in SHADES:
        share = statistics.shade(shade)
        yield Concept(shade, SHADE_WORDS[shade], "colour"), 0.15 * _up_to(share, 0.2) + 0.85 * _up_to(share, 0.75)


def _positions(statistics):
    """A colour in a region counts where there is much of it, and more than in the rest of the picture."""
    for colour in COLOURS:
        for region in list(REGIONS)[1:]:
            there = statistics.share(region, colour)
            more = _up_to(np.clip(there - statistics.share("whole", colour), 0, 1), 0.25)
            score = _up_to(there, 0.9) if region == "centre" else _up_to(there, 0.85) * (0.35 + 0.65 * more)
            yield Concept(f"{colour} {region}", COLOUR_WORDS[colour][:3], "position", region), score
    lightness = statistics.measure("lightness whole")
    for region in list(REGIONS)[1:]:
        there = statistics.measure(f"lightness {region}")
        darker, brighter = _step(lightness - there - 8, 3), _step(there - lightness - 8, 3)
        yield Concept(f"dark {region}", LIGHT_WORDS["dark"][:1], "position", region), _step(32 - there, 5) * darker
        yield Concept(f"bright {region}", LIGHT_WORDS["bright"][:2], "position", region), _step(there - 62, 6) * brighter


def _light(statistics):
    measure, share = statistics.measure, statistics.share
    lightness, deviation = measure("lightness whole"), measure("lightness deviation")
    chroma, texture, warmth = measure("chroma"), measure("texture"), measure("warmth")
    whole = {colour: share("whole", colour) for colour in COLOURS}
    warm_share = sum(whole[c] for c in ("red", "orange", "yellow", "pink", "brown")) + 0.7 * whole["beige"]
    cool_share = whole["blue"] + 0.6 * whole["green"] + 0.6 * whole["purple"]
    night_top = share("top", "black") + 0.6 * share("top", "blue")
    lit = measure("bright share") + whole["white"] + whole["blue"] + whole["orange"]
    scores = {
        "bright": _step(lightness - 72, 6),
        "dark": _step(27 - lightness, 5),
        "night": _step(20 - lightness, 5) * (0.5 + 0.5 * _step(night_top - 0.5, 0.15)),
        "colourful": _step(measure("hue count") - 3.5, 0.7) * _step(measure("colourfulness") - 50, 12),
        "vivid": _step(chroma - 48, 8),
        "muted": _step(16 - chroma, 4) * _step(chroma - 4, 1.5),
        "pastel": _step(lightness - 70, 6) * _step(chroma - 10, 3) * _step(34 - chroma, 5),
        "black and white": _step(3.2 - chroma, 0.8) * _step(3.5 - measure("chroma deviation"), 0.8),
        "contrast": _step(deviation - 29, 3),
        "plain": _step(7 - deviation, 2) * _step(4 - texture, 1),
        "busy": _step(texture - 13, 2.5),
        "warm": _up_to(warm_share, 0.9) * _step(warmth - 14, 4),
        "cool": _up_to(cool_share, 0.9) * _step(-5 - warmth, 4),
        "silhouette": _step(deviation - 27, 3) * _up_to(whole["black"], 0.3) * _up_to(lit, 0.25),
        "light in the dark": _step(measure("lightness centre") - lightness - 10, 3) * _step(40 - lightness, 6),
    }
    for name, words in LIGHT_WORDS.items():
        yield Concept(name, words, "light"), scores[name]


def _scenes(statistics):
    measure = statistics.measure
    whole, top, middle, bottom, centre = (
        {colour: statistics.share(region, colour) for colour in COLOURS}
        for region in ("whole", "top", "middle", "bottom", "centre")
    )
    lightness, deviation = measure("lightness whole"), measure("lightness deviation")
    light_top, light_bottom = measure("lightness top"), measure("lightness bottom")
    chroma, texture = measure("chroma"), measure("texture")

    def glowing(r):
        return r["red"] + r["orange"] + r["yellow"]

    def sun_coloured(r):
        return glowing(r) + r["pink"]

    def whitish(r):
        return r["white"] + 0.35 * r["grey"]

    def sandy(r):
        return r["beige"] + 0.8 * r["orange"] + 0.7 * r["brown"] + 0.4 * r["yellow"]

    top_glow = sun_coloured(top) + 0.5 * top["purple"] + 0.4 * top["beige"]
    petals = centre["pink"] + centre["red"] + centre["purple"] + centre["yellow"]
    falling_leaves = whole["orange"] + whole["brown"] + 0.8 * whole["yellow"] + 0.5 * whole["red"]
    scores = {
        # Warm above, dark below, lighter at the top.
        "sunset": _up_to(np.maximum(top_glow, 0.5 * top_glow + 0.5 * sun_coloured(middle)), 0.65)
        * _step(38 - light_bottom, 6)
        * _step(light_top - light_bottom - 6, 5)
        * _step(glowing(top) + glowing(middle) - 0.25, 0.08),
        # White below, light all over, no warmth.
        "snow": _up_to(0.5 * whitish(whole) + 0.5 * whitish(bottom), 0.75)
        * _up_to(bottom["white"], 0.5)
        * _step(lightness - 72, 5)
        * _step(4 - measure("warmth"), 1.3)
        * (1 - _up_to(whole["beige"], 0.35)),
        "sky": _up_to(top["blue"] + 0.15 * top["white"], 0.85) * _step(light_top - 48, 6),
        "clouds": _up_to(top["white"] + top["grey"], 0.6) * _up_to(top["blue"] + top["grey"], 0.4) * _step(light_top - 55, 6),
        "sea": _up_to(bottom["blue"] + 0.25 * bottom["grey"] * (bottom["blue"] > 0.25), 0.75)
        * (0.5 + 0.5 * _up_to(middle["blue"], 0.5)),
        "forest": _up_to(whole["green"], 0.65) * _step(58 - lightness, 7) * _step(texture - 4.5, 1.5),
        "grass": _up_to(bottom["green"], 0.8) * _step(light_bottom - 36, 5) * (0.5 + 0.5 * _step(light_top - light_bottom + 3, 5)),
        # Pale, without contrast, detail or colour.
        "fog": _up_to(whole["grey"] + whole["white"] + 0.3 * whole["blue"], 0.9)
        * _step(13 - deviation, 3)
        * _step(lightness - 50, 6)
        * _step(9 - chroma, 3)
        * _step(9 - texture, 2),
        "desert": _up_to(sandy(bottom), 0.8)
        * _step(light_bottom - 48, 6)
        * _up_to(0.5 * sandy(middle) + 0.5 * sandy(bottom) + 0.3 * top["blue"], 0.7),
        "autumn": _up_to(falling_leaves, 0.8) * _up_to(whole["orange"] + whole["yellow"], 0.25) * _step(texture - 5, 1.5),
        "fire": _up_to(glowing(whole), 0.5)
        * _up_to(whole["black"] + 0.5 * whole["brown"], 0.35)
        * _step(measure("lightness p95") - 45, 6),
        "flower": _up_to(petals, 0.6) * _up_to(whole["green"], 0.3),
        "rock": _up_to(whole["grey"] + 0.4 * whole["brown"], 0.75) * _step(texture - 7, 2) * _step(12 - chroma, 3),
    }
    for name, words in SCENE_WORDS.items():
        yield Concept(name, words, "scene"), scores[name]
