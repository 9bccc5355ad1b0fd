"""The model: CLIP's architecture as the `transformers` package defines it, very small."""

import numpy as np
import torch
from torch.nn import functional
from transformers import CLIPConfig, CLIPModel

from scenes import SIZE
from tokenizer import POSITIONS

PROJECTION = 512
"""Length of the vectors, as in clip-vit-base-patch32."""
WIDTH = 128
PATCH = 32
MEAN = [0.48145466, 0.4578275, 0.40821073]
STD = [0.26862954, 0.26130258, 0.27577711]


def make_model(tokenizer):
    """A CLIPModel ready for training, of 1.5 million parameters."""
    tower = dict(
        hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_attention_heads=4, projection_dim=PROJECTION, hidden_act="gelu"
    )
    end = tokenizer.eos_token_id
    text = dict(
        tower, num_hidden_layers=2, vocab_size=len(tokenizer), max_position_embeddings=POSITIONS,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=end, pad_token_id=end,
    )  # fmt: skip
    vision = dict(tower, num_hidden_layers=3, image_size=SIZE, patch_size=PATCH)
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=PROJECTION))
    _initialise(model)
    return model


@torch.no_grad()
def _initialise(model):
    """Starting values for a short training: larger than the library's, whose towers hardly react to their input."""
    for name, weight in model.named_parameters():
        if weight.dim() == 2 and "embedding" not in name:
            torch.nn.init.xavier_uniform_(weight, gain=0.8)
    embeddings = model.vision_model.embeddings
    embeddings.patch_embedding.weight.copy_(low_frequency_filters(WIDTH))
    embeddings.position_embedding.weight.mul_(5)
    model.text_model.embeddings.token_embedding.weight.normal_(0, 0.1)
    model.logit_scale.fill_(np.log(14))


def low_frequency_filters(count):
    """The `count` lowest cosine filters of a patch, each for red, green and blue in turn: [count, 3, PATCH, PATCH].

    A patch embedding that starts from these sees mean colour and coarse texture at once;
    from random filters it would have to find them first.
    """
    place = (torch.arange(PATCH) + 0.5) * np.pi / PATCH
    frequencies = sorted(((u, v) for u in range(9) for v in range(9)), key=lambda uv: uv[0] ** 2 + uv[1] ** 2)
    filters = []
    for u, v in frequencies:
        wave = torch.cos(u * place)[:, None] * torch.cos(v * place)[None, :]
        wave = wave / wave.norm() / PATCH * (1 if u + v == 0 else 2)
        for channel in range(3):
            filter_ = torch.zeros(3, PATCH, PATCH)
            filter_[channel] = wave
            filters.append(filter_)
    return torch.stack(filters[:count])


def normalise_pixels(pictures):
    """Pictures uint8 [batch, SIZE, SIZE, 3] as the model's input, float32 [batch, 3, SIZE, SIZE]."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return pixels.mul_(1 / (255 * std)).sub_(mean / std)


def embed_patches(clip, pixels, patches):
    """image_embeds [batch, PROJECTION] of pixels float32 [batch, 3, SIZE, SIZE], not normalised.

    The same numbers as clip.get_image_features(pixels), sooner: only the class token of the
    last layer is read, so only that row of it is computed. `patches` turns pixels into patch
    embeddings [batch, 49, WIDTH].
    """
    vision = clip.vision_model
    embeddings = vision.embeddings
    class_token = embeddings.class_embedding.expand(pixels.shape[0], 1, -1)
    hidden = torch.cat([class_token, patches(pixels)], 1) + embeddings.position_embedding.weight
    hidden = vision.pre_layrnorm(hidden)
    *layers, last = vision.encoder.layers
    for layer in layers:
        hidden = layer(hidden, None, None)[0]
    token = _class_token_of(last, hidden)
    return clip.visual_projection(vision.post_layernorm(token[:, 0]))


def convolve_patches(clip):
    """The patch embedding as the library does it, as a function for embed_patches."""
    return lambda pixels: clip.vision_model.embeddings.patch_embedding(pixels).flatten(2).transpose(1, 2)


def _class_token_of(layer, hidden):
    """What a transformer layer makes of the first token: [batch, 1, WIDTH] of hidden [batch, tokens, WIDTH]."""
    attention, normed = layer.self_attn, layer.layer_norm1(hidden)

    def heads(x):
        return x.unflatten(-1, (attention.num_heads, attention.head_dim)).transpose(1, 2)

    queries, keys, values = attention.q_proj(normed[:, :1]), attention.k_proj(normed), attention.v_proj(normed)
    seen = functional.scaled_dot_product_attention(heads(queries), heads(keys), heads(values))
    token = hidden[:, :1] + attention.out_proj(seen.transpose(1, 2).flatten(2))
    return token + layer.mlp(layer.layer_norm2(token))
