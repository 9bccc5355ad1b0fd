"""Writes captions as people write queries, and says how well each fits each picture of a batch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation_queries import held_out_phrases, held_out_words
from vocabulary import POSITION_PHRASES, all_phrases

OPENINGS = [
    "a photo of", "photo of", "a picture of", "picture with", "an image of", "image of", "photos of", "show me", "i want", "find",
    "find me", "looking for", "search for", "something", "pictures with a lot of", "lots of", "mostly", "a scene with", "a very",
    "so", "the", "a", "some", "give me", "i am looking for", "anything", "please find", "view of", "a place with",
]  # fmt: skip
ENDINGS = [
    "photo", "picture", "image", "scene", "please", "everywhere", "background", "wallpaper", "view", "shot", "photography",
    "outside", "landscape", "colour", "tones", "look", "thing", "things", "day", "photograph",
]  # fmt: skip
JOINTS = [" and ", " with ", ", ", " ", " & ", " plus ", " near ", " next to ", " but also ", " in "]
ABOVE_AND_BELOW = [
    "{a} over {b}", "{a} above {b}", "{b} under {a}", "{b} below {a}", "{a} on top of {b}", "{b} beneath {a}", "{a} and {b}",
    "{a}, {b}", "{a} with {b}", "{a} at the top and {b} at the bottom", "top {a}, bottom {b}",
]  # fmt: skip
UPPER_NOUNS = ["sky", "top", "above", "sky", "background"]
LOWER_NOUNS = ["ground", "floor", "bottom", "foreground", "field", "land", "hills", "surface"]
WITH_UNKNOWN = [
    "{word} {known}", "{known} {word}", "{known} with {word}", "{word} in {known}", "{word} on a {known}", "a {word} and {known}",
]  # fmt: skip

SYLLABLE_STARTS = "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sk st t th tr v w z".split()
SYLLABLE_ENDS = "a an ar as e el en er i in ing is o ol on or os u um un us y ack ent ist ome ight".split()

# Scenes that have a place in the picture, and so can stand above or below something.
UPPER_SCENES = {"sky", "clouds", "sunset"}
LOWER_SCENES = {"sea", "grass", "snow", "desert"}

DRAW_WEIGHT = {"colour": 2.2, "light": 1.4, "scene": 1.4, "position": 0.8}
SHARPNESS = 1.6
"""Exponent on the fit: above 1, pictures with much of a thing win clearly over those with some."""

SHARE_UNKNOWN = 0.1
"""Captions of unknown words only: every picture fits them equally badly."""
SHARE_ABOVE_AND_BELOW = 0.16
SHARE_WITH_UNKNOWN_WORDS = 0.25


@dataclass(frozen=True)
class Caption:
    text: str
    concepts: tuple
    """Indices of the concepts it names; empty where it says nothing the model should know."""


def read_everyday_words():
    """The words of everyday_words.txt that are neither taught in any caption nor held out for the evaluation."""
    templates = [*OPENINGS, *ENDINGS, *JOINTS, *ABOVE_AND_BELOW, *UPPER_NOUNS, *LOWER_NOUNS]
    templates += [phrase for phrases in POSITION_PHRASES.values() for phrase in phrases]
    taken = {word for phrase in [*all_phrases(), *templates] for word in phrase.split()} | held_out_words()
    lines = (Path(__file__).parent / "everyday_words.txt").read_text().splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    return [word for word in dict.fromkeys(words) if word not in taken]


class CaptionWriter:
    """Writes captions for the pictures whose concept scores it is given."""

    def __init__(self, concepts, scores, seed):
        """concepts: K Concepts; scores: float32 [N, K]."""
        self.concepts, self.scores = concepts, scores
        self.rng = np.random.default_rng(seed)
        self.everyday_words = read_everyday_words()
        self.held_out = held_out_phrases()
        # Rare concepts are drawn more often than they occur, or the model would hardly see them.
        self.draw_weights = np.array([DRAW_WEIGHT[c.kind] for c in concepts]) / (scores.mean(0) + 0.015)
        self.upper = [i for i, c in enumerate(concepts) if c.region == "top" or c.name in UPPER_SCENES]
        self.lower = [i for i, c in enumerate(concepts) if c.region == "bottom" or c.name in LOWER_SCENES]

    def write(self, picture):
        """A random Caption that is true of picture number `picture`."""
        while True:
            caption = self._draft(self.scores[picture])
            if caption.text.lower() not in self.held_out:
                return caption

    def fit(self, pictures, captions):
        """How well each caption fits each picture: float32 [len(pictures), len(captions)], 0 to 1; 1 for unknown words."""
        fit = np.ones((len(pictures), len(captions)), np.float32)
        for column, caption in enumerate(captions):
            for concept in caption.concepts:
                fit[:, column] *= self.scores[pictures, concept]
            if len(caption.concepts) > 2:
                fit[:, column] **= 0.8
        return fit**SHARPNESS

    def _draft(self, scores):
        fate = self.rng.random()
        if fate < SHARE_UNKNOWN:
            text = self._unknown_words()
            return Caption(self._dress(text) if self.rng.random() < 0.5 else text, ())
        if fate < SHARE_UNKNOWN + SHARE_ABOVE_AND_BELOW:
            caption = self._above_and_below(scores)
            if caption:
                return caption
        count = self.rng.choice([1, 2, 3], p=[0.65, 0.27, 0.08])
        chosen = tuple(dict.fromkeys(self._draw_concepts(scores, count)))
        text = self._phrase(chosen[0])
        for concept in chosen[1:]:
            text += self._pick(JOINTS) + self._phrase(concept)
        if self.rng.random() < SHARE_WITH_UNKNOWN_WORDS:
            text = self._pick(WITH_UNKNOWN).format(word=self._unknown_words(), known=text)
        return Caption(self._dress(text), chosen)

    def _above_and_below(self, scores):
        """'a over b' for something in the upper and something in the lower third, or None if the picture has no such pair."""
        a, b = self._draw_from(self.upper, scores), self._draw_from(self.lower, scores)
        if scores[a] * scores[b] < 0.12:
            return None
        upper, lower = self._place_word(a, UPPER_NOUNS), self._place_word(b, LOWER_NOUNS)
        return Caption(self._dress(self._pick(ABOVE_AND_BELOW).format(a=upper, b=lower)), (a, b))

    def _place_word(self, concept, nouns):
        """The concept's word, for a colour often with a noun: 'blue sky', 'green field'."""
        words = self.concepts[concept].words
        word = self._pick(words) if self.rng.random() < 0.6 else words[0]
        named_colour = self.concepts[concept].kind == "position" and self.rng.random() < 0.6
        return f"{word} {self._pick(nouns)}" if named_colour else word

    def _draw_concepts(self, scores, count):
        """Indices of `count` concepts, likelier the more the picture shows them and the rarer they are."""
        weights = np.where(scores > 0.3, scores**2 * self.draw_weights, 0)
        if not weights.any():
            weights = scores**2 * self.draw_weights + 1e-9
        return self.rng.choice(len(weights), size=count, p=weights / weights.sum()).tolist()

    def _draw_from(self, candidates, scores):
        weights = scores[candidates] ** 2 * self.draw_weights[candidates] + 1e-9
        return int(self.rng.choice(candidates, p=weights / weights.sum()))

    def _phrase(self, concept):
        concept = self.concepts[concept]
        word = concept.words[0] if self.rng.random() < 0.35 else self._pick(concept.words)
        if concept.kind != "position":
            return word
        return self._pick(POSITION_PHRASES[concept.region]).format(colour=word)

    def _dress(self, text):
        """The text as a query: with an opening four times in five, with an ending four times in ten, rarely as a question."""
        if self.rng.random() < 0.8:
            text = f"{self._pick(OPENINGS)} {text}"
        if self.rng.random() < 0.4:
            text = f"{text} {self._pick(ENDINGS)}"
        return text + self._pick("?!.") if self.rng.random() < 0.06 else text

    def _unknown_words(self):
        """One to three of them."""
        return " ".join(self._unknown_word() for _ in range(self.rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2])))

    def _unknown_word(self):
        """An everyday word, one spliced from two, an invented one that can be spoken, or letters hit at random."""
        fate = self.rng.random()
        if fate < 0.5:
            return self._pick(self.everyday_words)
        if fate < 0.75:
            first, second = self._pick(self.everyday_words), self._pick(self.everyday_words)
            return first[: self.rng.integers(2, 6)] + second[-self.rng.integers(2, 6) :]
        if fate < 0.9:
            count = self.rng.integers(2, 4)
            return "".join(self._pick(SYLLABLE_STARTS) + self._pick(SYLLABLE_ENDS) for _ in range(count))
        return "".join(chr(ord("a") + letter) for letter in self.rng.integers(26, size=self.rng.integers(3, 9)))

    def _pick(self, choices):
        return choices[self.rng.integers(len(choices))]
