"""What an interval becomes where a text leaves capacity, size, pack, year and condition unsaid: python -m bench.unsaid [--limit N]

Prices brand goods (named-dev) as they are and without these words, in this process from the artifacts. Last comes one JSON line:
`width_ratio` is the median of what ln(high / low) becomes, `wider` the share of intervals that widen. Needs the shared data.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.settings import shared_data_dir
from training.data.market import NAMED_DEV_FILE, read_named
from training.data.rows import Row
from training.evaluation.evaluation_file import request_of, sample
from training.evaluation.findings import outcome_of
from training.evaluation.metrics import Outcome, covered
from training.evaluation.pricers import Answer, EvaluatedPricer, load_ensemble
from training.evaluation.unsaid import ATTRIBUTES, stated, without_attributes

FEWEST_WORDS = 2  # of a title that is left: less names nothing
BATCH = 50


@dataclass(frozen=True)
class Pair:
    """The same products told in full and with attributes unsaid."""

    told: Outcome
    unsaid: Outcome

    def only(self, mask: npt.NDArray[np.bool_]) -> "Pair":
        """The products under `mask`."""
        return Pair(self.told.only(mask), self.unsaid.only(mask))

    def figures(self) -> dict[str, Any]:
        """Not of an empty pair."""
        before, after = (np.log(each.high / each.low) for each in (self.told, self.unsaid))
        return {
            "n": len(self.told),
            "width_ratio": round(float(np.median(after / before)), 3),
            "wider": round(float(np.mean(after > before)), 3),
            "coverage80": {"told": _share(covered(self.told)), "unsaid": _share(covered(self.unsaid))},
            "log_error": {"told": _log_error(self.told), "unsaid": _log_error(self.unsaid)},
        }


def _share(flags: npt.NDArray[np.bool_]) -> float:
    return round(float(flags.mean()), 4)


def _log_error(outcome: Outcome) -> float:
    return round(float(np.abs(np.log(outcome.price / outcome.truth)).mean()), 4)


def chosen(rows: Sequence[Row]) -> list[Row]:
    """Those that state something and still name a product without it."""
    return [row for row in rows if stated(row) and len(without_attributes(row).title.split()) >= FEWEST_WORDS]


async def answers_of(pricer: EvaluatedPricer, rows: Sequence[Row]) -> list[Answer]:
    """One for each row."""
    parts = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    return [answer for part in parts for answer in await pricer.answer([request_of(row) for row in part])]


async def measured(pricer: EvaluatedPricer, rows: Sequence[Row]) -> dict[str, Any]:
    """All, then those that state each attribute: all attributes are left unsaid in any case."""
    told, unsaid = await answers_of(pricer, rows), await answers_of(pricer, [without_attributes(row) for row in rows])
    pair = Pair(outcome_of(rows, told), outcome_of(rows, unsaid))
    masks = {name: np.array([name in stated(row) for row in rows]) for name in ATTRIBUTES}
    return {"all": pair.figures(), **{name: pair.only(mask).figures() for name, mask in masks.items() if mask.any()}}


def main() -> None:
    """Price twice, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = shared_data_dir()
    parser.add_argument("--data", type=Path, default=shared / "data" if shared else None, help="folder of the shared data")
    parser.add_argument("--limit", type=int, help="products, drawn at random (default: all)")
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data: there is no shared data here; set PRICER_DATA")
    rows = sample(chosen(read_named(args.data / NAMED_DEV_FILE)), args.limit, 42)

    async def run() -> dict[str, Any]:
        return await measured(await load_ensemble(), rows)

    print(json.dumps({"bench": "unsaid", **asyncio.run(run())}))


if __name__ == "__main__":
    main()
