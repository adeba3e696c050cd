"""Trains random-forest: word2vec on product texts, linear models on words, a random forest over both, all as inert files.

    uv run python -m training.random_forest_train [--data FOLDER] [--out artifacts/random-forest]

Fits on the fit part, calibrates and chooses on the held-out part, reports products-dev. About ten minutes on two cores.
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.artifact import read_artifact, write_meta
from common.settings import artifacts_dir
from random_forest.app import COMMAND, FORMAT_VERSION
from random_forest.features import TextFeatures, load_tables
from random_forest.onnx_forest import load_forest
from training.command_line.arguments import Help, arguments_of, made_from
from training.command_line.log import log
from training.data.parts import Parts, corpus_texts, data_folder, data_hashes, load_market
from training.data.whole_files import whole_folder
from training.random_forest import export
from training.random_forest.calibration import Calibrating, calibrate
from training.random_forest.figures import report, show
from training.random_forest.forest import ForestShape, check_parity, fit_forest
from training.random_forest.samples import Sampling, samples_of, with_variants
from training.random_forest.words import Vocabulary, fit_tables, score_columns

FILES = ("features.npz", "forest.onnx.xz", "parity.npz")
MOST_BYTES = 12_000_000
PARITY_ROWS = 64


@dataclass(frozen=True)
class Recipe:
    """All that decides what is learnt, as meta.json keeps it. `limit`: rows of each file, for a trial."""

    vocabulary: Vocabulary
    sampling: Sampling
    forest: ForestShape
    calibrating: Calibrating
    limit: int | None


@dataclass(frozen=True)
class Run:
    """Where the data and the artifact lie, and how it is made; with `calibrate_only` its words and trees are kept."""

    data: Path
    out: Path
    calibrate_only: bool
    recipe: Recipe


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: $PRICER_DATA/data, else ../shared/data)")
    add("--out", type=Path, default=artifacts_dir() / "random-forest", help="folder of the artifact")
    add("--limit", type=int, help="rows of each file, for a trial")
    add("--dimensions", type=int, default=400, help="of a word vector")
    add("--epochs", type=int, default=3, help="passes of word2vec")
    add("--min-count", type=int, default=5, help="occurrences below which word2vec leaves a word out")
    add("--words", type=int, default=10_000, help="words whose vectors are kept")
    add("--prefixes", type=int, default=1_000, help="beginnings of rarer words whose mean vectors are kept")
    add("--min-texts", type=int, default=3, help="texts below which the linear models leave a word or pair out")
    add("--grams", type=int, default=350_000, help="words and pairs that the linear models know at most: those of most texts")
    add("--folds", type=int, default=6, help="for the linear models' out-of-fold scores")
    add("--trees", type=int, default=120, help="of the forest")
    add("--max-features", type=float, default=0.2, help="share of features tried at a split; 1.0 costs ten seconds a tree")
    add("--min-leaf", type=int, default=4, help="rows in a leaf at least")
    add("--max-leaves", type=int, default=2_000, help="leaves of a tree at most")
    add("--balance", type=float, default=1.0, help="power of price in the weight of rows of the eight-category sample")
    add("--balance-rest", type=float, default=0.3, help="the same for the shops' rows and appliances")
    add("--balance-shift", type=float, default=0.7, help="the same as --balance for the calibration's shift")
    add("--variant-weight", type=float, default=0.5, help="of a shortened text beside its row")
    add("--knots", type=int, default=8, help="of the calibration")
    add("--calibrate-only", action="store_true", help="keep words and trees, fit the calibration again")
    add("--jobs", type=int, default=2, help="cores: threads of word2vec and of the linear models, processes of the forest")
    add("--seed", type=int, default=42, help="of the forest")
    found = parser.parse_args(argv)
    stages = {
        "vocabulary": made_from(Vocabulary, found),
        "sampling": made_from(Sampling, found),
        "forest": made_from(ForestShape, found),
        "calibrating": made_from(Calibrating, found),
    }
    return made_from(Run, found, data=data_folder(found.data), recipe=made_from(Recipe, found, **stages))


def train(parts: Parts, corpus: Sequence[str], recipe: Recipe, folder: Path) -> float:
    """Write the files into `folder`; the greatest difference between what was fitted and what will be served."""
    fit, held, dev = (samples_of(rows) for rows in (parts.fit, parts.held, parts.dev))
    fitted = with_variants(fit, recipe.sampling)
    tables, said = fit_tables(fit, fitted, corpus, recipe.vocabulary)
    tables.save(folder / FILES[0])
    features = TextFeatures(tables)
    inputs = features.matrix(fitted.texts)
    inputs[:, score_columns(features)] = said
    forest = fit_forest(inputs, fitted, recipe.forest)
    graph = export.build_graph(forest, inputs, np.log(fitted.prices))
    log("forest:", export.save_packed(graph, folder / FILES[1]), "bytes")
    asked = features.matrix([*dev.texts, *held.texts])
    difference = check_parity(forest, load_forest(folder / FILES[1]), asked)
    few = asked[: len(dev.texts) : max(1, len(dev.texts) // PARITY_ROWS)][:PARITY_ROWS]
    np.savez_compressed(folder / FILES[2], features=few, log_price=forest.predict(few), dev=forest.predict(asked[: len(dev.texts)]))
    return difference


def train_anew(run: Run, parts: Parts, folder: Path) -> dict[str, Any]:
    """The files, trained; what meta.json says of their making."""
    corpus = corpus_texts(run.data, parts, run.recipe.limit)
    log(len(parts.fit), "rows to fit,", len(parts.held), "held out,", len(parts.dev), "to report,", len(corpus), "texts")
    parity = train(parts, corpus, run.recipe, folder)
    return {"parity": parity, "arguments": arguments_of(run.recipe), "data": data_hashes(run.data)}


def take_over(run: Run, folder: Path) -> dict[str, Any]:
    """The files, copied from the artifact; what meta.json says of their making."""
    old = read_artifact(run.out, format_version=FORMAT_VERSION, command=COMMAND)
    shutil.copytree(run.out, folder, dirs_exist_ok=True)
    how = run.recipe.calibrating
    chosen = {**old.meta["arguments"], "knots": how.knots, "balance_shift": how.balance_shift}
    return {"parity": old.meta["parity"], "arguments": chosen, "data": old.meta["data"]}


def calibrate_and_report(parts: Parts, how: Calibrating, folder: Path) -> dict[str, Any]:
    """Calibrate the files in `folder` on the held-out rows; what meta.json says of it and of how good the pricer is."""
    features, served = TextFeatures(load_tables(folder / FILES[0])), load_forest(folder / FILES[1])
    samples = {"held": samples_of(parts.held), "dev": samples_of(parts.dev)}
    predicted = {name: served.predict(features.matrix(each.texts)) for name, each in samples.items()}
    calibration = calibrate(predicted["held"], samples["held"], how)
    metrics = {name: report(predicted[name], each, calibration) for name, each in samples.items()}
    for name, figures in metrics.items():
        show(name, figures)
    return {"calibration": calibration.facts(), "metrics": metrics}


def main(argv: Sequence[str] | None = None) -> None:
    """Train, calibrate, report; written beside the artifact, which it then replaces."""
    run = parse(argv)
    parts = load_market(run.data, run.recipe.limit)
    with whole_folder(run.out) as folder:
        facts = take_over(run, folder) if run.calibrate_only else train_anew(run, parts, folder)
        facts |= calibrate_and_report(parts, run.recipe.calibrating, folder)
        size = sum((folder / name).stat().st_size for name in FILES)
        if size > MOST_BYTES:
            raise SystemExit(f"{size} bytes: too large; fewer --trees, --max-leaves or --words")
        artifact = write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=FILES, name=run.out.name, **facts)
    print(json.dumps({"artifact": run.out.name, "version": artifact.version, "bytes": size, **facts["metrics"]["dev"]["all"]}))


if __name__ == "__main__":
    main()
