"""Trains both towers against each other on rendered pictures and their captions."""

import math
import queue
import threading
import time

import numpy as np
import torch
from torch.nn import functional

from model import convolve_patches, embed_patches, make_model, normalise_pixels

BATCH = 128
LEARNING_RATE = 1.5e-3
WARM_UP_STEPS = 60
WEIGHT_DECAY = 0.05
LARGEST_SCALE = 60
"""The temperature's inverse may not grow beyond this."""


def train(pictures, writer, tokenizer, steps, seed, threads):
    """A trained CLIPModel.

    pictures: uint8 [N, SIZE, SIZE, 3]; writer: the CaptionWriter for them; steps: batches of BATCH pairs.
    The same arguments on the same kind of processor give the same weights.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    model = make_model(tokenizer).train()
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {steps} steps of {BATCH} pairs", flush=True)
    optimiser = torch.optim.AdamW(_weight_groups(model), lr=LEARNING_RATE, betas=(0.9, 0.98))
    started, losses = time.time(), []
    for step, batch in enumerate(_prefetch(lambda rng: _make_batch(rng, pictures, writer, tokenizer), steps, seed), start=1):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, steps)
        by_column, by_row = contrastive_loss(model, *batch)
        optimiser.zero_grad()
        (by_column + 0.5 * by_row).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        losses.append((by_column.item(), by_row.item()))
        if step % 50 == 0 or step == steps:
            column, row = np.mean(losses[-50:], axis=0)
            seconds = time.time() - started
            print(
                f"step {step}/{steps}  text to image {column:.3f}  image to text {row:.3f}  "
                f"scale {model.logit_scale.exp().item():.1f}  {step * BATCH / seconds:.0f} pairs/s  {seconds:.0f} s",
                flush=True,
            )
    return model.eval()


def learning_rate(step, steps):
    """A straight rise over WARM_UP_STEPS, then half a cosine down to 1 % of the peak."""
    return LEARNING_RATE * min(1, step / WARM_UP_STEPS) * (0.5 * (1 + math.cos(math.pi * step / steps)) + 0.01)


def contrastive_loss(model, pixels, tokens, fit, known):
    """CLIP's loss with soft targets: two scalars, text to image and image to text.

    fit [images, texts] says how well each caption describes each image, so that a caption may
    be true of several images of a batch. For each text the target is a distribution over
    images in proportion to fit (uniform for unknown words, which is how the model learns to
    say "any of them"); for each image, one over the texts that are known ([texts], bool).
    The value is the Kullback-Leibler divergence from the target, 0 when it is met exactly.
    """
    image = functional.normalize(embed_patches(model, pixels, convolve_patches(model)), dim=-1)
    text = functional.normalize(model.get_text_features(**tokens), dim=-1)
    logits = model.logit_scale.exp().clamp(max=LARGEST_SCALE) * image @ text.T
    over_images = fit / fit.sum(0, keepdim=True).clamp(min=1e-6)
    known_fit = fit * known
    over_texts = known_fit / known_fit.sum(1, keepdim=True).clamp(min=1e-6)
    by_column = _divergence(over_images, logits.log_softmax(0)).sum(0).mean()
    by_row = _divergence(over_texts, logits.masked_fill(~known, -1e4).log_softmax(1)).sum(1).mean()
    return by_column, by_row


def _divergence(target, log_prediction):
    return target * ((target + 1e-9).log() - log_prediction)


def _make_batch(rng, pictures, writer, tokenizer):
    chosen = np.sort(rng.choice(len(pictures), BATCH, replace=False))
    captions = [writer.write(picture) for picture in chosen]
    tokens = tokenizer([caption.text for caption in captions], padding=True, truncation=True, return_tensors="pt")
    known = torch.tensor([len(caption.concepts) > 0 for caption in captions])
    return normalise_pixels(pictures[chosen]), tokens, torch.from_numpy(writer.fit(chosen, captions)), known


def _prefetch(make, count, seed):
    """Yields make(rng) `count` times; the next ones are made in a thread meanwhile, in the same order each time."""
    rng, ready = np.random.default_rng(seed), queue.Queue(4)

    def work():
        try:
            for _ in range(count):
                ready.put(make(rng))
        except Exception as problem:  # handed over, raised by the consumer
            ready.put(problem)

    threading.Thread(target=work, daemon=True).start()
    for _ in range(count):
        batch = ready.get()
        if isinstance(batch, Exception):
            raise batch
        yield batch


def _weight_groups(model):
    """Matrices decay, biases and norms do not."""
    weights = list(model.parameters())
    return [
        dict(params=[w for w in weights if w.dim() > 1], weight_decay=WEIGHT_DECAY),
        dict(params=[w for w in weights if w.dim() <= 1], weight_decay=0.0),
    ]
