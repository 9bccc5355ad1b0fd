"""Reads a PyTorch state dict (the legacy .pth format, before 1.6) without PyTorch, and constructs nothing else.

The file: three pickles (magic number, protocol, system), the state dict as a pickle whose tensors point to storages,
the storages' names, then each storage as its length (int64) and its numbers.
"""

import collections
import pickle
from pathlib import Path

import numpy as np

DTYPES = {"FloatStorage": np.float32, "LongStorage": np.int64}


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """All arrays of a .pth file by name."""
    with path.open("rb") as file:
        unpickler = _Tensors(file)
        for _ in range(3):
            unpickler.load()
        pointers = unpickler.load()
        names = _Tensors(file).load()
        storages = {}
        for name in names:
            length = int(np.frombuffer(file.read(8), "<i8")[0])
            dtype = np.dtype(DTYPES[unpickler.storage_types[name]])
            storages[name] = np.frombuffer(file.read(length * dtype.itemsize), dtype)
    return {name: _array(storages[storage], *view) for name, (storage, *view) in pointers.items()}


class _Tensors(pickle.Unpickler):
    """Makes of each tensor (storage's name, offset, shape, strides)."""

    def __init__(self, file):
        super().__init__(file)
        self.storage_types = {}

    def find_class(self, module, name):
        if name == "_rebuild_tensor_v2":
            return lambda storage, offset, shape, strides, *_: (storage, offset, shape, strides)
        if name in DTYPES:
            return name
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a state dict")

    def persistent_load(self, storage):
        _, storage_type, name, *_ = storage
        self.storage_types[name] = storage_type
        return name


def _array(storage, offset, shape, strides):
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, [s * storage.itemsize for s in strides]).copy()
