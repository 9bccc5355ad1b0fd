"""Makes the model's files from the packages: bash make.sh runs this in an environment of its own.

Steps, each in its file: words.py, class_texts.py -> word_meanings.py -> things_basis.py; colour_words.py;
background.py -> photo_evidence.py, class_directions.py; scene_names.py, scene_probes.py, scene_words.py; text_tower.py,
vision_tower.py, tokenizer.py.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from background import background
from class_directions import write_class_directions
from colour_words import colour_basis, colour_rows
from photo_evidence import background_means
from pixels import CLIP_MEAN, CLIP_STD, SIZE
from scene_names import ANY_OF, own_words
from scene_probes import read_probes
from scene_words import OWN_SHARE, scene_rows
from text_tower import DIMENSIONS, write_text_tower
from things_basis import things_basis
from tokenizer import ENDINGS, POSITIONS, SPECIAL, tokens, write_tokenizer
from vision_tower import write_vision_tower
from word_meanings import COLOURS, meanings
from words import only_alike, plurals_in_ies, stop_words, vocabulary

MODEL = Path(__file__).parents[1]


def make(folder: Path) -> None:
    words, meant, heard, probes = vocabulary(), meanings(), colour_rows(), read_probes()
    scenes = scene_rows(probes.names)
    stop = np.array([word in stop_words() for word in words])
    known = (meant.sureness > 0) | heard.any(axis=1) | scenes.any(axis=1) | stop
    words = [word for word, kept in zip(words, known) if kept]
    rows, sureness, heard, scenes, stop = (a[known] for a in (meant.rows, meant.sureness, heard, scenes, stop))
    print(f"{len(words)} words and phrases, {np.count_nonzero(sureness)} of them of things")

    basis = things_basis(rows)
    photos = background()
    colour_directions = colour_basis(photos.colour, heard)
    colours = heard @ colour_directions

    things = rows @ basis
    own = {word for name in probes.names for word in own_words(name)} | {word for text in ANY_OF for word in text.split()}
    things[[word in own for word in words]] *= OWN_SHARE
    colours[[word in own and not set(word.split()) & COLOURS for word in words]] *= OWN_SHARE

    # A plural in -ies means what its singular does.
    plurals = plurals_in_ies(words)
    singular = [words.index(word) for word in plurals.values()]
    words += plurals
    things, colours, scenes, sureness, stop = (np.concatenate([a, a[singular]]) for a in (things, colours, scenes, sureness, stop))

    before = len(SPECIAL) + len(ENDINGS)
    at_tokens = lambda rows: np.concatenate([np.zeros((before, *rows.shape[1:]), np.float32), rows])
    counts = at_tokens(np.where(stop, 0, 1).astype(np.float32))
    counts[SPECIAL.index("[UNK]")] = 1
    # What the colour model was taught, it knows; a scene's own words too. What only resembles a class stays half known.
    alike = [word in only_alike() for word in words]
    sure = np.where(alike, sureness, np.maximum(np.where(colours.any(axis=1), 1, sureness), scenes.max(axis=1)))
    write_text_tower(
        folder / "onnx" / "text_model_quantized.onnx",
        *(at_tokens(table) for table in (things, colours, scenes, sure)),
        counts,
    )
    means = background_means(photos.probabilities)
    write_vision_tower(folder / "onnx" / "vision_model_quantized.onnx", basis, colour_directions, means, probes)
    write_class_directions(folder / "classes.int8", basis, means)
    write_tokenizer(words, folder)
    write_settings(folder, len(tokens(words)))


def write_settings(folder: Path, vocabulary_size: int) -> None:
    """config.json and preprocessor_config.json, as transformers.js reads them; layers and heads are CLIP's form only."""
    tower = {"hidden_size": DIMENSIONS, "intermediate_size": DIMENSIONS, "num_attention_heads": 1, "num_hidden_layers": 1}
    text = {"model_type": "clip_text_model", "vocab_size": vocabulary_size, "max_position_embeddings": POSITIONS}
    vision = {"model_type": "clip_vision_model", "image_size": SIZE, "patch_size": SIZE, "num_channels": 3}
    ids = {"pad_token_id": SPECIAL.index("[PAD]"), "eos_token_id": SPECIAL.index("[END]")}
    config = {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": DIMENSIONS,
        "text_config": {**text, **tower, **ids, "projection_dim": DIMENSIONS},
        "vision_config": {**vision, **tower, "projection_dim": DIMENSIONS},
    }
    preprocessor = {
        "image_processor_type": "CLIPImageProcessor",
        "feature_extractor_type": "CLIPFeatureExtractor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"shortest_edge": SIZE},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": SIZE, "width": SIZE},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [float(str(value)) for value in CLIP_MEAN],
        "image_std": [float(str(value)) for value in CLIP_STD],
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=2) + "\n")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else MODEL
    make(folder)
    for file in sorted([*folder.glob("*.json"), *folder.glob("*.int8"), *folder.glob("onnx/*.onnx")]):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.stat().st_size:>9,}  {file.relative_to(folder)}")
