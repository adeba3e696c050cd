"""What the 8-bit embedder costs in accuracy and gains in time: `uv run python -m bench.embedder`, after `make training`.

(nothing)   embeds the fitted rows and the evaluation's with the original in float32 and with artifacts/embedder, trains
            frontier-rag's local estimator on either's vectors, all else alike, and gives both mean absolute errors with a paired
            bootstrap interval of the difference, and cosines; then the next. Some ten minutes on two cores
--speed     both on ONNX Runtime in turns, for texts of several lengths: never slower means that `least` is not below 1. It needs
            no data

The last line is one JSON object.
"""

import argparse
import json
import os
import shutil
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from bench.load import tell
from bench.processor import beside_float32, best_in_turns, processor
from bench.texts import of_length
from common.artifact import Artifact
from common.settings import artifacts_dir, shared_data_dir
from frontier_rag.embedder import MODEL_FILE, TOKENIZER_FILE, Embedder
from frontier_rag.estimator.local_estimator import unpack_words
from training.command_line.arguments import made_from
from training.evaluation.bootstrap import mean_interval
from training.frontier_rag.calibration import NETWORK_SHARE
from training.frontier_rag.models import Fitting, fit_models
from training.frontier_rag.neighbours import features_of, features_of_fitted
from training.frontier_rag.parts import Files, Part, load_parts
from training.frontier_rag.words import fit_words, unseen_features
from training.frontier_rag_estimator import known_products

CASES = ((20, 1), (160, 1), (256, 1), (160, 8))  # tokens, texts at once
ROUNDS = 30


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = (shared_data_dir() or Path("shared")) / "data"
    parser.add_argument("--data", type=Path, default=data, help="folder with products-*.jsonl.xz")
    parser.add_argument("--bundle", type=Path, default=artifacts_dir() / "frontier-rag", help="the bundled products")
    parser.add_argument("--seed", type=int, default=42, help="of the estimators and the bootstrap")
    parser.add_argument("--threads", type=int, default=2, help="cores to use")
    parser.add_argument("--speed", action="store_true", help="measure the time alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        original = original_embedder(Path(folder), arguments.threads)
        result = {"bench": "embedder", "cores": os.cpu_count(), "processor": processor()}
        if not arguments.speed:
            result |= accuracy(original, made_from(Files, arguments), made_from(Fitting, arguments))
        print(json.dumps(result | {"beside_float32": speed(original, arguments.threads)}))


def original_embedder(folder: Path, threads: int) -> Embedder:
    """The float32 model as it was published, run as ours is."""
    from training.frontier_rag.onnx_embedder import ORIGINAL_TOKENIZER, export_float

    export_float(folder / MODEL_FILE)
    shutil.copy(ORIGINAL_TOKENIZER, folder / TOKENIZER_FILE)
    return Embedder(Artifact(folder, {"version": "original"}), threads)


def accuracy(original: Embedder, files: Files, fitting: Fitting) -> dict[str, Any]:
    """Cosines to the original, and what the estimator errs on either's vectors."""
    parts = load_parts(files, fitting.threads)
    fit, dev = parts.fit, parts.dev
    exact, ours = original.embed([*fit.texts, *dev.texts]), np.concatenate((fit.vectors, dev.vectors))
    errors = {
        "original": errors_of(
            replace(fit, vectors=exact[: len(fit.texts)]), replace(dev, vectors=exact[len(fit.texts) :]), fitting
        ),
        "artifact": errors_of(fit, dev, fitting),
    }
    cosines, loss = (exact * ours).sum(1), errors["artifact"] - errors["original"]
    return {
        "texts": len(ours),
        "cosine_mean": round(float(cosines.mean()), 5),
        "cosine_min": round(float(cosines.min()), 5),
        "mae": {name: round(float(each.mean()), 3) for name, each in errors.items()},
        "loss": {"mean": round(float(loss.mean()), 3), "ci95": mean_interval(loss, fitting.seed)},
    }


def speed(original: Embedder, threads: int) -> dict[str, Any]:
    """A lone text on all threads, and several at a time with a thread each."""
    embedders = {"int8": Embedder.load(artifacts_dir() / "embedder", threads), "float32": original}
    tokenizer = Tokenizer.from_file(str(artifacts_dir() / "embedder" / TOKENIZER_FILE))
    tokenizer.no_truncation()
    cases = {}
    for tokens, count in CASES:
        asked = of_length(tokenizer, tokens, count)
        runs = {name: partial(embedder.embed, asked) for name, embedder in embedders.items()}
        cases[f"{count} x {tokens} tokens"] = tell(f"{count} x {tokens} tokens, ms", best_in_turns(runs, ROUNDS))
    return beside_float32(cases, "int8")


def errors_of(fit: Part, dev: Part, fitting: Fitting) -> npt.NDArray[np.float64]:
    """Absolute errors in dollars [len(dev)] of trees and networks trained on `fit`."""
    known = known_products(fit)
    words = unpack_words(fit_words(fit.texts, fit.logs, fit.weights, fitting))
    features = features_of_fitted(fit, fit, known, unseen_features(words, fit, fitting), fitting)
    models = fit_models(features, fit.logs, fit.weights, fitting)
    answer = models.answer(features_of(dev, fit, known, words.features(dev.texts), fitting.threads), NETWORK_SHARE)[0]
    return np.asarray(np.abs(np.expm1(answer) - dev.prices))


if __name__ == "__main__":
    main()
