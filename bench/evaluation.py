"""Measures training.evaluate: the bootstrap, a run over many rows, its report in a real browser. The last line is one JSON object.

    uv run python -m bench.evaluation [--rows 20000]

The pricer is a constant, so that only the evaluation's own work shows. The bootstrap's peer draws one sample after another.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.descriptions import descriptions
from tests.browser import opened_chromium
from training.evaluation.bootstrap import RESAMPLES, mean_interval

PRODUCTS = 500
# Milliseconds for one redraw of all points, and for one of 50 moves of the pointer over them.
SPEED = """
const canvas = document.querySelector("canvas"), box = canvas.getBoundingClientRect();
const begin = performance.now();
document.querySelector("button[data-scale=linear]").click();
const drawn = performance.now();
for (let i = 0; i < 50; i++) {
  const at = { clientX: box.x + 60 + 8 * i, clientY: box.y + 500 - 8 * i };
  canvas.dispatchEvent(new PointerEvent("pointermove", at));
}
return [drawn - begin, (performance.now() - drawn) / 50];
"""


def one_after_another(values: npt.NDArray[np.float64]) -> list[float]:
    """The bootstrap as a text book writes it."""
    rng = np.random.default_rng(0)
    means = [rng.choice(values, len(values)).mean() for _ in range(RESAMPLES)]
    return [float(end) for end in np.quantile(means, [0.025, 0.975])]


def seconds(work: Callable[[], object]) -> float:
    """The best of three."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return round(min(times), 4)


def bootstrap(rows: int) -> dict[str, float]:
    """Seconds for one interval, ours and the plain way."""
    values = np.random.default_rng(1).gamma(1.0, 50.0, rows)
    return {"seconds": seconds(lambda: mean_interval(values, seed=0)), "plain_seconds": seconds(lambda: one_after_another(values))}


def evaluated(folder: Path, rows: int) -> dict[str, Any]:
    """One run of the command, then its report in Chromium."""
    data, texts = folder / "rows.jsonl", islice(cycle(descriptions(PRODUCTS)), rows)
    prices = np.random.default_rng(2).gamma(1.0, 100.0, rows) + 1
    lines = ({"title": f"Product {number}", "description": [text], "price": prices[number]} for number, text in enumerate(texts))
    data.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    asked = ["--pricer", "constant:60", "--data", str(data), "--out", str(folder), "--quiet"]
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "training.evaluate", *asked], check=True, capture_output=True)
    took = time.perf_counter() - start
    report = folder / "report.html"
    with opened_chromium(folder / "chromium") as browser:
        browser.get(report.as_uri())
        redraw, hover = browser.execute_script(SPEED)
    told = {"rows": rows, "seconds": round(took, 2), "report_mb": round(report.stat().st_size / 1e6, 2)}
    return {**told, "redraw_ms": round(redraw, 1), "hover_ms": round(hover, 2)}


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000, help="of the run (default: %(default)s)")
    rows = parser.parse_args().rows
    results: dict[str, Any] = {f"bootstrap of {size}": bootstrap(size) for size in (2_126, rows)}
    with tempfile.TemporaryDirectory() as folder:
        results["run"] = evaluated(Path(folder), rows)
    for name, figures in results.items():
        print(f"{name:<20}{figures}")
    print(json.dumps({"bench": "evaluation", **results}))


if __name__ == "__main__":
    main()
