"""Writes the model in the hub's layout for transformers.js: two int8 ONNX files and their settings."""

import json
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from model import MEAN, PATCH, STD, embed_patches
from scenes import SIZE

OPSET = 17


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
    """Writes everything but the tokenizer's own files to folder. Raises if the rewritten vision tower disagrees."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    pixels = torch.randn(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    tokens = tokenizer(["a red thing", "blue"], padding=True, return_tensors="pt")
    vision = VisionTower(clip).eval()
    with torch.no_grad():
        difference = (vision(pixels) - clip.get_image_features(pixel_values=pixels)).abs().max().item()
        if difference > 1e-4:
            raise RuntimeError(f"the vision tower as exported differs by {difference:.2g} from the library's")
        _write_onnx(
            vision, (pixels,), folder / "onnx/vision_model_quantized.onnx", ["MatMul", "Gemm"],
            inputs={"pixel_values": {0: "batch_size"}}, output="image_embeds",
        )  # fmt: skip
        text_axes = {0: "batch_size", 1: "sequence_length"}
        _write_onnx(
            TextTower(clip), (tokens.input_ids, tokens.attention_mask), folder / "onnx/text_model_quantized.onnx",
            ["MatMul", "Gemm", "Gather"],  # Gather: the table of token embeddings
            inputs={"input_ids": text_axes, "attention_mask": text_axes}, output="text_embeds",
        )  # fmt: skip
    _write_settings(clip, folder)


def _write_onnx(tower, arguments, file, quantized_operators, inputs, output):
    with tempfile.TemporaryDirectory() as temporary:
        full = Path(temporary) / "full.onnx"
        torch.onnx.export(
            tower, arguments, full, input_names=list(inputs), output_names=[output],
            dynamic_axes={**inputs, output: {0: "batch_size"}}, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(full, file, weight_type=QuantType.QInt8, op_types_to_quantize=quantized_operators, per_channel=True)


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
