"""Scenes that ImageNet has no class for ("night", "fog", "a person"): linear probes on what the parts see.

A linear discriminant with shrinkage for each scene (Fisher 1936; Friedman, Regularized Discriminant Analysis, 1989) on
F = [n(sqrt(pooled) - mean), n((texture - mean) / deviation), sqrt(1/2) * n(colour vector - mean)], n: divided
by its length; the square root keeps a few strong features from drowning the others (Perronnin et al., Improving the
Fisher Kernel, ECCV 2010):

    w = (S + lambda * trace(S) / dimensions * I)^-1 (mean of F where the scene is - mean where it is not)
    s = (F w - mean) / standard deviation;  z = sign(s) |s| ** 0.7, lest one scene outweigh all others

S: covariance of F. Trained on the photos of scenes/labels.tsv, each in seven views; mean and deviation of F w are those
over the whole photos. A scene is left out where its average precision, cross-validated over photos as packages have
them, is no better than that of its word alone (ConSE, photo_evidence.py), where there are fewer than five of these, or
fewer than 15 with those made from them.

python scene_probes.py trains (after scenes/gather.sh) and writes scenes/probes.npz and scenes/precision.tsv. make.sh
leaves that out where a photo is missing: packages leave the mirrors when a release ends, the probes then stay.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from classifier import TEXTURE
from features import Features, classifier_file, photo_features, unit
from packages import PARTS
from photo_evidence import background_means, evidence
from scene_names import SCENES, own_words
from scene_photos import LabelledPhoto, labelled_photos, open_labelled
from word_meanings import meanings
from words import vocabulary

PROBES = Path(__file__).parent / "scenes" / "probes.npz"
PRECISION = Path(__file__).parent / "scenes" / "precision.tsv"
SHRINKAGE = 1  # lambda; 0.5, 2 and 3 are much the same
TEXTURE_SHARE, COLOUR_SHARE = 1, 0.5
SCENE_POWER = 0.7
LEAST_PHOTOS, LEAST_REAL = 15, 5  # that show a scene; fewer as packages have them say too little about how well it is found
FOLDS, SHUFFLES, VIEWS = 5, 3, 7
NEAR_DUPLICATE = 0.8  # cosine of the centred pooled features: these stay in one fold


@dataclass
class Means:
    pooled: np.ndarray  # [1280], of the square roots
    texture: np.ndarray  # [688]
    texture_deviation: np.ndarray  # [688]
    colour: np.ndarray  # [512]


@dataclass
class Probes:
    names: list[str]
    weights: np.ndarray  # [1280 + 688 + 512, scenes]
    means: Means
    shift: np.ndarray  # [scenes], taken off F w
    scale: np.ndarray  # [scenes], by which it is divided then


def read_probes() -> Probes:
    file = np.load(PROBES)
    weights, shift, scale, *means = (
        file[name].astype(np.float32) for name in ("weights", "shift", "scale", *(mean.name for mean in fields(Means)))
    )
    return Probes(file["names"].tolist(), weights, Means(*means), shift, scale)


def means_of(photos: Features) -> Means:
    texture, deviation = photos.texture.mean(axis=0), photos.texture.std(axis=0)
    return Means(np.sqrt(photos.pooled).mean(axis=0), texture, deviation, photos.colour.mean(axis=0))


def scene_features(photos: Features, means: Means) -> np.ndarray:
    """F, [photos, 1280 + 688 + 512]"""
    seen = unit(np.sqrt(photos.pooled) - means.pooled)
    texture = unit((photos.texture - means.texture) / means.texture_deviation)
    colour = unit(photos.colour - means.colour)
    return np.concatenate([seen, TEXTURE_SHARE**0.5 * texture, COLOUR_SHARE**0.5 * colour], axis=1)


def fit(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """w for each column of labels [photos, scenes]: [features, scenes]"""
    wide = features.astype(np.float64)
    covariance = np.cov(wide.T)
    differences = [wide[shown].mean(axis=0) - wide[~shown].mean(axis=0) for shown in labels.T]
    ridge = SHRINKAGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    return np.linalg.solve(covariance + ridge, np.array(differences).T)


def views(photo: Image.Image, random: np.random.Generator) -> list[Image.Image]:
    """The whole photo, its mirror image, and five crops of 55 to 85 % of its area, two of them mirrored."""
    width, height = photo.size
    found = [photo, ImageOps.mirror(photo)]
    for crop in range(VIEWS - 2):
        side = random.uniform(0.55, 0.85) ** 0.5
        w, h = int(width * side), int(height * side)
        left, top = random.integers(0, width - w + 1), random.integers(0, height - h + 1)
        part = photo.crop((left, top, left + w, top + h))
        found.append(ImageOps.mirror(part) if crop % 2 else part)
    return found


def groups(rows: list[LabelledPhoto], pooled: np.ndarray) -> np.ndarray:
    """[photos]: photos of one file, and near duplicates, have the same number"""
    seen = unit(pooled - pooled.mean(axis=0))
    alike = seen @ seen.T > NEAR_DUPLICATE
    alike |= np.equal.outer(*[np.array([row.sha256 for row in rows])] * 2)
    number = np.arange(len(rows))
    while True:
        lowest = np.array([number[near].min() for near in alike])
        if (lowest == number).all():
            return number
        number = lowest


def average_precision(scores: np.ndarray, shown: np.ndarray) -> float:
    found = shown[np.argsort(-scores, kind="stable")]
    return (np.cumsum(found) / np.arange(1, len(found) + 1))[found].mean()


def cross_validated(features: np.ndarray, labels: np.ndarray, group: np.ndarray) -> np.ndarray:
    """[shuffles, photos, scenes]: scores of the whole photos, by probes that saw no photo of the same group"""
    scores = np.zeros((SHUFFLES, *labels.shape))
    for shuffle in range(SHUFFLES):
        fold = (np.random.default_rng(shuffle).permutation(len(group)) % FOLDS)[group]
        for k in range(FOLDS):
            scores[shuffle, fold == k] = features[fold == k] @ fit(features[fold != k], labels[fold != k])
    return scores


def words_alone(name: str, probabilities: np.ndarray) -> np.ndarray | None:
    """[photos]: scores of the scene's first word that the vocabulary has, without a probe"""
    known = [word for word in own_words(name) if word in vocabulary()]
    if not known:
        return None
    seen = evidence(probabilities, background_means(probabilities))
    return seen @ meanings().rows[vocabulary().index(known[0])]


