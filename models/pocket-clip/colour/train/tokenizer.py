"""The tokenizer: byte-pair encoding of CLIP's kind, with a vocabulary made from our own captions.

Ids: 256 bytes, 256 bytes that end a word, the merges, then the start and the end token.
"""

import json
import tempfile
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizerFast

from vocabulary import all_phrases

POSITIONS = 77
MERGES_WANTED = 1544
START, END, WORD_END = "<|startoftext|>", "<|endoftext|>", "</w>"
# The split of OpenAI's CLIP (clip/simple_tokenizer.py), MIT.
WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def make_tokenizer(captions, everyday_words, folder):
    """Learns merges from captions (list of str) and word lists, writes the tokenizer's files to folder."""
    merges = _learn_merges([*captions, *all_phrases() * 20, *everyday_words * 2])
    alphabet = _byte_alphabet()
    tokens = [*alphabet, *(letter + WORD_END for letter in alphabet), *("".join(pair) for pair in merges), START, END]
    ids = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    with tempfile.TemporaryDirectory() as temporary:
        vocabulary_file, merges_file = Path(temporary) / "vocab.json", Path(temporary) / "merges.txt"
        vocabulary_file.write_text(json.dumps(ids), encoding="utf-8")
        merges_file.write_text("\n".join(["#version: 0.2", *(" ".join(pair) for pair in merges)]) + "\n", encoding="utf-8")
        tokenizer = CLIPTokenizerFast(str(vocabulary_file), str(merges_file), model_max_length=POSITIONS)
    tokenizer.save_pretrained(folder)
    _write_merges_as_strings(folder / "tokenizer.json")
    for superfluous in ("vocab.json", "merges.txt"):  # tokenizer.json holds both
        (folder / superfluous).unlink(missing_ok=True)


def load_tokenizer(folder):
    """The tokenizer as the `transformers` package runs it."""
    return CLIPTokenizerFast.from_pretrained(folder)


def _learn_merges(texts):
    """Pairs of strings, the most frequent first."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix=WORD_END))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=MERGES_WANTED + 256,  # more than enough: the letters that occur count too
        end_of_word_suffix=WORD_END, initial_alphabet=[], min_frequency=2, show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in merges][:MERGES_WANTED]


def _byte_alphabet():
    """The 256 printable characters that stand for bytes in GPT-2's and CLIP's vocabularies, in CLIP's order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]


def _write_merges_as_strings(file):
    """Merges as "a b" rather than ["a", "b"]: older releases of transformers.js read only the former."""
    content = json.loads(file.read_text(encoding="utf-8"))
    content["model"]["merges"] = [m if isinstance(m, str) else " ".join(m) for m in content["model"]["merges"]]
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
