"""The words and phrases that the text tower knows, and what each of them is to MiniLM: its embedding.

Words: those of BERT's vocabulary that are nouns in WordNet; the words of the classes' names and kinds, of
everyday_words.txt and of the colour model's vocabulary. Phrases: all names and kinds of two words or more, and those
of phrases.txt and these. A phrase is one token: the tokenizer keeps it together ("palm trees" -> "palm tree", "##s").
"""

import ast
import re
from functools import cache
from pathlib import Path

import numpy as np

from class_labels import class_kinds, clean_names, names
from features import COLOUR_MODEL
from packages import PARTS
from scene_names import ANY_OF, SCENES, own_words
from sentences import bert_words, embed
from wordnet import is_noun

HERE = Path(__file__).parent


def stop_words() -> set[str]:
    """Words that say nothing about what a photo shows."""
    return set(re.findall(r"[a-z]+", (HERE / "stop_words.txt").read_text()))


@cache
def everyday_words() -> dict[str, list[str]]:
    """Words that no class is named after -> the classes that show it or keep it company."""
    mixtures: dict[str, list[str]] = {}
    for line in (HERE / "everyday_words.txt").read_text().splitlines():
        words, classes = line.lstrip("~").split(":", 1)
        for word in words.split("|"):
            mixtures.setdefault(word, []).extend(name.strip() for name in classes.split(","))
    return mixtures


@cache
def only_alike() -> set[str]:
    """Words that no class shows, only classes like it: the lines of everyday_words.txt that begin with ~."""
    lines = (HERE / "everyday_words.txt").read_text().splitlines()
    return {word for line in lines if line.startswith("~") for word in line[1:].split(":")[0].split("|")}


@cache
def same_as() -> dict[str, str]:
    """Phrases of phrases.txt, other spellings, plurals in -ies -> what means the same, or the phrase itself."""
    lines = [line for line in (HERE / "phrases.txt").read_text().splitlines() if not line.startswith("#")]
    pairs = [line.partition(" = ") for line in lines]
    written = spellings() | {phrase: word or phrase for phrase, _, word in pairs}
    ending_in_y = [p for phrases in class_phrases() for p in phrases if re.search(r" .*[^aeiou]y$", p)]
    return {phrase[:-1] + "ies": phrase for phrase in ending_in_y} | written


SPELLINGS = """grey gray|theatre theater|harbour harbor|aeroplane airplane|tyre tire|tyres tires|jewellery jewelry
moustache mustache|pyjamas pajamas|doughnut donut|sledge sled|armour armor|axe ax|catalogue catalog|centre center
colour color|colours colors|colourful colorful|coloured colored|favourite favorite|neighbour neighbor
lorry truck|lorries trucks|aubergine eggplant|courgette zucchini|trousers pants|motorway highway|pavement sidewalk
ladybird ladybug|ladybirds ladybugs|yoghurt yogurt|whisky whiskey|puppies puppy|kitties kitten|bunnies bunny
bunny rabbit|kitty kitten|doggy dog|doggie dog|kittens kitten|skies sky|wolves wolf|geese goose|mice mouse
calves calf|knives knife|shelves shelf|loaves loaf|scarves scarf|wives wife|thieves thief|cacti cactus
octopuses octopus|hippo hippopotamus|rhino rhinoceros"""


@cache
def spellings() -> dict[str, str]:
    """Other spellings and irregular plurals -> the word as it stands in the list."""
    pairs = [pair.split() for line in SPELLINGS.splitlines() for pair in line.split("|")]
    return {other: word for other, word in pairs}


def plain(name: str) -> list[str]:
    """A class's name as people would write it: "shoji screen / room divider" -> both, "crane (bird)" -> "crane"."""
    without_brackets = re.sub(r"\(.*?\)", "", name.lower())
    return [" ".join(re.findall(r"[a-z']+", part)) for part in without_brackets.split("/")]


def as_typed(name: str) -> list[str]:
    """plain(), without apostrophes, as the tokenizer reads it: "yellow lady's slipper" -> "yellow lady slipper"."""
    return [re.sub(r"'s\b|'", "", phrase) for phrase in plain(name)]


