"""Writes ONNX models node by node; weights in int8 or half precision, which onnxruntime unpacks when it loads them."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR = 17, 8


class Graph:
    def __init__(self):
        self.nodes, self.initializers, self.made = [], [], 0

    def constant(self, values, name: str = "") -> str:
        name = name or self._name("constant")
        self.initializers.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def add(self, operator: str, *inputs: str, name: str = "", **attributes) -> str:
        """One node with one output; returns the output's name."""
        name = name or self._name(operator)
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def unit(self, x: str, name: str = "") -> str:
        return self.add("LpNormalization", x, axis=-1, p=2, name=name)

    def int8(self, weights: np.ndarray, name: str = "") -> str:
        """One scale for each row (output channel): at most 1/254 of a row's largest weight is lost."""
        values, scales = to_int8(weights)
        as_float = self.add("Cast", self.constant(values), to=TensorProto.FLOAT)
        return self.add("Mul", as_float, self.constant(scales), name=name)

    def half(self, weights: np.ndarray) -> str:
        return self.add("Cast", self.constant(weights.astype(np.float16)), to=TensorProto.FLOAT)

    def include(self, graph: onnx.GraphProto) -> None:
        """Another graph's nodes, its matrices and kernels in int8. Names must differ from those here."""
        for initializer in graph.initializer:
            weights = numpy_helper.to_array(initializer)
            if weights.ndim >= 2 and weights.dtype == np.float32:
                self.int8(weights, initializer.name)
            else:
                self.initializers.append(initializer)
        self.nodes.extend(graph.node)

    def save(self, file: Path, inputs: dict[str, tuple], outputs: dict[str, tuple], domains=()) -> None:
        """inputs, outputs: name -> (ONNX type, shape)"""
        described = [[helper.make_tensor_value_info(n, *v) for n, v in values.items()] for values in (inputs, outputs)]
        graph = helper.make_graph(self.nodes, file.stem, *described, self.initializers)
        opsets = [helper.make_opsetid("", OPSET), *domains]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="pocket-clip")
        onnx.checker.check_model(model)
        file.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, file)

    def _name(self, operator: str) -> str:
        self.made += 1
        return f"pocket.{operator}.{self.made}"


def to_int8(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers from -127 to 127 and a scale for each row: their product is nearly the weights."""
    axes = tuple(range(1, weights.ndim))
    scales = (np.abs(weights).max(axis=axes, keepdims=True) / 127 + 1e-12).astype(np.float32)
    return np.clip(np.round(weights / scales), -127, 127).astype(np.int8), scales
