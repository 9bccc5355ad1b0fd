"""Writes the model in the hub's layout for transformers.js: two int8 ONNX files and their settings."""

import json
import tempfile
import warnings
from pathlib import Path

import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from model import MEAN, PATCH, STD, embed_patches
from scenes import SIZE

OPSET = 17
CLOSE_ENOUGH = 0.999


class TextTower(torch.nn.Module):
    """input_ids, attention_mask int64 [batch, length] to text_embeds float32 [batch, PROJECTION]."""

    def __init__(self, clip):
        super().__init__()
        self.clip = clip

    def forward(self, input_ids, attention_mask):
        return self.clip.get_text_features(input_ids=input_ids, attention_mask=attention_mask)


class VisionTower(torch.nn.Module):
    """pixel_values float32 [batch, 3, SIZE, SIZE] to image_embeds float32 [batch, PROJECTION].

    The patch convolution is written as reshape and matrix product, which is the same sum:
    only matrix products are stored as int8, and as a convolution it would be most of the file.
    """

    def __init__(self, clip):
        super().__init__()
        self.clip = clip
        kernel = clip.vision_model.embeddings.patch_embedding.weight.detach()
        self.patches = torch.nn.Linear(kernel[0].numel(), kernel.shape[0], bias=False)
        self.patches.weight = torch.nn.Parameter(kernel.reshape(kernel.shape[0], -1).clone())

    def forward(self, pixel_values):
        return embed_patches(self.clip, pixel_values, self._multiply_patches)

    def _multiply_patches(self, pixels):
        batch, side = pixels.shape[0], SIZE // PATCH
        cut = pixels.reshape(batch, 3, side, PATCH, side, PATCH).permute(0, 2, 4, 1, 3, 5)
        return self.patches(cut.reshape(batch, side * side, 3 * PATCH * PATCH))


def export(clip, tokenizer, folder):
    """Writes everything but the tokenizer's own files to folder.

    Returns the lowest cosine between the int8 towers' vectors and PyTorch's; raises if it is below CLOSE_ENOUGH.
    """
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    text_file, vision_file = (folder / f"onnx/{tower}_model_quantized.onnx" for tower in ("text", "vision"))
    pixels = torch.randn(4, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    tokens = tokenizer(["a red thing", "blue", "dark at the bottom", "vkrtq"], padding=True, return_tensors="pt")
    text_inputs = dict(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask)
    text_axes = {0: "batch_size", 1: "sequence_length"}
    with torch.no_grad():
        _write_onnx(
            VisionTower(clip).eval(), dict(pixel_values=pixels), vision_file, ["MatMul", "Gemm"],
            axes=dict(pixel_values={0: "batch_size"}), output="image_embeds",
        )  # fmt: skip
        _write_onnx(
            TextTower(clip), text_inputs, text_file, ["MatMul", "Gemm", "Gather"],  # Gather: the table of token embeddings
            axes=dict(input_ids=text_axes, attention_mask=text_axes), output="text_embeds",
        )  # fmt: skip
        lowest = min(
            _lowest_cosine(vision_file, dict(pixel_values=pixels), clip.get_image_features(pixel_values=pixels)),
            _lowest_cosine(text_file, text_inputs, clip.get_text_features(**text_inputs)),
        )
    if lowest < CLOSE_ENOUGH:
        raise RuntimeError(f"the exported model's vectors are only {lowest:.5f} like PyTorch's (cosine), wanted {CLOSE_ENOUGH}")
    _write_settings(clip, folder)
    return lowest


def _write_onnx(tower, inputs, file, quantized_operators, axes, output):
    with tempfile.TemporaryDirectory() as temporary, warnings.catch_warnings():
        # The tracer warns of every constant it meets; export() compares the results instead.
        warnings.simplefilter("ignore")
        full = Path(temporary) / "full.onnx"
        torch.onnx.export(
            tower, tuple(inputs.values()), full, input_names=list(inputs), output_names=[output],
            dynamic_axes={**axes, output: {0: "batch_size"}}, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(full, file, weight_type=QuantType.QInt8, op_types_to_quantize=quantized_operators, per_channel=True)


def _lowest_cosine(file, inputs, expected):
    """Between the rows that the ONNX file makes of inputs and the expected ones [batch, PROJECTION]."""
    session = onnxruntime.InferenceSession(file)
    found = torch.from_numpy(session.run(None, {name: value.numpy() for name, value in inputs.items()})[0])
    return torch.nn.functional.cosine_similarity(found, expected).min().item()


def _write_settings(clip, folder):
    """config.json, and preprocessor_config.json with the preprocessing of OpenAI's CLIP."""
    clip.config.architectures = ["CLIPModel"]
    clip.config.to_json_file(folder / "config.json")
    preprocessing = dict(
        image_processor_type="CLIPImageProcessor", feature_extractor_type="CLIPFeatureExtractor", do_convert_rgb=True,
        do_resize=True, size=dict(shortest_edge=SIZE), resample=3, do_center_crop=True, crop_size=dict(height=SIZE, width=SIZE),
        do_rescale=True, rescale_factor=1 / 255, do_normalize=True, image_mean=MEAN, image_std=STD,
    )  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing, indent=2) + "\n")
