"""Makes the reference values in test/fixtures/encoder: what Python says of the same weights, texts and pictures.

    python -m venv .reference && .reference/bin/pip install -r maintain/reference/requirements.txt
    .reference/bin/python maintain/reference/make_reference.py

`npm test` only reads them. A rerun gives the same files, but for the last digits of vectors on another machine.
Photos in photos/ are sampled, not kept: run this again when they change.
"""

import base64
import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch
from PIL import Image
from pil_pixels import as_we_choose, resize_and_crop
from texts import make_texts
from transformers import CLIPTextModelWithProjection, CLIPTokenizer, CLIPVisionModelWithProjection

import make_pictures

root = Path(__file__).parents[2]
folder = root / 'test/fixtures/encoder'
make_random_clip = root / 'bench/make-random-clip.py'
MODELS = {'tiny32': ['fp32', 'q8'], 'tiny16': ['fp32'], 'tiny96': ['fp32']}
# Every so manyth byte of the 150,528 of a prepared photo is kept. It divides neither a pixel's nor a row's bytes.
SAMPLE_STEP = 101


def write_json(name, value):
    (folder / name).write_text(json.dumps(value, ensure_ascii=False, separators=(',', ':')) + '\n', encoding='utf-8')


def base64_of(vectors):
    """Vectors [n, dimension], scaled to length 1, as little-endian 32-bit floats."""
    vectors = torch.nn.functional.normalize(vectors.double(), dim=-1)
    return base64.b64encode(vectors.numpy().astype('<f4').tobytes()).decode()


def make_real_tokenizer(where):
    """OpenAI's whole vocabulary, set up as in Xenova/clip-vit-base-patch32; its merges are kept for the tests."""
    sys.path.insert(0, str(make_random_clip.parent))
    module = __import__('make-random-clip')
    module.make_tokenizer(module.FULL_MERGES, '<|endoftext|>', 77).save_pretrained(where)
    file = Path(where) / 'tokenizer.json'
    tokenizer = json.loads(file.read_text())
    tokenizer['added_tokens'][0]['normalized'] = True
    file.write_text(json.dumps(tokenizer))
    merges = '\n'.join(' '.join(pair) for pair in tokenizer['model']['merges'])
    (folder / 'merges.txt.gz').write_bytes(gzip.compress(merges.encode(), 9, mtime=0))
    return CLIPTokenizer.from_pretrained(where)


def token_ids(tokenizer, texts):
    return [tokenizer(text, truncation=True).input_ids for text in texts]


def text_vectors(model, ids):
    with torch.no_grad():
        return torch.cat([model(input_ids=torch.tensor([row]), attention_mask=torch.ones(1, len(row))).text_embeds for row in ids])


def made_up_pixels(count, size):
    """Pixels that JavaScript can make just the same: whole numbers up to 2 ** 53, then one rounding."""
    index = numpy.arange(count * 3 * size * size, dtype=numpy.int64)
    return torch.from_numpy((index * 7919 % 10007 / 2500.0 - 2).astype(numpy.float32)).reshape(count, 3, size, size)


def model_input(pictures, config):
    """[pictures, 3, size, size] by the model's own preprocessor_config.json."""
    size = config['crop_size']['height']
    pixels = numpy.stack([resize_and_crop(as_we_choose(Image.open(file)), size, config['resample']) for file in pictures])
    pixels = torch.from_numpy(pixels.copy()).permute(0, 3, 1, 2).float() / 255
    if config['do_normalize']:
        pixels = (pixels - torch.tensor(config['image_mean']).view(3, 1, 1)) / torch.tensor(config['image_std']).view(3, 1, 1)
    return pixels


def make_model(name, dtypes, texts, pictures):
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([sys.executable, make_random_clip, name, work, '--torch', '--dtypes', *dtypes], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ids = token_ids(CLIPTokenizer.from_pretrained(work), texts)
        text = CLIPTextModelWithProjection.from_pretrained(work).eval()
        vision = CLIPVisionModelWithProjection.from_pretrained(work).eval()
        config = json.loads((Path(work) / 'preprocessor_config.json').read_text())
        with torch.no_grad():
            vectors = dict(
                dimension=text.config.projection_dim,
                texts=base64_of(text_vectors(text, ids)),
                madeUpPixels=base64_of(vision(made_up_pixels(5, vision.config.image_size)).image_embeds),
                pictures=base64_of(vision(model_input(pictures, config)).image_embeds),
            )
        (Path(work) / 'model.safetensors').unlink()
        target = folder / name
        for file in Path(work).rglob('*.*'):
            if file.is_file():
                (target / file.relative_to(work)).parent.mkdir(parents=True, exist_ok=True)
                (target / file.relative_to(work)).write_bytes(file.read_bytes())
    return ids, vectors


def sample_pixels(files):
    samples = [resize_and_crop(as_we_choose(Image.open(file))).reshape(-1)[::SAMPLE_STEP] for file in files]
    (folder / 'pixels.bin').write_bytes(b''.join(sample.tobytes() for sample in samples))
    names = [dict(file=str(file.relative_to(root)), sha256=hashlib.sha256(file.read_bytes()).hexdigest()) for file in files]
    write_json('pixels.json', dict(step=SAMPLE_STEP, length=len(samples[0]), pictures=names))


def main():
    make_pictures.main()
    pictures = sorted((folder / 'pictures').iterdir())
    photos = sorted(file for file in (root / 'photos').rglob('*.jpg'))
    sample_pixels(photos + pictures)

    texts = make_texts()
    with tempfile.TemporaryDirectory() as work:
        ids = {'clip': token_ids(make_real_tokenizer(work), texts)}
    vectors = {}
    embedded = [folder / 'pictures' / name for name in ('baseline.jpg', 'rgb.png', 'lossless.webp', 'exif-6.jpg', 'transparent.webp')]
    for name, dtypes in MODELS.items():
        ids[name], vectors[name] = make_model(name, dtypes, texts, embedded)
    write_json('texts.json', dict(texts=texts, ids=ids))
    write_json('vectors.json', dict(pictures=[file.name for file in embedded], models=vectors))
    print(f'{len(texts)} texts, {len(photos)} photos, {len(pictures)} pictures of odd kinds, {len(MODELS)} models')


if __name__ == '__main__':
    main()
