"""Train frontier-rag's local estimator: trees and small networks over prices of near products, words, vector, stated quantities.

Run after training.frontier_rag_index --export: `uv run python -m training.frontier_rag_estimator`. A row's near products never
include itself, and for most products nothing of their own; the linear models' answers come from folds that did not see the row.
Held-out rows calibrate, products-dev and the others' dev rows are for reporting. Needs neither Chroma nor the internet.
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
from common.settings import artifacts_dir
from frontier_rag.estimator.known_products import KnownProducts
from frontier_rag.estimator.local_estimator import COMMAND, FILE, FORMAT_VERSION, LocalEstimator, pack_trees, unpack_words
from frontier_rag.names.lexical_index import LexicalIndex
from training.command_line.arguments import Help, made_from
from training.command_line.log import log
from training.data.parts import data_folder, data_hashes
from training.data.whole_files import whole_file
from training.frontier_rag.calibration import calibration_arrays, calibration_of, fit_near, fit_offsets
from training.frontier_rag.figures import report
from training.frontier_rag.models import Fitting, fit_models, unseen
from training.frontier_rag.neighbours import features_of, features_of_fitted, nearest
from training.frontier_rag.parts import Files, Part, load_parts
from training.frontier_rag.words import fit_words, unseen_features, word_features


@dataclass(frozen=True)
class Run:
    """What is read, the folder of the artifact, and how the models are fitted."""

    files: Files
    out: Path
    fitting: Fitting


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    bundle = artifacts_dir() / "frontier-rag"
    parser.add_argument("--data", type=Path, help="folder with products-*.jsonl.xz (default: data/ of the shared folder)")
    parser.add_argument("--bundle", type=Path, default=bundle, help="what training.frontier_rag_index --export made")
    parser.add_argument("--out", type=Path, default=bundle / "estimator", help="folder of the artifact")
    parser.add_argument("--seed", type=int, default=42, help="folds, samples of rows and columns")
    parser.add_argument("--threads", type=int, default=2, help="cores to use")
    found = parser.parse_args(argv)
    found.data = data_folder(found.data)
    return made_from(Run, found, files=made_from(Files, found), fitting=made_from(Fitting, found))


def save(run: Run, arrays: Mapping[str, npt.NDArray[Any]], metrics: Mapping[str, object]) -> str:
    """Write the artifact; its version."""
    run.out.mkdir(parents=True, exist_ok=True)
    (run.out / "meta.json").unlink(missing_ok=True)
    with whole_file(run.out / FILE) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type] # its keyword for pickling is not among them
    files = run.files
    return write_meta(
        run.out,
        format_version=FORMAT_VERSION,
        command=COMMAND,
        files=[FILE],
        arguments={"seed": run.fitting.seed},
        data=data_hashes(files.data) | {"meta.json": sha256(files.bundle / "meta.json")},
        metrics=metrics,
    ).version


def known_products(fit: Part) -> KnownProducts:
    """All fitted rows by their words."""
    return KnownProducts(
        LexicalIndex.build(fit.texts), fit.logs.astype(np.float32), float(np.average(fit.logs, weights=fit.weights))
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Words, trees and networks, then the calibration by rows unseen; make the artifact and print its figures."""
    run = parse(argv)
    how, parts = run.fitting, load_parts(run.files, run.fitting.threads)
    fit, held, base = parts.fit, parts.held, parts.base
    known = known_products(fit)
    word_arrays = fit_words(fit.texts, fit.logs, fit.weights, how)
    words = unpack_words(word_arrays)
    log("words fitted")
    features = features_of_fitted(fit, base, known, unseen_features(words, fit, how), how)
    log("features", features.shape)
    models = fit_models(features, fit.logs, fit.weights, how)
    asked = features_of(held, base, known, word_features(words, held.texts, how.threads), how.threads)
    raw = unseen(asked, held.logs, models)
    similarities, positions = nearest(held, held, np.zeros(len(held.rows), bool), how.threads)
    near = fit_near(raw, similarities[:, 0].astype(np.float64), held.logs[positions[:, 0]])
    calibration = calibration_of(fit_offsets(raw), near)
    estimator = LocalEstimator(words, known, models, calibration, "new")
    metrics = {"dev": report(estimator, parts.dev, base, how.threads), "held_out": report(estimator, held, base, how.threads)}
    learned = {**word_arrays, **known.arrays(), **pack_trees(models.trees), **models.network.arrays()}
    version = save(run, {**learned, **calibration_arrays(calibration)}, metrics)
    print(json.dumps({"version": version, "near_weight": calibration.near_weight, **metrics}))


if __name__ == "__main__":
    main()
