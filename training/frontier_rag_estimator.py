"""Train frontier-rag's local estimator: trees and small networks over neighbours' prices, words, vector and stated quantities.

Run after training.frontier_rag_index --export: `uv run python -m training.frontier_rag_estimator`. A row's neighbours never
include itself or its near-duplicates; what feeds the trees and what calibrates them comes from models that did not see the row.
Held-out rows and products-dev are for reporting. Needs neither Chroma nor the internet.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.artifact import sha256, write_meta
from common.settings import artifacts_dir, shared_data_dir
from frontier_rag.embedder import Embedder
from frontier_rag.estimator.local_estimator import (
    COMMAND,
    DEPTH,
    FILE,
    FORMAT_VERSION,
    LocalEstimator,
    Models,
    build_features,
    neighbour_features,
    pack_trees,
    unpack_words,
)
from frontier_rag.estimator.trees import Trees
from frontier_rag.products import Neighbour, Product
from frontier_rag.store.bundled_products import load_bundle
from training.data.rows import Row, drop_repeats, group_names, product_text, read_rows, split_held_out
from training.evaluation.metrics import Outcome, score, score_bands, score_groups
from training.frontier_rag.calibration import NETWORK_SHARE, Raw, calibration_arrays, calibration_of, fit_near, fit_offsets
from training.frontier_rag.networks import fit_network
from training.frontier_rag.trees import fit_all, mean_prediction, pack
from training.frontier_rag.vectors import embed_cached
from training.frontier_rag.words import fit_words, unseen_features

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]
CACHE = Path("runs/frontier-rag")
FOLDS = 4


@dataclass(frozen=True)
class Part:
    """Rows with what is computed from them once. `groups`: near-duplicates share a number; empty where it plays no role."""

    rows: Sequence[Row]
    texts: Sequence[str]
    vectors: Floats
    groups: Positions

    @property
    def prices(self) -> npt.NDArray[np.float64]:
        """US dollars."""
        return np.array([row.price for row in self.rows], np.float64)

    @property
    def logs(self) -> npt.NDArray[np.float64]:
        """log(1 + price)."""
        return np.asarray(np.log1p(self.prices))


def nearest(asked: Part, base: Part, apart: str = "") -> tuple[Floats, Positions]:
    """Similarities and positions in `base` [n, DEPTH], exact. `apart`: "group" leaves out a row's group, "self" only itself."""
    similarities, positions = [], []
    for start in range(0, len(asked.texts), 500):
        part = slice(start, start + 500)
        cosines = asked.vectors[part] @ base.vectors.T
        if apart == "group":
            cosines[asked.groups[part, None] == base.groups[None, :]] = -2.0
        elif apart == "self":
            cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -2.0
        best = np.argpartition(-cosines, DEPTH, axis=1)[:, :DEPTH]
        found = np.take_along_axis(cosines, best, 1)
        order = np.argsort(-found, axis=1)
        similarities.append(np.take_along_axis(found, order, 1))
        positions.append(np.take_along_axis(best, order, 1))
    return np.concatenate(similarities), np.concatenate(positions)


def features_of(asked: Part, base: Part, words: Floats, apart: str = "") -> Floats:
    """What the trees see of the rows of `asked`."""
    similarities, positions = nearest(asked, base, apart)
    logs = base.logs[positions].astype(np.float32)
    return build_features(neighbour_features(similarities, logs), words, asked.vectors, asked.texts)


def load_parts(arguments: argparse.Namespace) -> tuple[Part, Part, Part]:
    """(fit, held out, evaluation). The fitting rows' vectors are the bundled ones, as the service will see them."""
    embedder = Embedder.load(artifacts_dir() / "embedder", arguments.threads)
    dev = list(read_rows(arguments.evaluation))
    fit, held = split_held_out(drop_repeats([row for row in read_rows(arguments.data) if row.is_priced], dev))
    bundle = load_bundle(arguments.bundle)
    same_rows = np.allclose([product.price for product in bundle.entries.products], [row.price or 0 for row in fit])
    if bundle.embedder != embedder.version or not same_rows:
        raise SystemExit(f"{arguments.bundle} was made from other rows or another embedder; run training.frontier_rag_index")
    texts = [product_text(row) for row in fit]
    _, groups = np.unique(group_names(texts), return_inverse=True)
    parts = [Part(fit, texts, bundle.entries.vectors, groups)]
    for rows in (held, dev):
        named = [product_text(row) for row in rows]
        parts.append(Part(rows, named, embed_cached(embedder, named, CACHE), np.empty(0, np.int64)))
    return parts[0], parts[1], parts[2]


def check(trees: Mapping[str, Trees], boosters: Mapping[str, Any], features: Floats) -> None:
    """The arrays must answer as the library does."""
    for name, ensemble in trees.items():
        strays = np.abs(ensemble.predict(features) - mean_prediction(boosters[name], features)).max()
        if strays > 1e-3:
            raise SystemExit(f"trees {name!r} answer otherwise than LightGBM, by up to {strays:.4f}")


