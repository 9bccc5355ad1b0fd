"""Python with onnxruntime in place of PyTorch: the same steps, and the same ONNX files that the workshop runs, 8 photos at a time."""

from pathlib import Path

import numpy
import onnxruntime
from measure import measure
from PIL import Image
from tokenizers import Tokenizer

BATCH, SIZE = 8, 224
MEAN = numpy.array([0.48145466, 0.4578275, 0.40821073], dtype=numpy.float32)
STD = numpy.array([0.26862954, 0.26130258, 0.27577711], dtype=numpy.float32)
SUFFIXES = {'fp32': '', 'fp16': '_fp16', 'q8': '_quantized'}


def open_session(task, tower):
    file = Path(task['model']) / 'onnx' / f'{tower}_model{SUFFIXES[task["dtype"]]}.onnx'
    return onnxruntime.InferenceSession(file, providers=['CPUExecutionProvider'])


def normalise(vectors):
    return vectors / numpy.linalg.norm(vectors, axis=-1, keepdims=True)


def prepare(file):
    photo = Image.open(file)
    width, height = photo.size
    shorter = min(width, height)
    size = (SIZE * width // shorter, SIZE * height // shorter)
    left, top = round((size[0] - SIZE) / 2), round((size[1] - SIZE) / 2)
    photo = photo.convert('RGB').resize(size, Image.Resampling.BICUBIC).crop((left, top, left + SIZE, top + SIZE))
    return ((numpy.asarray(photo, dtype=numpy.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)


def load_photos(task):
    session = open_session(task, 'vision')

    def embed_batch(files):
        pixels = numpy.stack([prepare(file) for file in files])
        return normalise(session.run(['image_embeds'], {'pixel_values': pixels})[0])

    return lambda files: numpy.concatenate([embed_batch(files[i : i + BATCH]) for i in range(0, len(files), BATCH)])


def load_texts(task):
    tokenizer = Tokenizer.from_file(str(Path(task['model']) / 'tokenizer.json'))
    tokenizer.enable_truncation(77)
    session = open_session(task, 'text')

    def embed(text):
        ids = numpy.array([tokenizer.encode(text).ids], dtype=numpy.int64)
        inputs = {'input_ids': ids, 'attention_mask': numpy.ones_like(ids)}
        return normalise(session.run(['text_embeds'], inputs)[0])

    return embed


if __name__ == '__main__':
    measure(load_photos, load_texts)
