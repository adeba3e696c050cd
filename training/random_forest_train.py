"""Trains random-forest: word2vec on product texts, linear models on words, a random forest over both, all as inert files.

    uv run python -m training.random_forest_train [--data FOLDER] [--out artifacts/random-forest]

Fits on the fit part, calibrates and chooses on the held-out part, reports products-dev. About ten minutes on two cores.
"""

import argparse
import json
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestRegressor

from common.artifact import read_artifact, write_meta
from common.settings import artifacts_dir
from random_forest.app import COMMAND, FORMAT_VERSION
from random_forest.calibration import Calibration, unit_of
from random_forest.features import Tables, TextFeatures, load_tables
from random_forest.onnx_forest import OnnxForest, load_forest
from training.calibration import price_level as calibration_fit
from training.data.folds import folds_of
from training.data.parts import Parts, corpus_texts, data_folder, data_hashes, load_parts, sampling_weights, variant
from training.data.rows import Row, product_text
from training.evaluation.metrics import Outcome, score, score_bands, score_groups
from training.random_forest import export, words

Floats = npt.NDArray[np.float64]
Inputs = npt.NDArray[np.float32]
FILES = ("features.npz", "forest.onnx.xz", "parity.npz")
MOST_BYTES = 12_000_000
PARITY_ROWS = 64


def log(*parts: object) -> None:
    """A line with the time."""
    print(time.strftime("%H:%M:%S"), *parts, flush=True)


@dataclass(frozen=True)
class Samples:
    """Texts and prices of one part."""

    rows: Sequence[Row]
    texts: list[str]
    prices: Floats


def samples_of(rows: Sequence[Row]) -> Samples:
    """The rows as the pricer sees them."""
    return Samples(rows, [product_text(row) for row in rows], np.array([row.price for row in rows], np.float64))


@dataclass(frozen=True)
class Fitted(Samples):
    """What the models are fitted on, with each row's fold and its weight in the forest."""

    folds: npt.NDArray[np.int64]
    weights: Floats


def with_variants(fit: Samples, args: argparse.Namespace) -> Fitted:
    """The rows, and beside them what callers might send of the same products: a title alone, a part, lower case."""
    folds = folds_of(fit.rows, args.folds)
    rng = random.Random(args.seed)
    said = [(i, text) for i, text in enumerate(variant(text, rng) for text in fit.texts) if text != fit.texts[i]]
    origin = np.array([*range(len(fit.texts)), *(i for i, _ in said)])
    weights = sampling_weights(fit.rows, args.balance, args.balance_rest)[origin]
    weights[len(fit.texts) :] *= args.variant_weight
    rows, texts = [fit.rows[i] for i in origin], [*fit.texts, *(text for _, text in said)]
    return Fitted(rows, texts, fit.prices[origin], folds[origin], weights)


def fit_tables(fit: Samples, fitted: Fitted, corpus: Sequence[str], args: argparse.Namespace) -> tuple[Tables, Inputs]:
    """The feature tables, and what linear models say of the fitted rows without having seen their fold."""
    vectors = words.train_word2vec([*corpus, *fit.texts], args)  # the fitted rows twice: they are the nearest
    log("word2vec knows", len(vectors), "words")
    tables = words.word_tables(vectors, fit.texts, args)
    tables = words.add_grams(tables, fit.texts, args.min_texts)
    grams = words.gram_matrix(TextFeatures(tables), fitted.texts)
    said = words.out_of_fold(grams, fitted.prices, fitted.folds)
    tables = words.add_scores(tables, grams, fitted.prices)
    if not words.is_finite(tables):
        raise SystemExit("a table overflowed half precision")
    log("tables:", len(tables.word_keys), "word vectors,", len(tables.gram_keys), "words and pairs")
    return tables, said


def fit_forest(features: Inputs, fitted: Fitted, args: argparse.Namespace) -> RandomForestRegressor:
    """A random forest on log price; leaves are bounded so that the file stays small."""
    forest = RandomForestRegressor(
        n_estimators=args.trees,
        max_features=args.max_features,
        min_samples_leaf=args.min_leaf,
        max_leaf_nodes=args.max_leaves,
        n_jobs=args.jobs,
        random_state=args.seed,
    )
    return forest.fit(features, np.log(fitted.prices), sample_weight=fitted.weights)


