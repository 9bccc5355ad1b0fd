"""What a photo shows in terms of the 1,000 classes, and in MiniLM's space: ConSE with a power of probabilities.

    p = softmax of the classifier's logits, the highest of the photo's four quarters
    y = p ** 0.4 of the 20 likeliest classes, else 0
    u = n(n(y) - mean of n(y)); v = n(n(y E) - mean of n(y E)); evidence = [u, sqrt(1/2) * v]

E: the classes' embeddings. The means are those over background photos: what all photos have in common says nothing.
"""

from dataclasses import dataclass

import numpy as np

from class_texts import class_texts
from features import unit
from word_meanings import EMBEDDING_SHARE

LIKELIEST = 20
POWER = 0.4


@dataclass
class Means:
    classes: np.ndarray  # [1000]
    embedding: np.ndarray  # [384]


def likely(probabilities: np.ndarray) -> np.ndarray:
    """y, [photos, 1000]"""
    least = np.sort(probabilities, axis=1)[:, -LIKELIEST, None]
    return np.where(probabilities >= least, probabilities, 0) ** POWER


def background_means(probabilities: np.ndarray) -> Means:
    y = likely(probabilities)
    return Means(unit(y).mean(axis=0), unit(y @ class_texts().whole).mean(axis=0))


def evidence(probabilities: np.ndarray, means: Means) -> np.ndarray:
    """[photos, 1384]"""
    y = likely(probabilities)
    u = unit(unit(y) - means.classes)
    v = unit(unit(y @ class_texts().whole) - means.embedding)
    return np.concatenate([u, EMBEDDING_SHARE**0.5 * v], axis=1)
