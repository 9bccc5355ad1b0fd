"""The original workshop's way: openai/CLIP in PyTorch, photos opened by PIL and prepared by CLIP's own transform, 100 at a time."""

from pathlib import Path

import clip
import numpy
import torch
from clip.clip import _transform
from clip.model import build_model
from measure import measure
from PIL import Image

BATCH = 100


def load(task):
    # As clip.load does it for its own archives; it can't read a checkpoint with today's PyTorch.
    model = build_model(torch.load(Path(task['model']) / 'openai.pt')).float()
    return model, _transform(model.visual.input_resolution)


def load_photos(task):
    model, preprocess = load(task)

    def embed_batch(files):
        photos = torch.stack([preprocess(Image.open(file)) for file in files])
        with torch.no_grad():
            vectors = model.encode_image(photos)
            vectors /= vectors.norm(dim=-1, keepdim=True)
        return vectors.numpy()

    return lambda files: numpy.concatenate([embed_batch(files[i : i + BATCH]) for i in range(0, len(files), BATCH)])


def load_texts(task):
    model, _ = load(task)

    def embed(text):
        with torch.no_grad():
            vector = model.encode_text(clip.tokenize(text))
            vector /= vector.norm(dim=-1, keepdim=True)
        return vector.numpy()

    return embed


if __name__ == '__main__':
    measure(load_photos, load_texts)
