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
from frontier_rag.estimator.local_estimator import COMMAND, FILE, FORMAT_VERSION, LocalEstimator, pack_trees, unpack_words
from training.command_line.arguments import Help, made_from
from training.frontier_rag.calibration import calibration_arrays, calibration_of, fit_near, fit_offsets
from training.frontier_rag.figures import report
from training.frontier_rag.models import Fitting, fit_models, unseen
from training.frontier_rag.neighbours import features_of, nearest
from training.frontier_rag.parts import Files, load_parts
from training.frontier_rag.words import fit_words, unseen_features


@dataclass(frozen=True)
class Run:
    """What is read, the folder of the artifact, and how the models are fitted."""

    files: Files
    out: Path
    fitting: Fitting


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    data = (shared_data_dir() or Path("shared")) / "data"
    bundle = artifacts_dir() / "frontier-rag"
    parser.add_argument("--data", type=Path, default=data / "products-train.jsonl.xz", help="the rows that the bundle was made of")
    parser.add_argument("--evaluation", type=Path, default=data / "products-dev.jsonl.xz", help="rows to report on")
    parser.add_argument("--bundle", type=Path, default=bundle, help="what training.frontier_rag_index --export made")
    parser.add_argument("--out", type=Path, default=bundle / "estimator", help="folder of the artifact")
    parser.add_argument("--seed", type=int, default=42, help="folds, samples of rows and columns")
    parser.add_argument("--threads", type=int, default=2, help="cores to use")
    found = parser.parse_args(argv)
    return made_from(Run, found, files=made_from(Files, found), fitting=made_from(Fitting, found))


def save(run: Run, arrays: Mapping[str, npt.NDArray[Any]], metrics: Mapping[str, object]) -> str:
    """Write the artifact; its version."""
    run.out.mkdir(parents=True, exist_ok=True)
    (run.out / "meta.json").unlink(missing_ok=True)
    np.savez_compressed(run.out / FILE, **arrays)  # type: ignore[arg-type] # its keyword for pickling is not among them
    files = run.files
    return write_meta(
        run.out,
        format_version=FORMAT_VERSION,
        command=COMMAND,
        files=[FILE],
        arguments={"seed": run.fitting.seed},
        data={path.name: sha256(path) for path in (files.data, files.evaluation, files.bundle / "meta.json")},
        metrics=metrics,
    ).version


def main(argv: Sequence[str] | None = None) -> None:
    """Words, trees and networks, then the calibration by rows unseen; make the artifact and print its figures."""
    run = parse(argv)
    seed = run.fitting.seed
    fit, held, dev = load_parts(run.files, run.fitting.threads)
    word_arrays = fit_words(fit.texts, fit.logs, seed)
    words = unpack_words(word_arrays)
    features = features_of(fit, fit, unseen_features(words, fit.texts, fit.logs, fit.groups, seed), "group")
    models = fit_models(features, fit.logs, run.fitting)
    raw = unseen(fit, features, run.fitting)
    similarities, positions = nearest(fit, fit, "self")
    near = fit_near(raw, similarities[:, 0].astype(np.float64), fit.logs[positions[:, 0]])
    calibration = calibration_of(fit_offsets(raw), near)
    estimator = LocalEstimator(words, models, calibration, "new")
    metrics = {"products_dev": report(estimator, dev, fit), "held_out": report(estimator, held, fit)}
    learned = {**word_arrays, **pack_trees(models.trees), **models.network.arrays()}
    version = save(run, {**learned, **calibration_arrays(calibration)}, metrics)
    print(json.dumps({"version": version, "near_weight": calibration.near_weight, **metrics}))


if __name__ == "__main__":
    main()
