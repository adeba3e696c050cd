"""Measures training.price_catalogue: rows a second and peak memory, at two sizes, on both engines. The last line is JSON.

    uv run python -m bench.catalogue [--pricer local:random-forest] [--rows 20000]

The rows are some hundred products again and again; start-up is part of every time. Memory that grew with the rows would show.
"""

import argparse
import csv
import json
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.descriptions import descriptions
from bench.memory import watch

PRODUCTS = 500
TIMES = 10  # the larger catalogue has so many times the rows


def write_catalogue(path: Path, rows: int) -> None:
    """Products, each with a number of its own."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("title", "description"))
        for number, text in enumerate(islice(cycle(descriptions(PRODUCTS)), rows)):
            writer.writerow((f"Product {number}", text))


def priced(path: Path, rows: int, options: Sequence[str]) -> dict[str, Any]:
    """One run of the command, with its peak memory."""
    write_catalogue(path, rows)
    run = watch("training.price_catalogue", [str(path), str(path.with_suffix(".jsonl")), *options])
    return {"rows": rows, "failed": run.told["failed"], **run.cost(rows)}


def main() -> None:
    """Run every case, each in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pricer", default="local:random-forest", help="as price_catalogue takes it (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=20_000, help="of the smaller catalogue (default: %(default)s)")
    args = parser.parse_args()
    cases = {
        "local": (args.rows, ["--workers", "1"]),
        "local, larger": (args.rows * TIMES, ["--workers", "1"]),
        "ray": (args.rows, ["--engine", "ray", "--workers", "1"]),
        "ray, larger": (args.rows * TIMES, ["--engine", "ray", "--workers", "1"]),
    }
    results = {}
    for name, (rows, options) in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            results[name] = priced(Path(folder) / "catalogue.csv", rows, ["--pricer", args.pricer, *options])
        print(f"{name:<14}{results[name]}")
    print(json.dumps({"bench": "catalogue", "pricer": args.pricer, **results}))


if __name__ == "__main__":
    main()