def fit_models(features: Floats, logs: npt.NDArray[np.float64], arguments: argparse.Namespace) -> Models:
    """Trees and networks, checked against the library that made them."""
    boosters = fit_all(features, logs, arguments.seed, arguments.threads)
    trees = {name: pack(each) for name, each in boosters.items()}
    check(trees, boosters, features[:200])
    return Models(trees, fit_network(features, logs, arguments.seed))


def unseen(fit: Part, features: Floats, arguments: argparse.Namespace) -> Raw:
    """What models say of the fitting rows that saw nothing of their groups, fold by fold."""
    folds = np.random.default_rng(arguments.seed).integers(0, FOLDS, fit.groups.max() + 1)[fit.groups]
    answers = np.empty((3, len(fit.rows)))
    for fold in range(FOLDS):
        out = folds == fold
        models = fit_models(features[~out], fit.logs[~out], arguments)
        answers[:, out] = models.answer(features[out], NETWORK_SHARE)
        print(f"fold {fold + 1} of {FOLDS} answered", flush=True)
    return Raw(answers[0], answers[1], answers[2], fit.logs)


def report(estimator: LocalEstimator, part: Part, base: Part) -> dict[str, object]:
    """Scores of the estimator over all and by split, and the mean absolute error of the plain answer that it must beat."""
    similarities, positions = nearest(part, base)
    prices = base.prices[positions]
    found = [
        [Neighbour(Product("", float(price)), float(cosine)) for cosine, price in zip(*row, strict=True)]
        for row in zip(similarities, prices, strict=True)
    ]
    estimates = estimator.estimate(part.texts, part.vectors, found)
    price, low, high = (np.array(column) for column in zip(*((e.price, e.low, e.high) for e in estimates), strict=True))
    outcome = Outcome(part.prices, price, low, high)
    weights = np.maximum(similarities[:, :5], 0.01)
    plain = (weights * prices[:, :5]).sum(1) / weights.sum(1)
    return {
        **score(outcome, 0),
        "by_band": score_bands(outcome, 0),
        "by_split": score_groups(outcome, [row.split or row.source for row in part.rows], 0),
        "mae_of_weighted_mean_of_5": round(float(np.abs(plain - part.prices).mean()), 3),
    }


def save(arguments: argparse.Namespace, arrays: Mapping[str, npt.NDArray[Any]], metrics: Mapping[str, object]) -> str:
    """Write the artifact; its version."""
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").unlink(missing_ok=True)
    np.savez_compressed(folder / FILE, **arrays)  # type: ignore[arg-type] # its keyword for pickling is not among them
    return write_meta(
        folder,
        format_version=FORMAT_VERSION,
        command=COMMAND,
        files=[FILE],
        arguments={"seed": arguments.seed},
        data={path.name: sha256(path) for path in (arguments.data, arguments.evaluation, arguments.bundle / "meta.json")},
        metrics=metrics,
    ).version


def train(arguments: argparse.Namespace) -> None:
    """Make the artifact and print its figures."""
    fit, held, dev = load_parts(arguments)
    word_arrays = fit_words(fit.texts, fit.logs, arguments.seed)
    words = unpack_words(word_arrays)
    features = features_of(fit, fit, unseen_features(words, fit.texts, fit.logs, fit.groups, arguments.seed), "group")
    models = fit_models(features, fit.logs, arguments)
    raw = unseen(fit, features, arguments)
    similarities, positions = nearest(fit, fit, "self")
    near = fit_near(raw, similarities[:, 0].astype(np.float64), fit.logs[positions[:, 0]])
    calibration = calibration_of(fit_offsets(raw), near)
    estimator = LocalEstimator(words, models, calibration, "new")
    metrics = {"products_dev": report(estimator, dev, fit), "held_out": report(estimator, held, fit)}
    version = save(
        arguments,
        {**word_arrays, **pack_trees(models.trees), **models.network.arrays(), **calibration_arrays(calibration)},
        metrics,
    )
    print(json.dumps({"version": version, "near_weight": calibration.near_weight, **metrics}))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    data = (shared_data_dir() or Path("shared")) / "data"
    bundle = artifacts_dir() / "frontier-rag"
    parser.add_argument("--data", type=Path, default=data / "products-train.jsonl.xz", help="the rows that the bundle was made of")
    parser.add_argument("--evaluation", type=Path, default=data / "products-dev.jsonl.xz", help="rows to report on")
    parser.add_argument("--bundle", type=Path, default=bundle, help="what training.frontier_rag_index --export made")
    parser.add_argument("--out", type=Path, default=bundle / "estimator", help="folder of the artifact")
    parser.add_argument("--seed", type=int, default=42, help="folds, samples of rows and columns")
    parser.add_argument("--threads", type=int, default=2, help="cores to use")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
