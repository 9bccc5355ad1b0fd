"""From 1,384 dimensions of classes and embedding to 256: the first right singular vectors of the words' matrix."""

import numpy as np

DIMENSIONS = 256


def things_basis(rows: np.ndarray) -> np.ndarray:
    """[1384, 256], orthonormal columns, from the words' rows [words, 1384]"""
    wide = rows.astype(np.float64)
    eigenvalues, vectors = np.linalg.eigh(wide.T @ wide)
    largest = np.argsort(-eigenvalues)[:DIMENSIONS]
    return vectors[:, largest].astype(np.float32)
