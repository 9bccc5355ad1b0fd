"""tokenizer.json: a text is cut into the words and phrases of words.py; "palm trees" -> "palm tree", "##s".

WordPiece (Wu et al., Google's Neural Machine Translation System, 2016), as BERT uses it, on lower case without accents,
figures and punctuation. The pre-tokenizer keeps a known phrase together, the longest first. Endings are tokens whose
rows are zero: a plural that is not a word of its own means what the singular means.
"""

import json
import re
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

SPECIAL = ["[PAD]", "[UNK]", "[END]"]
ENDINGS = ["##s", "##es", "##ed", "##ing"]
POSITIONS = 77


def tokens(words: list[str]) -> list[str]:
    """All tokens; a token's place is its id."""
    return [*SPECIAL, *ENDINGS, *words]


def write_tokenizer(words: list[str], folder: Path) -> None:
    ids = {token: i for i, token in enumerate(tokens(words))}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=60))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.BertNormalizer(lowercase=True),
            # "the dog's" is about a dog; "don't" is "do", but "can't" is "can", and "won't" is nothing.
            normalizers.Replace(Regex(r"(?:\b(?:wo|sha)n['’]t|(?<!\bca)n['’]t|['’](?:s|re|ve|ll|d|m|t))(?!\p{L})"), ""),
            # "close-up" is "close up", "jack-o'-lantern" is "jack o lantern".
            normalizers.Replace(Regex(r"(?<=\p{L})(?:['’][-‐-―/ ]?|[-‐-―/])(?=\p{L})"), " "),
        ]
    )
    phrases = sorted((word for word in words if " " in word), key=lambda phrase: (-len(phrase), phrase))
    known = "|".join(map(re.escape, phrases)).replace(r"\ ", " +")
    pieces = Regex(rf"(?<!\p{{L}})(?:{known})(?:s|es)?(?!\p{{L}})|\p{{L}}+")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(pieces, behavior="removed", invert=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A [END]", pair="$A $B [END]", special_tokens=[("[END]", ids["[END]"])]
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "tokenizer_class": "PreTrainedTokenizer",
        "model_max_length": POSITIONS,
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "clean_up_tokenization_spaces": True,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
