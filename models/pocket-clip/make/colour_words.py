"""What the colour model hears in each word that it was taught: n(its vector) - mean of n(vector) of
texts that mean nothing to it.

In 128 dimensions instead of 512: the directions, by singular value decomposition, in which its vectors of photos and
words lie.
"""

import numpy as np
from tokenizers import Tokenizer

from features import COLOUR_MODEL, one_thread, unit
from words import stop_words, taught_colours, vocabulary

NEUTRAL = ["a photo", "a zebroid", "flurb", "a table", "a person"]
DIMENSIONS = 128


def colour_rows() -> np.ndarray:
    """[words, 512], zero for words that it was not taught"""
    neutral = _text_vectors(NEUTRAL).mean(axis=0)
    words, phrases = taught_colours()
    taught = [word in (words | phrases) - stop_words() for word in vocabulary()]
    rows = np.zeros((len(taught), len(neutral)), np.float32)
    rows[taught] = _text_vectors([word for word, known in zip(vocabulary(), taught) if known]) - neutral
    return rows


def colour_basis(photos: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """[512, 128], orthonormal columns"""
    _, _, directions = np.linalg.svd(np.concatenate([photos, rows[rows.any(axis=1)]]), full_matrices=False)
    return directions[:DIMENSIONS].T


def _text_vectors(texts: list[str]) -> np.ndarray:
    tokenizer = Tokenizer.from_file(str(COLOUR_MODEL / "tokenizer.json"))
    tower = one_thread(str(COLOUR_MODEL / "onnx" / "text_model_quantized.onnx"))
    vectors = []
    for text in texts:
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        vectors.append(tower.run(["text_embeds"], {i.name: inputs[i.name] for i in tower.get_inputs()})[0][0])
    return unit(np.array(vectors))
