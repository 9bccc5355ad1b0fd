"""What a word means in terms of the 1,000 classes, and in MiniLM's space: ConSE and DeViSE, word by word.

Sources: Norouzi et al., Zero-Shot Learning by Convex Combination of Semantic Embeddings (ICLR 2014; arXiv 2013), the
photo's side: a photo is the mixture of its likely classes' embeddings. Frome et al., DeViSE (NeurIPS 2013): words and
photos meet in an embedding space of words. Here both sides are mixtures of classes, c, beside ConSE's own space, l:

    r_k = max(cosine with class k's name, with its other names, 0.97 * with its kinds)
    c = n(softmax(r / 0.05)); l = n(e - mean of the classes' embeddings); n: divided by its length
    row = weight * [c, sqrt(1/2) * l]

everyday_words.txt says c for words that no class is named after. Sureness is 1 for those and for names of classes and
kinds, and 0.5 for words that only resemble a class ("deer"). Else it is (max r - 0.5) / 0.4 at most, and as little as
0.3 of that for the most frequent words, which are seldom about things to be seen ("time", "state"). A word below 0.15
is unknown. The weight is the sureness, but 1 for words that only resemble a class: what is like a deer comes first, and
the text's doubt says that it may be none. make.py counts as sure what the colour model was taught, and words of scenes.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from class_labels import clean_names
from class_texts import class_texts
from features import softmax, unit
from words import (
    class_phrases,
    everyday_words,
    kind_phrases,
    only_alike,
    same_as,
    stop_words,
    taught_colours,
    vocabulary,
    word_embeddings,
)

KIND_WEIGHT = 0.97
TEMPERATURE = 0.05
EMBEDDING_SHARE = 0.5  # of l beside c
ONLY_ALIKE, LEAST_SURENESS = 0.5, 0.15
COLOURS = set(
    """black white grey gray red orange yellow green blue purple pink brown beige turquoise teal aqua violet crimson
    scarlet navy cyan magenta golden silver colour color colours colors colourful colorful colourless monochrome dark
    bright vivid pastel warm cool muted pale deep rainbow intense contrast light""".split()
)


@dataclass
class Meanings:
    """One row a word of vocabulary()."""

    rows: np.ndarray  # [words, 1384]: weight * [c, sqrt(1/2) * l]
    sureness: np.ndarray  # [words], 0 for words that say nothing about things


@cache
def relevance() -> np.ndarray:
    """r, [words, 1000]"""
    texts = class_texts()
    embeddings = word_embeddings()
    r = embeddings @ texts.name.T
    for i in range(texts.names.shape[1]):
        np.maximum(r, embeddings @ texts.names[:, i].T, out=r)
    for i in range(texts.kinds.shape[1]):
        np.maximum(r, KIND_WEIGHT * (embeddings @ texts.kinds[:, i].T), out=r)
    return r


@cache
def named() -> set[str]:
    """Every word or phrase that is a class's name or kind."""
    return kind_phrases() | {phrase for phrases in class_phrases() for phrase in phrases}


def colour_only(word: str, best: float) -> bool:
    """Whether a word is the colour model's alone: it was taught the word, and no class is called that."""
    words, phrases = taught_colours()
    if word in COLOURS or set(word.split()) <= COLOURS:
        return True
    return word in words | phrases and best < 0.9 and word not in everyday_words() and word not in same_as()


@cache
def meanings() -> Meanings:
    position = {word: i for i, word in enumerate(vocabulary())}
    class_position = {name.lower(): i for i, name in reversed(list(enumerate(clean_names())))}
    whole = class_texts().whole
    r = relevance()
    rows = np.zeros((len(r), 1000 + whole.shape[1]), np.float32)
    sureness = np.zeros(len(r), np.float32)
    ignored = stop_words()

    def fill(word, i):
        """Row i becomes the meaning of word."""
        j = position[word]
        best = r[j].max()
        if word in everyday_words() and word not in class_position:
            classes = np.zeros(1000, np.float32)
            classes[[class_position[name.lower()] for name in everyday_words()[word]]] = 1
            sureness[i] = ONLY_ALIKE if word in only_alike() else 1
        else:
            classes = softmax(r[j] / TEMPERATURE)
            resembles = np.clip((best - 0.5) / 0.4, 0, 1) * min(1, 0.3 + j / 3000)
            sureness[i] = 1 if word in named() else resembles
        if sureness[i] < LEAST_SURENESS:
            sureness[i] = 0
            return
        linear = word_embeddings()[j] - whole.mean(axis=0)
        weight = 1 if word in only_alike() else sureness[i]
        rows[i] = weight * np.concatenate([unit(classes), EMBEDDING_SHARE**0.5 * unit(linear)])

    for i, word in enumerate(vocabulary()):
        meant = same_as().get(word, word)
        meant = meant if meant in position else word
        if word not in ignored and not colour_only(word, r[position[meant]].max()):
            fill(meant, i)
    return Meanings(rows, sureness)
