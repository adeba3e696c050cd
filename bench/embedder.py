"""What the 8-bit embedder costs in accuracy: `uv run python -m bench.embedder`, after `make training`. Ends in one JSON line.

Embeds the fitted rows and the evaluation's with the original in float32 and with artifacts/embedder, trains frontier-rag's local
estimator on either's vectors, all else alike, and gives both mean absolute errors with a paired bootstrap interval of the
difference; also cosines, and milliseconds a text (the original on all cores). Some ten minutes on two cores.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.settings import artifacts_dir, shared_data_dir
from frontier_rag.embedder import Embedder
from frontier_rag.estimator.local_estimator import unpack_words
from training.command_line.arguments import made_from
from training.evaluation.bootstrap import mean_interval
from training.frontier_rag.calibration import NETWORK_SHARE
from training.frontier_rag.models import Fitting, fit_models
from training.frontier_rag.neighbours import features_of
from training.frontier_rag.parts import Files, Part, load_parts
from training.frontier_rag.words import fit_words, unseen_features

Vectors = npt.NDArray[np.float32]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = (shared_data_dir() or Path("shared")) / "data"
    parser.add_argument("--data", type=Path, default=data / "products-train.jsonl.xz", help="the rows that the bundle was made of")
    parser.add_argument("--evaluation", type=Path, default=data / "products-dev.jsonl.xz", help="rows to report on")
    parser.add_argument("--bundle", type=Path, default=artifacts_dir() / "frontier-rag", help="the bundled products")
    parser.add_argument("--seed", type=int, default=42, help="of the estimators and the bootstrap")
    parser.add_argument("--threads", type=int, default=2, help="cores to use")
    arguments = parser.parse_args()
    fitting = made_from(Fitting, arguments)
    fit, _, dev = load_parts(made_from(Files, arguments), fitting.threads)
    original, spent = timed(original_vectors, [*fit.texts, *dev.texts])
    ours = np.concatenate((fit.vectors, dev.vectors))
    errors = {
        "original": errors_of(
            replace(fit, vectors=original[: len(fit.texts)]), replace(dev, vectors=original[len(fit.texts) :]), fitting
        ),
        "artifact": errors_of(fit, dev, fitting),
    }
    small, took = timed(Embedder.load(artifacts_dir() / "embedder", 1).embed, dev.texts[:300])
    cosines, loss = (original * ours).sum(1), errors["artifact"] - errors["original"]
    result = {
        "bench": "embedder",
        "texts": len(ours),
        "cosine_mean": round(float(cosines.mean()), 5),
        "cosine_min": round(float(cosines.min()), 5),
        "mae": {name: round(float(each.mean()), 3) for name, each in errors.items()},
        "loss": {"mean": round(float(loss.mean()), 3), "ci95": mean_interval(loss, fitting.seed)},
        "ms_a_text": {"original": round(1e3 * spent / len(ours), 2), "artifact": round(1e3 * took / len(small), 2)},
    }
    print(json.dumps(result))


def timed(embed: Callable[[Sequence[str]], Vectors], texts: Sequence[str]) -> tuple[Vectors, float]:
    """The vectors, and the seconds that they took."""
    began = time.perf_counter()
    return embed(texts), time.perf_counter() - began


def original_vectors(texts: Sequence[str]) -> Vectors:
    """Of the float32 model, one text at a time."""
    from training.frontier_rag.onnx_embedder import export_float
    from training.frontier_rag.onnx_embedder import original_vectors as embed

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "float.onnx"
        export_float(path)
        return embed(path, texts)


def errors_of(fit: Part, dev: Part, fitting: Fitting) -> npt.NDArray[np.float64]:
    """Absolute errors in dollars [len(dev)] of trees and networks trained on `fit`."""
    words = unpack_words(fit_words(fit.texts, fit.logs, fitting.seed))
    seen = unseen_features(words, fit.texts, fit.logs, fit.groups, fitting.seed)
    models = fit_models(features_of(fit, fit, seen, "group"), fit.logs, fitting)
    answer = models.answer(features_of(dev, fit, words.features(dev.texts)), NETWORK_SHARE)[0]
    return np.asarray(np.abs(np.expm1(answer) - dev.prices))


if __name__ == "__main__":
    main()
