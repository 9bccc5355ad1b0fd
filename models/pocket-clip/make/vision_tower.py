"""The vision tower: [things, colours, 0, scenes] of a photo, of length 1.

    things = n(evidence B); colours = n(n(the colour model's vector) P); scenes = n(z)
    image_embeds = n([things, colours, 0, scenes])

evidence: photo_evidence.py; B: things_basis.py; P: colour_words.py; z: scene_probes.py. The same steps as there, as
nodes of ONNX.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto
from onnx.compose import add_prefix

from class_texts import class_texts
from classifier import classifier_graph
from features import COLOUR_MODEL
from graph import Graph
from photo_evidence import LIKELIEST, POWER, Means
from pixels import from_clip
from scene_probes import COLOUR_SHARE, SCENE_POWER, TEXTURE_SHARE, Probes
from text_tower import DIMENSIONS
from word_meanings import EMBEDDING_SHARE


def write_vision_tower(file: Path, things_basis: np.ndarray, colour_basis: np.ndarray, means: Means, probes: Probes) -> None:
    graph = Graph()
    scale, shift = from_clip()
    scaled = graph.add("Mul", "pixel_values", graph.constant(scale.astype(np.float32)))
    graph.add("Add", scaled, graph.constant(shift.astype(np.float32)), name="pixels")
    graph.include(classifier_graph())
    things = _things(graph, things_basis, means)
    colour_vector, domains = _include_colour_model(graph)
    colours = graph.unit(graph.add("MatMul", colour_vector, graph.half(colour_basis)))
    before_scenes = graph.add("Concat", things, colours, axis=-1)
    no_doubt = graph.add("Pad", before_scenes, graph.constant(np.array([0, 0, 0, 1], np.int64)))
    joined = graph.add("Concat", no_doubt, _scenes(graph, colour_vector, probes), axis=-1)
    width = things_basis.shape[1] + colour_basis.shape[1] + 1 + probes.weights.shape[1]
    padded = graph.add("Pad", joined, graph.constant(np.array([0, 0, 0, DIMENSIONS - width], np.int64)))
    graph.unit(padded, name="image_embeds")
    graph.save(
        file,
        {"pixel_values": (TensorProto.FLOAT, ["batch", 3, 224, 224])},
        {"image_embeds": (TensorProto.FLOAT, ["batch", DIMENSIONS])},
        domains,
    )


def _things(graph: Graph, basis: np.ndarray, means: Means) -> str:
    """n(evidence B), from "quarters"; see photo_evidence.py for the formulas"""
    p = graph.add("ReduceMax", graph.add("Softmax", "quarters", axis=-1), axes=[1], keepdims=0)
    graph.nodes.append(
        onnx.helper.make_node("TopK", [p, graph.constant(np.array([LIKELIEST], np.int64))], ["top", "top_at"], axis=-1)
    )
    least = graph.add("ReduceMin", "top", axes=[1], keepdims=1)
    kept = graph.add("Where", graph.add("GreaterOrEqual", p, least), p, graph.constant(np.float32(0)))
    y = graph.add("Pow", kept, graph.constant(np.float32(POWER)))
    embedded = graph.add("MatMul", y, graph.int8(class_texts().whole))
    u = _centred(graph, graph.unit(y), means.classes)
    v = _centred(graph, graph.unit(embedded), means.embedding)
    by_class = graph.add("MatMul", u, graph.int8(basis[:1000]))
    by_embedding = graph.add("MatMul", v, graph.int8(EMBEDDING_SHARE**0.5 * basis[1000:]))
    return graph.unit(graph.add("Add", by_class, by_embedding))


def _include_colour_model(graph: Graph):
    """The colour model's own nodes, as they are: its vector, of length 1, and the operator sets that they need"""
    model = onnx.load(COLOUR_MODEL / "onnx" / "vision_model_quantized.onnx")
    model = add_prefix(model, "colour.", rename_inputs=False, rename_outputs=False)
    for node in model.graph.node:
        for i, output in enumerate(node.output):
            if output == "image_embeds":
                node.output[i] = "colour.image_embeds"
    graph.nodes.extend(model.graph.node)
    graph.initializers.extend(model.graph.initializer)
    return graph.unit("colour.image_embeds"), [opset for opset in model.opset_import if opset.domain]


def _scenes(graph: Graph, colour_vector: str, probes: Probes) -> str:
    """n(z); see scene_probes.py for the formulas"""
    weights, means = probes.weights / probes.scale, probes.means
    weights[len(means.pooled) : -len(means.colour)] *= TEXTURE_SHARE**0.5
    weights[-len(means.colour) :] *= COLOUR_SHARE**0.5
    by_deviation = graph.constant((1 / means.texture_deviation)[None].astype(np.float32))
    features = graph.add(
        "Concat",
        _centred(graph, graph.add("Sqrt", "pooled"), means.pooled),
        _centred(graph, graph.add("Mul", "texture", by_deviation), means.texture / means.texture_deviation),
        _centred(graph, colour_vector, means.colour),
        axis=-1,
    )
    scores = graph.add("MatMul", features, graph.half(weights))
    scores = graph.add("Sub", scores, graph.constant((probes.shift / probes.scale)[None].astype(np.float32)))
    strength = graph.add("Pow", graph.add("Abs", scores), graph.constant(np.float32(SCENE_POWER)))
    return graph.unit(graph.add("Mul", graph.add("Sign", scores), strength))


def _centred(graph: Graph, x: str, mean: np.ndarray) -> str:
    """n(x - mean)"""
    return graph.unit(graph.add("Sub", x, graph.constant(mean[None].astype(np.float32))))
