"""The files that a table of baselines leaves: the table, its figures, a chart, and every line's estimates to compare in pairs."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from training.baseline import chart, results
from training.baseline.names import has
from training.baseline.results import Floats, Result
from training.data.whole_files import whole_file


def file_name(name: str) -> str:
    """A baseline's name as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name)


def estimate_lines(items: Sequence[str], prices: Floats) -> list[str]:
    """The answered rows in the form that training.evaluate's `replay:FILE.jsonl` reads, to compare with pricers in pairs."""
    pairs = zip(items, prices.tolist(), strict=True)
    return [json.dumps({"item": item, "price": round(price, 2)}) + "\n" for item, price in pairs if np.isfinite(price)]


def write(out: Path, lines: Sequence[Result], estimates: Mapping[str, Sequence[str]]) -> list[str]:
    """Write the files into `out`; their names. No chart without matplotlib."""
    texts = {
        "table.md": results.as_markdown(results.table(lines)),
        "scores.json": json.dumps([line.as_json() for line in lines], indent=1) + "\n",
        **{f"estimates/{file_name(name)}.jsonl": "".join(each) for name, each in estimates.items()},
    }
    (out / "estimates").mkdir(exist_ok=True)
    for name, text in texts.items():
        with whole_file(out / name) as part:
            part.write_text(text, encoding="utf-8")
    if not has("matplotlib"):
        return list(texts)
    most = max(line.told["n"] for line in lines)
    who = "Baselines and our pricers" if any(line.kind == "pricer" for line in lines) else "Baselines"
    chart.write(out / "baselines.png", lines, f"{who} on {most:,} products")
    return [*texts, "baselines.png"]
