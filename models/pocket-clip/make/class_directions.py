"""The things part of a photo that shows one class for certain, for each of the 1,000: what verdicts ask hits for.

    direction_k = n(evidence of p = 1 for class k, B), as whole numbers from -127 to 127; evidence: photo_evidence.py
"""

from pathlib import Path

import numpy as np

from features import unit
from photo_evidence import Means, evidence


def write_class_directions(file: Path, basis: np.ndarray, means: Means) -> None:
    """[1000, 256], one byte each, row by row"""
    directions = unit(evidence(np.eye(1000), means) @ basis)
    np.round(directions * 127 / np.abs(directions).max()).astype(np.int8).tofile(file)
