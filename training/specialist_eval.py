"""How well a specialist prices: error, RMSLE and coverage per split, the calibration of its intervals, and a table of both.

    uv run python -m training.specialist_eval [--data FOLDER] [--artifact artifacts/specialist]

training.evaluate is the general tool; this one also shows every estimator, the held-out rows and agreement with given logits.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from specialist.readout import Calibration, distribution, estimate, level_of, levels_at, quantile

from training.rows import Row, product_text
from training.specialist_data import Parts, data_folder, load_parts

Floats = npt.NDArray[np.float64]
ESTIMATORS = ("median", "mean", "midmean")
NEIGHBOURHOOD = 0.12  # share of the held-out rows that calibrate one price level


def truths(rows: Sequence[Row]) -> Floats:
    """Prices of rows."""
    return np.array([row.price or 0.0 for row in rows])


def fit_calibration(probabilities: Floats, truth: Floats, weights: Floats, estimator: str = "median") -> Calibration:
    """Levels of the 80 % interval at 12 price levels: weighted 10 % and 90 % quantiles of the truths' levels near each."""
    prices, levels = estimate(probabilities, estimator), level_of(probabilities, truth)
    order = np.argsort(prices)
    window = max(20, int(NEIGHBOURHOOD * len(order)))
    anchors, lows, highs = [], [], []
    for centre in np.linspace(window // 2, len(order) - window // 2 - 1, 12).astype(int):
        near = order[max(0, centre - window // 2) : centre + window // 2 + 1]
        ranked = near[np.argsort(levels[near])]
        reached = np.cumsum(weights[ranked]) / weights[ranked].sum()
        lows.append(float(levels[ranked[np.searchsorted(reached, 0.1)]]))
        highs.append(float(levels[ranked[min(len(ranked) - 1, np.searchsorted(reached, 0.9))]]))
        anchors.append(float(np.median(prices[near])))
    return Calibration(estimator, anchors, lows, highs)


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


def by_split(probabilities: Floats, rows: Sequence[Row], calibration: Calibration) -> dict[str, dict[str, float]]:
    """`measure` over all rows, over each split, and over bands of the true price."""
    price, truth = estimate(probabilities, calibration.estimator), truths(rows)
    low_levels, high_levels = levels_at(calibration, price)
    low = np.minimum(quantile(probabilities, low_levels), price)
    high = np.maximum(quantile(probabilities, high_levels), price)
    groups = {"all": np.ones(len(rows), bool)}
    groups |= {name: np.array([row.split == name for row in rows]) for name in sorted({r.split for r in rows} - {""})}
    bands = [0, 20, 50, 100, 200, 400, 1000]
    groups |= {f"${a}-{b}": (truth >= a) & (truth < b) for a, b in zip(bands, bands[1:], strict=False)}
    return {name: measure(price[m], low[m], high[m], truth[m]) for name, m in groups.items() if m.any()}


def constant_mae(rows: Sequence[Row], price: float) -> dict[str, float]:
    """Mean absolute error per split of always answering `price`."""
    truth, splits = truths(rows), np.array([row.split for row in rows])
    found = {name: float(np.abs(truth[splits == name] - price).mean()) for name in sorted(set(splits.tolist()))}
    return {"all": round(float(np.abs(truth - price).mean()), 2)} | {name: round(mae, 2) for name, mae in found.items()}


def compare_estimators(probabilities: Floats, rows: Sequence[Row], weights: Floats) -> dict[str, dict[str, float]]:
    """Mean absolute error of each estimator: plain, and weighted as training drew the rows."""
    errors = {name: np.abs(estimate(probabilities, name) - truths(rows)) for name in ESTIMATORS}
    return {
        name: {"mae": round(float(e.mean()), 2), "weighted": round(float(np.average(e, weights=weights)), 2)}
        for name, e in errors.items()
    }


def table(figures: dict[str, dict[str, float]]) -> str:
    """One line per group."""
    keys = ("n", "mae", "rmsle", "hits", "coverage80")
    lines = [f"{'':12}" + "".join(f"{key:>12}" for key in keys)]
    return "\n".join(lines + [f"{name:12}" + "".join(f"{f[key]:>12}" for key in keys) for name, f in figures.items()])


def score_artifact(folder: Path, rows: Sequence[Row]) -> tuple[Floats, dict[str, Any]]:
    """Distributions [n, 1000] by the model that the service would load, and its meta.json."""
    from specialist.onnx_model import OnnxModel  # noqa: PLC0415 - ONNX Runtime only where it runs

    model = OnnxModel.load(folder)
    return distribution(model.logits([product_text(row) for row in rows])), model.meta


def main(argv: list[str] | None = None) -> None:
    """Print the tables of the held-out rows and of products-dev."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with products-*.jsonl.xz (default: data/ of the shared folder)")
    parser.add_argument("--artifact", type=Path, default=Path("artifacts/specialist"))
    args = parser.parse_args(argv)
    parts: Parts = load_parts(data_folder(args.data))
    result = {}
    for name, rows in (("held", parts.held), ("dev", parts.dev)):
        probabilities, meta = score_artifact(args.artifact, rows)
        result[name] = by_split(probabilities, rows, Calibration.read(meta["calibration"]))
        print(f"{name}\n{table(result[name])}\n{compare_estimators(probabilities, rows, np.ones(len(rows)))}", flush=True)
    result["constant"] = constant_mae(parts.dev, float(np.median(truths(parts.fit))))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