def check_parity(forest: RandomForestRegressor, served: OnnxForest, features: Inputs) -> float:
    """Greatest relative difference in price between scikit-learn and what the service runs; SystemExit above 1e-4."""
    difference = float(np.abs(np.expm1(served.predict(features)[0] - forest.predict(features))).max())
    if difference > 1e-4:
        raise SystemExit(f"the exported forest differs from scikit-learn's by {difference:.2e}")
    return difference


def calibrate(forest: OnnxForest, features: Inputs, held: Samples, args: argparse.Namespace) -> Calibration:
    """Shift and interval by price level, on rows that neither words nor trees have seen."""
    raw, spread = (values.astype(np.float64) for values in forest.predict(features))
    unit, truth = unit_of(spread), np.log(held.prices)
    at = calibration_fit.knots_of(raw, calibration_fit.band_weights(held.prices), args.knots)
    shift = calibration_fit.fit_shift(raw, truth, sampling_weights(held.rows, args.balance_shift, args.balance_rest), at)
    residual = (truth - raw - np.interp(raw, at, shift)) / unit
    tails = calibration_fit.choose_tails(raw, residual, held.prices, at, folds_of(held.rows, args.folds))
    log("tails of the interval:", *tails)
    ends = calibration_fit.fit_interval(raw, residual, held.prices, at, tails=tails)
    return Calibration(at.tolist(), shift.tolist(), *ends.T.tolist())


def report(forest: OnnxForest, features: Inputs, part: Samples, calibration: Calibration) -> dict[str, Any]:
    """Metrics of a part, by split (or source) and band."""
    outcome = Outcome(part.prices, *calibration.apply(*forest.predict(features)))
    groups = score_groups(outcome, [row.split or row.source for row in part.rows], 0)
    return {"all": score(outcome, 0), **groups, **score_bands(outcome, 0)}


def show(name: str, figures: dict[str, Any]) -> None:
    """A line for each group."""
    for group, s in figures.items():
        log(f"{name:<5} {group:<12} n {s['n']:>5}  MAE {s['mae']:>7.2f}  RMSLE {s['rmsle']:.3f}  in 80 % {s['coverage80']:.1%}")


