"""Embeddings of the 1,000 classes' texts: plain name, other names, kinds, and one that sums up all of them."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from class_labels import class_kinds, clean_names, description, gloss, names
from features import unit
from words import kept, photo_of, plain

NAMES, KINDS = 4, 6  # at most so many of each


@dataclass
class ClassTexts:
    name: np.ndarray  # [1000, 384]
    names: np.ndarray  # [1000, 4, 384], zero where a class has fewer
    kinds: np.ndarray  # [1000, 6, 384]
    whole: np.ndarray  # [1000, 384]: the sum of name, names, kinds, half the gloss and half the description, of length 1


@cache
def class_texts() -> ClassTexts:
    own = [[photo_of(plain(name)[0])] for name in clean_names()]
    other = [[photo_of(name.lower()) for name in class_names[:NAMES]] for class_names in names()]
    kinds = [[photo_of(kind.lower()) for kind in class_kind[:KINDS]] for class_kind in class_kinds()]
    glosses = [[gloss(i)] for i in range(1000)]
    descriptions = [[description(i)] for i in range(1000)]
    texts = [text for group in (own, other, kinds, glosses, descriptions) for row in group for text in row]
    vector = dict(zip(texts, kept("classes", texts)))

    def stacked(rows, most):
        out = np.zeros((len(rows), most, 384), np.float32)
        for i, row in enumerate(rows):
            for j, text in enumerate(row):
                out[i, j] = vector[text]
        return out

    name, gloss_vectors, described = (stacked(rows, 1)[:, 0] for rows in (own, glosses, descriptions))
    name_vectors, kind_vectors = stacked(other, NAMES), stacked(kinds, KINDS)
    whole = unit(name + unit(name_vectors.sum(1)) + unit(kind_vectors.sum(1)) + gloss_vectors / 2 + described / 2)
    return ClassTexts(name, name_vectors, kind_vectors, whole)
