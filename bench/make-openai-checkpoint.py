"""Writes the weights of a CLIP folder (model.safetensors) as a checkpoint of openai/CLIP, whose layers have other names.

    python bench/make-openai-checkpoint.py FOLDER          # FOLDER/openai.pt
"""

import sys
from pathlib import Path

import torch
from transformers import CLIPModel

OUTSIDE_LAYERS = {
    'vision_model.embeddings.patch_embedding.weight': 'visual.conv1.weight',
    'vision_model.embeddings.class_embedding': 'visual.class_embedding',
    'vision_model.embeddings.position_embedding.weight': 'visual.positional_embedding',
    'vision_model.pre_layrnorm.': 'visual.ln_pre.',
    'vision_model.post_layernorm.': 'visual.ln_post.',
    'text_model.embeddings.token_embedding.weight': 'token_embedding.weight',
    'text_model.embeddings.position_embedding.weight': 'positional_embedding',
    'text_model.final_layer_norm.': 'ln_final.',
    'logit_scale': 'logit_scale',
}
WITHIN_LAYERS = {
    'self_attn.out_proj.': 'attn.out_proj.',
    'layer_norm1.': 'ln_1.',
    'layer_norm2.': 'ln_2.',
    'mlp.fc1.': 'mlp.c_fc.',
    'mlp.fc2.': 'mlp.c_proj.',
}


def replace_start(name, starts):
    for old, new in starts.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return None


def to_openai(weights):
    renamed = {
        'visual.proj': weights['visual_projection.weight'].T,
        'text_projection': weights['text_projection.weight'].T,
    }
    for name, values in weights.items():
        if new := replace_start(name, OUTSIDE_LAYERS):
            renamed[new] = values
    for theirs, ours in (('vision_model', 'visual.transformer'), ('text_model', 'transformer')):
        for name, values in weights.items():
            prefix = f'{theirs}.encoder.layers.'
            if not name.startswith(prefix):
                continue
            layer, rest = name.removeprefix(prefix).split('.', 1)
            block = f'{ours}.resblocks.{layer}.'
            if new := replace_start(rest, WITHIN_LAYERS):
                renamed[block + new] = values
            elif rest.startswith('self_attn.q_proj.'):
                # Query, key and value are one matrix there.
                kind = rest.rsplit('.', 1)[1]
                parts = [weights[f'{prefix}{layer}.self_attn.{part}_proj.{kind}'] for part in 'qkv']
                renamed[f'{block}attn.in_proj_{kind}'] = torch.cat(parts)
    return renamed


if __name__ == '__main__':
    folder = Path(sys.argv[1])
    model = CLIPModel.from_pretrained(folder)
    weights = {name: values.detach().clone() for name, values in model.state_dict().items()}
    torch.save(to_openai(weights), folder / 'openai.pt')