def train(parts: Parts, corpus: Sequence[str], args: argparse.Namespace, folder: Path) -> float:
    """Write the files into `folder`; the greatest difference between what was fitted and what will be served."""
    fit, held, dev = (samples_of(rows) for rows in (parts.fit, parts.held, parts.dev))
    fitted = with_variants(fit, args)
    tables, said = fit_tables(fit, fitted, corpus, args)
    tables.save(folder / FILES[0])
    features = TextFeatures(tables)
    inputs = features.matrix(fitted.texts)
    inputs[:, words.score_columns(features)] = said
    forest = fit_forest(inputs, fitted, args)
    graph = export.build_graph(forest, inputs, np.log(fitted.prices))
    log("forest:", export.save_packed(graph, folder / FILES[1]), "bytes")
    asked = features.matrix([*dev.texts, *held.texts])
    difference = check_parity(forest, load_forest(folder / FILES[1]), asked)
    few = asked[: len(dev.texts) : max(1, len(dev.texts) // PARITY_ROWS)][:PARITY_ROWS]
    np.savez_compressed(folder / FILES[2], features=few, log_price=forest.predict(few), dev=forest.predict(asked[: len(dev.texts)]))
    return difference


def calibrate_and_report(parts: Parts, args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Calibrate the files in `folder` on the held-out rows; what meta.json says of it and of how good the pricer is."""
    features, served = TextFeatures(load_tables(folder / FILES[0])), load_forest(folder / FILES[1])
    held, dev = samples_of(parts.held), samples_of(parts.dev)
    inputs = features.matrix(held.texts)
    calibration = calibrate(served, inputs, held, args)
    metrics = {
        "held": report(served, inputs, held, calibration),
        "dev": report(served, features.matrix(dev.texts), dev, calibration),
    }
    for name, figures in metrics.items():
        show(name, figures)
    return {"calibration": calibration.facts(), "metrics": metrics}


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: $PRICER_DATA/data, else ../shared/data)")
    add("--out", type=Path, help="default: artifacts/random-forest")
    add("--limit", type=int, help="rows of each file, for a trial")
    add("--dimensions", type=int, default=400, help="of a word vector (400)")
    add("--epochs", type=int, default=3, help="passes of word2vec (3)")
    add("--min-count", type=int, default=5, help="occurrences below which word2vec leaves a word out (5)")
    add("--words", type=int, default=10_000, help="words whose vectors are kept (10,000)")
    add("--prefixes", type=int, default=1_000, help="beginnings of rarer words whose mean vectors are kept (1,000)")
    add("--min-texts", type=int, default=3, help="texts below which the linear models leave a word or pair out (3)")
    add("--folds", type=int, default=6, help="for the linear models' out-of-fold scores (6)")
    add("--trees", type=int, default=120, help="(120)")
    add("--max-features", type=float, default=0.2, help="share of features tried at a split (0.2); 1.0 costs ten seconds a tree")
    add("--min-leaf", type=int, default=4, help="rows in a leaf at least (4)")
    add("--max-leaves", type=int, default=2_000, help="leaves of a tree at most (2,000)")
    add("--balance", type=float, default=1.0, help="power of price in the weight of rows of the eight-category sample (1.0)")
    add("--balance-rest", type=float, default=0.3, help="the same for the shops' rows and appliances (0.3)")
    add(
        "--balance-shift",
        type=float,
        default=0.7,
        help="the same as --balance for the calibration's shift; the ensemble's is 0.7 (0.7)",
    )
    add("--variant-weight", type=float, default=0.5, help="of a shortened text beside its row (0.5)")
    add("--knots", type=int, default=8, help="of the calibration (8)")
    add("--calibrate-only", action="store_true", help="keep words and trees, fit the calibration again")
    add("--jobs", type=int, default=2, help="processes (2)")
    add("--seed", type=int, default=42, help="of the forest (42)")
    return parser.parse_args(argv)


def prepare(args: argparse.Namespace, parts: Parts, data: Path, folder: Path) -> dict[str, Any]:
    """Files in `folder`, trained or (with --calibrate-only) copied from the artifact; what meta.json says of their making."""
    shutil.rmtree(folder, ignore_errors=True)
    if args.calibrate_only:
        old = read_artifact(args.out, format_version=FORMAT_VERSION, command=COMMAND)
        shutil.copytree(args.out, folder)
        chosen = {**old.meta["arguments"], "knots": args.knots, "balance_shift": args.balance_shift}
        return {"parity": old.meta["parity"], "arguments": chosen, "data": old.meta["data"]}
    folder.mkdir(parents=True)
    corpus = corpus_texts(data, args.limit)
    log(len(parts.fit), "rows to fit,", len(parts.held), "held out,", len(parts.dev), "to report,", len(corpus), "texts")
    chosen = {name: value for name, value in vars(args).items() if name not in ("data", "out", "calibrate_only")}
    return {"parity": train(parts, corpus, args, folder), "arguments": chosen, "data": data_hashes(data)}


def main(argv: Sequence[str] | None = None) -> None:
    """Train, write beside the artifact, then take its place."""
    args = arguments(argv)
    args.out = args.out or artifacts_dir() / "random-forest"
    data = data_folder(args.data)
    parts = load_parts(data, args.limit)
    folder = args.out.with_name(args.out.name + ".part")
    facts = prepare(args, parts, data, folder)
    facts |= calibrate_and_report(parts, args, folder)
    size = sum((folder / name).stat().st_size for name in FILES)
    if size > MOST_BYTES:
        raise SystemExit(f"{size} bytes: too large; fewer --trees, --max-leaves or --words")
    artifact = write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=FILES, name=args.out.name, **facts)
    shutil.rmtree(args.out, ignore_errors=True)
    folder.rename(args.out)
    print(json.dumps({"artifact": args.out.name, "version": artifact.version, "bytes": size, **facts["metrics"]["dev"]["all"]}))


if __name__ == "__main__":
    main()
