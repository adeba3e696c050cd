"""Writes into a model's meta.json what it says now, to compare with later: `python -m training.model_reference --artifact NAME`.

`canary`: the prices of a few texts of our own, which another copy of it must say too before a service takes it in. `price_bins`:
how its estimates of rows that it was not fitted on are distributed, from which drift is told. Files and version stay as they are.
"""

import argparse
import asyncio
import json
import os
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from common.models.canary import KEY as CANARY
from common.models.canary import TEXTS
from common.models.drift.stability import KEY as BINS
from common.models.drift.stability import LEAST_PRICES, PriceBins, bins_of
from common.models.model_store import META, read_meta
from common.pricing import PriceRequest
from common.settings import artifacts_dir
from training.command_line.arguments import Help
from training.data.parts import data_folder, load_market
from training.data.rows import product_text
from training.evaluation.predictors import opened
from training.evaluation.pricers import EvaluatedPricer

# How far, in logarithms, an artifact's prices may be from those of another machine: kernels round
# differently (the specialist's by 0.5 % at the median), and an ensemble's pricers may be of other versions.
TOLERANCES = {"specialist": 0.15, "random-forest": 0.02, "frontier-rag/estimator": 0.25, "ensemble": 0.4}
_AT_ONCE = 32


@dataclass(frozen=True)
class Run:
    """What is asked for."""

    artifact: str
    data: Path
    rows: int
    seed: int


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    add = parser.add_argument
    add("--artifact", choices=sorted(TOLERANCES), required=True, help="in the folder of artifacts")
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: $PRICER_DATA/data, else ../shared/data)")
    add("--rows", type=int, default=1500, help="held-out rows that are priced for the distribution")
    add("--seed", type=int, default=42, help="of the rows")
    found = parser.parse_args(argv)
    return Run(found.artifact, data_folder(found.data), found.rows, found.seed)


async def reference(run: Run) -> dict[str, Any]:
    """What goes into meta.json."""
    name, tolerance = run.artifact.partition("/")[0], TOLERANCES[run.artifact]
    async with opened(name) as pricer:
        examples = [
            {**text.model_dump(exclude_none=True), "price": round(price, 2)}
            for text, price in zip(TEXTS, await _prices(pricer, TEXTS), strict=True)
        ]
        prices = await _prices(pricer, _held_out(run))
    told: dict[str, Any] = {CANARY: {"tolerance": tolerance, "examples": examples}}
    return told | ({BINS: _told(bins_of(prices))} if len(prices) >= LEAST_PRICES else {})


def _held_out(run: Run) -> list[PriceRequest]:
    held = load_market(run.data).held
    chosen = random.Random(run.seed).sample(held, min(run.rows, len(held)))
    return [PriceRequest(description=product_text(row)[:10_000]) for row in chosen]


async def _prices(pricer: EvaluatedPricer, requests: Sequence[PriceRequest]) -> list[float]:
    parts = [requests[start : start + _AT_ONCE] for start in range(0, len(requests), _AT_ONCE)]
    return [each.price for part in parts for each in await pricer.answer(part)]


def _told(bins: PriceBins) -> dict[str, Any]:
    return {name: list(values) for name, values in asdict(bins).items()}


def write(folder: Path, facts: dict[str, Any]) -> None:
    """Into meta.json, through a rename."""
    part = folder / f"{META}.part"
    part.write_text(json.dumps(read_meta(folder) | facts, indent=2) + "\n", encoding="utf-8")
    os.replace(part, folder / META)


def main(argv: Sequence[str] | None = None) -> None:
    """Price, write, tell."""
    run = parse(argv)
    facts = asyncio.run(reference(run))
    write(artifacts_dir() / run.artifact, facts)
    print(json.dumps({"artifact": run.artifact, **facts}))


if __name__ == "__main__":
    main()
