"""How well a specialist prices: error, RMSLE and coverage per split, the calibration of its intervals, and a table of both.

    uv run python -m training.specialist_eval [--data FOLDER] [--artifact artifacts/specialist]
    uv run python -m training.specialist_eval --adapter runs/specialist/adapter            # or --base NAME alone

training.evaluate is the general tool; this one also shows every estimator and the held-out rows. A base with an adapter is asked
through transformers, plainly; what the service makes of it on a GPU is bench/specialist.py's matter.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.artifact import read_artifact
from common.errors import ArtifactError
from common.settings import artifacts_dir
from specialist.app import COMMAND, FORMAT_VERSION
from specialist.onnx_model import OnnxPriceModel
from specialist.readout import Calibration, distribution, estimate, read_prices
from specialist.service import PriceModel
from training.calibration_fit import band_weights
from training.data import data_folder, load_parts
from training.evaluation.metrics import BANDS, band_of
from training.rows import Row, product_text

Floats = npt.NDArray[np.float64]
ESTIMATORS = ("median", "mean", "midmean")


def truths(rows: Sequence[Row]) -> Floats:
    """Prices of rows."""
    return np.array([row.price or 0.0 for row in rows])


def measure(price: Floats, low: Floats, high: Floats, truth: Floats) -> dict[str, float]:
    """Mean absolute error, RMSLE, share of hits, share of truths inside the interval."""
    error = np.abs(price - truth)
    return {
        "n": len(truth),
        "mae": round(float(error.mean()), 2),
        "rmsle": round(float(np.sqrt(np.mean((np.log1p(price) - np.log1p(truth)) ** 2))), 4),
        "hits": round(float(((error < 40) | (error < 0.2 * truth)).mean()), 4),
        "coverage80": round(float(((low <= truth) & (truth <= high)).mean()), 4),
    }


def by_group(logits: npt.ArrayLike, rows: Sequence[Row], calibration: Calibration) -> dict[str, dict[str, float]]:
    """`measure` over all rows, each split, and each band of the true price; the prices are those that the service would give."""
    read, truth = read_prices(logits, calibration), truths(rows)
    price, low, high = (np.array([getattr(one, name) for one in read]) for name in ("price", "low", "high"))
    groups = {"all": np.ones(len(rows), bool)}
    groups |= {name: np.array([row.split == name for row in rows]) for name in sorted({row.split for row in rows} - {""})}
    bands = np.array(band_of(truth))
    groups |= {f"${band}": bands == band for band in BANDS}
    return {name: measure(price[m], low[m], high[m], truth[m]) for name, m in groups.items() if m.any()}


def constant_mae(rows: Sequence[Row], price: float) -> dict[str, float]:
    """Mean absolute error per split of always answering `price`."""
    truth, splits = truths(rows), np.array([row.split for row in rows])
    found = {name: float(np.abs(truth[splits == name] - price).mean()) for name in sorted(set(splits.tolist()))}
    return {"all": round(float(np.abs(truth - price).mean()), 2)} | {name: round(mae, 2) for name, mae in found.items()}


def compare_estimators(probabilities: Floats, truth: Floats) -> dict[str, dict[str, float]]:
    """Mean absolute error of each estimator: plain, and with the price bands at the shares of calibration_fit."""
    errors = {name: np.abs(estimate(probabilities, name) - truth) for name in ESTIMATORS}
    weights = band_weights(truth)
    return {
        name: {"mae": round(float(e.mean()), 2), "banded": round(float(np.average(e, weights=weights)), 2)}
        for name, e in errors.items()
    }


def table(figures: dict[str, dict[str, float]]) -> str:
    """One line per group."""
    keys = ("n", "mae", "rmsle", "hits", "coverage80")
    lines = [f"{'':12}" + "".join(f"{key:>12}" for key in keys)]
    return "\n".join(lines + [f"{name:12}" + "".join(f"{f[key]:>12}" for key in keys) for name, f in figures.items()])


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Arguments; every one has a default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: data/ of the shared folder)")
    add("--limit", type=int, help="take only this many rows to fit and hold out, and of products-dev (default: all)")
    add("--artifact", type=Path, default=artifacts_dir() / "specialist", help="of the small specialist (default: %(default)s)")
    add("--base", default="", help="a base instead: name on the hub or folder (default: the one that --adapter was trained on)")
    add("--adapter", type=Path, help="an adapter that specialist_train --preset seed left, on its base (default: none)")
    add("--quantization", choices=("nf4", "int8", "none"), help="of the base (default: what the adapter was trained on, else none)")
    add("--max-text-tokens", type=int, help="of a product (default: what the adapter was trained on, else 160)")
    add("--batch", type=int, default=16, help="prompts in one forward pass of a base (default: %(default)s)")
    add("--device", default="", help="of a base: cuda or cpu (default: cuda where there is one)")
    return parser.parse_args(argv)


def load(args: argparse.Namespace) -> tuple[PriceModel, Calibration]:
    """The model that the arguments name, with its calibration; a base without an adapter has none."""
    if args.base or args.adapter:
        from training.specialist.adapted import load_adapted

        return load_adapted(args)
    artifact = read_artifact(args.artifact, format_version=FORMAT_VERSION, command=COMMAND)
    model = OnnxPriceModel(artifact.path("model.onnx"), artifact.path("tokenizer.json"))
    return model, Calibration.read(artifact.meta["calibration"])


def main(argv: list[str] | None = None) -> None:
    """Print the tables of the held-out rows and of products-dev."""
    args = parse(argv)
    try:
        model, calibration = load(args)
    except ArtifactError as exc:
        raise SystemExit(str(exc)) from exc
    parts = load_parts(data_folder(args.data), args.limit)
    result: dict[str, object] = {"constant": constant_mae(parts.dev, float(np.median(truths(parts.fit))))}
    for name, rows in (("held", parts.held), ("dev", parts.dev[: args.limit])):
        logits = model.logits([product_text(row) for row in rows])
        result[name] = figures = by_group(logits, rows, calibration)
        print(f"{name}\n{table(figures)}\n{compare_estimators(distribution(logits), truths(rows))}", flush=True)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
