"""Which words mean which scene of scene_names.py.

1 for a scene's own words. For others clip((cosine - 0.6) / 0.4, 0, 1) with the nearest of these, in MiniLM's space, for the
best scene only; 0 where that is below 0.15, where a class is called that or nearly (cosine above 0.85), and where the
colour model was taught the word. A phrase that means the same as a word (phrases.txt) has this word's.

Some words mean any of several scenes ("water": the sea, a lake, a river ...): theirs are those scenes' rows, n(sum).
"""

import numpy as np

from features import unit
from scene_names import ANY_OF, own_words
from word_meanings import COLOURS, LEAST_SURENESS, relevance
from words import same_as, stop_words, taught_colours, vocabulary, word_embeddings

# Of a scene's own word among the things and the colours: the probe, trained on photos, says more than ImageNet's classes
# near the word, or than what the colour model heard of it in rendered pictures.
OWN_SHARE = 0.2


def scene_rows(names: list[str]) -> np.ndarray:
    """[words, scenes]"""
    position = {word: i for i, word in enumerate(vocabulary())}
    own = [[position[word] for word in own_words(name) if word in position] for name in names]
    nearest = np.stack([(word_embeddings() @ word_embeddings()[words].T).max(axis=1) for words in own], axis=1)
    best = nearest.argmax(axis=1)
    strength = np.clip((nearest.max(axis=1) - 0.6) / 0.4, 0, 1)
    taught_words, taught_phrases = taught_colours()
    silent = stop_words() | COLOURS | taught_words | taught_phrases
    heard = np.array([word not in silent for word in vocabulary()])
    free = (relevance().max(axis=1) <= 0.85) & (strength >= LEAST_SURENESS) & heard
    rows = np.zeros((len(position), len(names)), np.float32)
    rows[np.arange(len(rows)), best] = np.where(free, strength, 0)
    rows[[word for words in own for word in words]] = 0
    for scene, words in enumerate(own):
        rows[words, scene] = 1
    for any_words, scenes in ANY_OF.items():
        shown = np.isin(names, scenes.split()).astype(np.float32)
        for word in any_words.split():
            rows[position[word]] = unit(shown)
    for phrase, meant in same_as().items():
        if phrase in position and meant in position:
            rows[position[phrase]] = rows[position[meant]]
    return rows
