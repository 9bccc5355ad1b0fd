"""Takes the training pictures and measures them, on all cores, the same ones each time."""

from multiprocessing import Pool

import numpy as np

from camera import take_picture
from colour_statistics import measure_picture
from scenes import SIZE

CHUNK = 500
"""Pictures per seed: the result does not depend on how many processes share the work."""


def make_pictures(count, seed, folder):
    """Writes `count` pictures to folder/pictures.npy and their statistics to folder/statistics.npy.

    Returns (pictures uint8 [count, SIZE, SIZE, 3], mapped from disk; statistics float32 [count, 106]).
    """
    file = folder / "pictures.npy"
    pictures = np.lib.format.open_memmap(file, "w+", np.uint8, (count, SIZE, SIZE, 3))
    chunks = [(file, start, min(CHUNK, count - start), seed) for start in range(0, count, CHUNK)]
    with Pool() as pool:
        statistics = np.concatenate(pool.starmap(_take_chunk, chunks, chunksize=1))
    np.save(folder / "statistics.npy", statistics)
    return pictures, statistics


def load_pictures(folder):
    """What make_pictures returned, from disk."""
    return np.load(folder / "pictures.npy", mmap_mode="r"), np.load(folder / "statistics.npy")


def _take_chunk(file, start, count, seed):
    rng = np.random.default_rng([seed, start])
    pictures = np.load(file, mmap_mode="r+")
    rows = []
    for index in range(start, start + count):
        pictures[index] = take_picture(rng)
        rows.append(measure_picture(pictures[index]))
    return np.array(rows)