def precision_table(rows: list[LabelledPhoto], names: list[str], whole: Features) -> np.ndarray:
    """Writes scenes/precision.tsv. Returns which scenes are kept, [scenes].

    Measured on photos as the packages have them: what was made is easy to recognise, it only trains. Probes for this are
    fitted on whole photos, without crops."""
    shown = np.array([[name in row.labels for name in names] for row in rows])
    real = np.array([all(":" in step for step in row.made.split()) for row in rows])
    features = scene_features(whole, means_of(whole))
    scores = cross_validated(features, shown, groups(rows, whole.pooled))[:, real]
    kept = np.zeros(len(names), bool)
    with PRECISION.open("w", encoding="utf-8") as table:
        print("scene", "photos", "made_photos", "probe", "words_alone", "kept", sep="\t", file=table)
        for i, name in enumerate(names):
            found = shown[real, i]
            counts = found.sum(), (shown[:, i] & ~real).sum()
            if found.sum() >= LEAST_REAL:
                probe = np.mean([average_precision(s[:, i], found) for s in scores])
                by_word = words_alone(name, whole.probabilities[real])
                alone = found.mean() if by_word is None else average_precision(by_word, found)
                kept[i] = probe > alone and sum(counts) >= LEAST_PHOTOS
                figures = f"{probe:.2f}", f"{alone:.2f}"
            else:
                figures = "not measured", "not measured"
            print(name, *counts, *figures, "yes" if kept[i] else "no", sep="\t", file=table)
    return kept


def seen_in(row: LabelledPhoto) -> Features:
    """Of each of a photo's views; kept in .parts: training again does not look again."""
    file = PARTS / f"views-{TEXTURE}" / f"{row.sha256} {row.made}.npz".replace(" .", ".")
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        seen = photo_features(views(open_labelled(row), np.random.default_rng(int(row.sha256[:8], 16))))
        partial = file.with_suffix(".partial.npz")
        np.savez(partial, **vars(seen))
        partial.rename(file)
    kept = np.load(file)
    return Features(*(kept[part.name] for part in fields(Features)))


def train() -> None:
    rows = labelled_photos()
    names = [name for name in SCENES if sum(name in row.labels for row in rows) >= LEAST_REAL]
    classifier_file()
    with ProcessPoolExecutor() as processes:  # a photo in each; nothing is summed over photos there
        seen = list(processes.map(seen_in, rows, chunksize=16))
    stacked = Features(*(np.concatenate([getattr(f, part.name) for f in seen]) for part in fields(Features)))
    shown = np.array([[name in row.labels for name in names] for row in rows])
    whole = Features(*(getattr(stacked, part.name)[::VIEWS] for part in fields(Features)))
    kept = precision_table(rows, names, whole)

    means = means_of(whole)
    weights = fit(scene_features(stacked, means), np.repeat(shown, VIEWS, axis=0)[:, kept])
    scores = scene_features(whole, means) @ weights
    np.savez_compressed(
        PROBES,
        names=[name for name, yes in zip(names, kept) if yes],
        weights=weights.astype(np.float16),
        **{part.name: getattr(means, part.name).astype(np.float32) for part in fields(Means)},
        shift=scores.mean(axis=0).astype(np.float32),
        scale=scores.std(axis=0).astype(np.float32),
    )
    print(f"{kept.sum()} of {len(names)} scenes kept, from {len(rows)} labelled photos")


if __name__ == "__main__":
    train()
