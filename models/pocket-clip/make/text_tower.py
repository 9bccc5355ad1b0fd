"""The text tower: a text is the sum of its words.

    things = sum of the words' rows, colours = sum of their colour rows, scenes = sum of their scene rows; each divided
    by its length where that is above 1
    doubt = 0.02 + 1 - (sum of sureness) / (number of words that are not stop words)
    text_embeds = n([things, colours, doubt, scenes])

doubt lies in a direction in which no photo lies: the less the words are known, the lower all cosines, and with unknown
words only they are 0.
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto

from graph import Graph, to_int8

DIMENSIONS = 512
LEAST_DOUBT = 0.02


def write_text_tower(
    file: Path, things: np.ndarray, colours: np.ndarray, scenes: np.ndarray, sureness: np.ndarray, counts: np.ndarray
) -> None:
    """All arrays have one row a token. sureness: 0..1; counts: 1, or 0 where a token says nothing about the photo."""
    graph = Graph()
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    mask3 = graph.add("Unsqueeze", mask, graph.constant(np.array([2], np.int64)))
    along_text = graph.constant(np.array([1], np.int64))
    one = graph.constant(np.float32(1))

    def summed(rows: str, keep_width: int = 0) -> str:
        return graph.add("ReduceSum", graph.add("Mul", rows, mask3), along_text, keepdims=keep_width)

    def at_most_unit(x: str) -> str:
        length = graph.add("ReduceL2", x, axes=[1], keepdims=1)
        return graph.add("Div", x, graph.add("Max", length, one))

    def sparse(table: np.ndarray) -> str:
        """Sum of rows of a table most of whose rows are zero: those are stored once."""
        used = np.flatnonzero(table.any(axis=1))
        place = np.zeros(len(table), np.int16)
        place[used] = np.arange(1, len(used) + 1)
        dense = np.concatenate([np.zeros((1, table.shape[1]), table.dtype), table[used]])
        index = graph.add("Cast", graph.add("Gather", graph.constant(place), "input_ids"), to=TensorProto.INT64)
        return summed(graph.add("Gather", graph.half(dense), index))

    values, scales = to_int8(things)
    row = graph.add("Cast", graph.add("Gather", graph.constant(values), "input_ids"), to=TensorProto.FLOAT)
    scale = graph.add("Gather", graph.constant(scales), "input_ids")
    things_sum = summed(graph.add("Mul", row, scale))

    known = np.stack([sureness, counts], axis=1).astype(np.float32)
    sums = summed(graph.add("Gather", graph.constant(known), "input_ids"))
    sure, count = (graph.add("Gather", sums, graph.constant(np.array([i], np.int64)), axis=1) for i in (0, 1))
    share = graph.add("Div", sure, graph.add("Max", count, one))
    doubt = graph.add("Sub", graph.constant(np.float32(1 + LEAST_DOUBT)), share)

    parts = [at_most_unit(things_sum), at_most_unit(sparse(colours)), doubt, at_most_unit(sparse(scenes))]
    joined = graph.add("Concat", *parts, axis=-1)
    width = things.shape[1] + colours.shape[1] + 1 + scenes.shape[1]
    pad = graph.constant(np.array([0, 0, 0, DIMENSIONS - width], np.int64))
    graph.unit(graph.add("Pad", joined, pad), name="text_embeds")
    ids = (TensorProto.INT64, ["batch", "sequence"])
    graph.save(
        file,
        {"input_ids": ids, "attention_mask": ids},
        {"text_embeds": (TensorProto.FLOAT, ["batch", DIMENSIONS])},
    )
