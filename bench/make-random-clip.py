"""Makes a CLIP of random weights in the layout that transformers.js reads: a stand-in for real weights.

    python bench/make-random-clip.py base   FOLDER                     # the shape of openai/clip-vit-base-patch32
    python bench/make-random-clip.py tiny32 FOLDER --dtypes fp32 q8    # small ones, for the tests
    python bench/make-random-clip.py tiny16 FOLDER
    python bench/make-random-clip.py tiny96 FOLDER

Speed and numerical agreement do not depend on the weights' values, so both can be measured without the real ones.
Needs the packages of maintain/reference/requirements.txt. The vocabulary is OpenAI's, from the package open_clip_torch (MIT).

The files come out as on the hub: onnx/{text,vision}_model{,_fp16,_quantized}.onnx, where the quantised ones are
made by onnxruntime's dynamic quantisation with the defaults that the hub's converter uses: signed weights for text,
unsigned for vision (which has a Conv), whole tensors at a time.
"""

import argparse
import gzip
import json
import warnings
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPModel, CLIPTextModelWithProjection, CLIPTokenizer, CLIPVisionModelWithProjection

OPENAI_MEAN = [0.48145466, 0.4578275, 0.40821073]
OPENAI_STD = [0.26862954, 0.26130258, 0.27577711]
FULL_MERGES = 49152 - 256 - 2

# As OpenAI's models on the hub say it. The end token's id is wrong there; for 2, the model takes the largest id instead.
OPENAI_ENDS = dict(bos_token_id=0, pad_token_id=1, eos_token_id=2)

SHAPES = {
    # openai/clip-vit-base-patch32: the defaults of CLIPConfig.
    'base': dict(seed=0, merges=FULL_MERGES, dimension=512, ends=OPENAI_ENDS, text={}, vision={}),
    'tiny32': dict(seed=32, merges=600, dimension=24, ends=OPENAI_ENDS,
                   text=dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2),
                   vision=dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
                               image_size=224, patch_size=32)),
    # As laion's OpenCLIP models are configured: gelu instead of quick_gelu, padded with another token than the end's.
    'tiny16': dict(seed=16, merges=400, dimension=32, pad_token='!',
                   text=dict(hidden_size=24, intermediate_size=48, num_hidden_layers=1, num_attention_heads=3,
                             hidden_act='gelu'),
                   vision=dict(hidden_size=24, intermediate_size=48, num_hidden_layers=1, num_attention_heads=3,
                               hidden_act='gelu', image_size=224, patch_size=16)),
    # Another image size and dimension, towers of different width, a shorter context, and, as MobileCLIP wants them,
    # pixels resized linearly and from 0 to 1.
    'tiny96': dict(seed=96, merges=300, dimension=40, plain_pixels=True,
                   text=dict(hidden_size=16, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4,
                             max_position_embeddings=64),
                   vision=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4,
                               image_size=96, patch_size=12)),
}


def byte_characters():
    """CLIP's alphabet: a printable character for each of the 256 bytes."""
    bytes_ = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(b) for b in bytes_] + [chr(256 + n) for n in range(256 - len(bytes_))]


def make_tokenizer(merge_count, pad_token, max_tokens):
    package = Path(find_spec('open_clip').origin).parent
    lines = gzip.open(package / 'bpe_simple_vocab_16e6.txt.gz').read().decode('utf-8').split('\n')
    merges = [tuple(line.split()) for line in lines[1 : 1 + merge_count]]
    letters = byte_characters()
    tokens = letters + [letter + '</w>' for letter in letters] + [''.join(pair) for pair in merges]
    tokens += ['<|startoftext|>', '<|endoftext|>']
    vocabulary = {token: position for position, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=pad_token, model_max_length=max_tokens)