@cache
def class_phrases() -> list[list[str]]:
    """All names of each class, as typed."""
    return [
        sorted({p for name in [clean_names()[i], *names()[i]] for p in as_typed(name)} - {""}) for i in range(len(names()))
    ]


@cache
def kind_phrases() -> set[str]:
    """What any class is a kind of, as typed."""
    return {phrase for kinds in class_kinds() for kind in kinds for phrase in as_typed(kind)}


@cache
def taught_colours() -> tuple[set[str], set[str]]:
    """Words and phrases that the colour model was taught: every string of its vocabulary."""
    source = ast.parse((COLOUR_MODEL / "train" / "vocabulary.py").read_text())
    strings = [
        constant.value.lower()
        for statement in source.body
        if isinstance(statement, ast.Assign)
        for constant in ast.walk(statement)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    ]
    words = {word for text in strings for word in re.findall(r"[a-z]{2,}", text)} - stop_words()
    return words, {text for text in strings if re.fullmatch(r"[a-z]+( [a-z]+){1,2}", text)}


@cache
def vocabulary() -> list[str]:
    """All words, then all phrases, each once, in a fixed order.

    A phrase that the colour model was taught is cut into its words where the last of them means a scene ("at night",
    "green hills"): the scene's probe knows more of it."""
    frequent = [word for word in bert_words() if re.fullmatch(r"[a-z]{2,}", word) and is_noun(word)]
    named = [phrase for phrases in class_phrases() for phrase in phrases]
    named += [*sorted(kind_phrases()), *everyday_words(), *same_as(), *same_as().values()]
    taught, taught_phrases = taught_colours()
    of_scenes = {word for scene in SCENES for word in own_words(scene)} | {word for text in ANY_OF for word in text.split()}
    taught_phrases = {p for p in taught_phrases if p in of_scenes or p.split()[-1] not in of_scenes}
    words = {word for phrase in named for word in phrase.split() if re.fullmatch(r"[a-z]{2,}", word)} | taught
    phrases = {p for p in [*named, *taught_phrases] if re.fullmatch(r"[a-z]+( [a-z]+)+", p)}
    phrases = {phrase for phrase in phrases if not set(phrase.split()) <= stop_words()}
    return list(dict.fromkeys([*frequent, *sorted(words | stop_words()), *sorted(phrases)]))


def plurals_in_ies(words: list[str]) -> dict[str, str]:
    """Plurals that are not among these words -> the word: "puppies" -> "puppy". The tokenizer knows -s and -es."""
    ending_in_y = [word for word in words if re.fullmatch(r"[a-z]+[^aeiou]y", word)]
    plurals = {word[:-1] + "ies": word for word in ending_in_y if is_noun(word)}
    return {plural: word for plural, word in plurals.items() if plural not in words}


def photo_of(word: str) -> str:
    article = "" if word.endswith("s") else "an " if word[0] in "aeiou" else "a "
    return f"a photo of {article}{word}"


@cache
def word_embeddings() -> np.ndarray:
    """[words, 384]: MiniLM's "a photo of a ...", for each of vocabulary()."""
    return kept("words", [photo_of(word) for word in vocabulary()])


def kept(name: str, texts: list[str]) -> np.ndarray:
    """Embeddings of texts; those of an earlier run are read from .parts, where the texts are the same."""
    file = PARTS / f"{name}.npz"
    earlier = {}
    if file.exists():
        stored = np.load(file)
        earlier = dict(zip(stored["texts"].tolist(), stored["embeddings"]))
    new = sorted(set(texts) - set(earlier))
    for start in range(0, len(new), 1000):  # what is done is kept, should it be interrupted
        some = new[start : start + 1000]
        earlier |= dict(zip(some, embed(some)))
        partial = file.with_suffix(".partial.npz")
        np.savez(partial, texts=list(earlier), embeddings=np.array(list(earlier.values())))
        partial.rename(file)
    return np.array([earlier[text] for text in texts])