def make_model(shape, tokenizer):
    torch.manual_seed(shape['seed'])
    ends = shape.get('ends') or dict(bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
                                     pad_token_id=tokenizer.pad_token_id)
    dimension = shape['dimension']
    config = CLIPConfig(
        text_config=dict(shape['text'], vocab_size=len(tokenizer), projection_dim=dimension, **ends),
        vision_config=dict(shape['vision'], projection_dim=dimension),
        projection_dim=dimension,
    )
    model = CLIPModel(config).eval()
    if shape['text']:
        # With the usual initialisation a small model gives nearly the same vector for everything.
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if weights.dim() > 1:
                    weights.mul_(8 if 'embed' in name or 'patch' in name else 6)
    return model


class Output(torch.nn.Module):
    """The one output that the hub's files have."""

    def __init__(self, model, output):
        super().__init__()
        self.model, self.output = model, output

    def forward(self, *inputs):
        return getattr(self.model(*inputs), self.output)


def export(model, inputs, output, axes, file):
    names = list(axes)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.onnx.export(Output(model, output), inputs, str(file), input_names=names, output_names=[output], opset_version=17,
                          dynamic_axes={**axes, output: {0: 'batch_size'}}, dynamo=False)


def to_fp16(source, target):
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(source), keep_io_types=True), target)


def to_q8(source, target, signed):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, target, weight_type=QuantType.QInt8 if signed else QuantType.QUInt8)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('shape', choices=SHAPES)
    arguments.add_argument('folder', type=Path)
    arguments.add_argument('--dtypes', nargs='+', default=['fp32', 'fp16', 'q8'], choices=['fp32', 'fp16', 'q8'])
    arguments.add_argument('--torch', action='store_true', help='also keep the weights for Python (model.safetensors)')
    options = arguments.parse_args()
    shape, folder = SHAPES[options.shape], options.folder
    (folder / 'onnx').mkdir(parents=True, exist_ok=True)

    max_tokens = shape['text'].get('max_position_embeddings', 77)
    tokenizer = make_tokenizer(shape['merges'], shape.get('pad_token', '<|endoftext|>'), max_tokens)
    tokenizer.save_pretrained(folder)
    model = make_model(shape, tokenizer)
    model.save_pretrained(folder)
    text = CLIPTextModelWithProjection.from_pretrained(folder).eval()
    vision = CLIPVisionModelWithProjection.from_pretrained(folder).eval()
    if not options.torch:
        (folder / 'model.safetensors').unlink()

    size = model.config.vision_config.image_size
    plain = shape.get('plain_pixels', False)
    pixels = dict(do_resize=True, size=dict(shortest_edge=size), resample=2 if plain else 3, do_center_crop=True,
                  crop_size=dict(height=size, width=size), do_rescale=True, rescale_factor=1 / 255,
                  do_convert_rgb=True, image_processor_type='CLIPImageProcessor', do_normalize=not plain)
    if not plain:
        pixels |= dict(image_mean=OPENAI_MEAN, image_std=OPENAI_STD)
    (folder / 'preprocessor_config.json').write_text(json.dumps(pixels, indent=2) + '\n')

    ids = tokenizer(['a photo of a cat', 'a dog'], padding='max_length', max_length=max_tokens, truncation=True, return_tensors='pt')
    batch_and_length = {0: 'batch_size', 1: 'sequence_length'}
    files = {tower: folder / 'onnx' / f'{tower}_model.onnx' for tower in ('text', 'vision')}
    export(text, (ids.input_ids, ids.attention_mask), 'text_embeds', dict(input_ids=batch_and_length, attention_mask=batch_and_length), files['text'])
    axes = {0: 'batch_size', 1: 'num_channels', 2: 'height', 3: 'width'}
    export(vision, (torch.randn(2, 3, size, size),), 'image_embeds', dict(pixel_values=axes), files['vision'])
    for tower, file in files.items():
        if 'fp16' in options.dtypes:
            to_fp16(file, file.with_stem(file.stem + '_fp16'))
        if 'q8' in options.dtypes:
            to_q8(file, file.with_stem(file.stem + '_quantized'), signed=tower == 'text')
        if 'fp32' not in options.dtypes:
            file.unlink()
    for file in sorted(folder.rglob('*')):
        if file.is_file():
            print(f'{file.stat().st_size / 1e6:8.2f} MB  {file}')


if __name__ == '__main__':
    main()
