"""What the pricers say of a hundred famous goods asked for by name alone: `uv run python -m bench.famous [--pricer NAME ...]`.

famous.psv has names and street prices of 2026 in dollars, written from general knowledge; typed_names.psv (`--list typed_names`)
another hundred, in small letters and short forms as they are typed into a search. Neither list is fitted on, but the catalogue that
comes with frontier-rag is, and has some of the same goods: `strangers` are the figures of the names that none of its titles
repeats.
Prices in this process, from the artifacts; the last line is the JSON.
"""

import argparse
import asyncio
import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.pricers import PRICERS
from common.pricing import PriceRequest
from training.data.market import GOODS, read_catalogue
from training.data.rows import Row, drop_repeats
from training.evaluation.findings import outcome_of
from training.evaluation.metrics import Outcome, score
from training.evaluation.pricers import EvaluatedPricer, load_ensemble, load_member

ASKED = ("ensemble", *(pricer.name for pricer in PRICERS))
TOLD = ("log_error", "log_bias", "mae", "hits", "coverage80")
TYPED_NAMES = "typed_names"
LISTS = ("famous", TYPED_NAMES)


def main() -> None:
    """Ask every pricer for every name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pricer", nargs="+", default=list(ASKED), choices=ASKED, help="which are asked")
    parser.add_argument("--list", default=LISTS[0], choices=LISTS, help="which hundred names")
    parser.add_argument("--show", action="store_true", help="print each name with the first pricer's answer")
    arguments = parser.parse_args()
    rows = read_famous(arguments.list)
    print(json.dumps({"bench": arguments.list, "n": len(rows), **asyncio.run(measured(rows, arguments.pricer, arguments.show))}))


def read_famous(name: str = LISTS[0]) -> list[Row]:
    """The names of a list with their street prices."""
    with Path(__file__).with_name(f"{name}.psv").open(encoding="utf-8", newline="") as file:
        return [Row(each["name"], price=float(each["street"])) for each in csv.DictReader(file, delimiter="|")]


def is_stranger(rows: Sequence[Row]) -> npt.NDArray[np.bool_]:
    """[len(rows)] Whether no title of the catalogue repeats the name."""
    titles = [Row(row.title) for row in read_catalogue(GOODS)]
    kept = {row.title for row in drop_repeats(rows, of=titles)}
    return np.array([row.title in kept for row in rows])


async def measured(rows: list[Row], pricers: list[str], is_shown: bool) -> dict[str, dict[str, object]]:
    """Figures by pricer: mean |ln(estimate / price)|, its median with its sign, error in dollars, shares of hits and in 80 %."""
    found, unknown = dict[str, dict[str, object]](), is_stranger(rows)
    for name in pricers:
        pricer: EvaluatedPricer = await (load_ensemble() if name == "ensemble" else load_member(name))
        answers = [(await pricer.answer([PriceRequest(description=row.title)]))[0] for row in rows]
        outcome = outcome_of(rows, answers)
        found[name] = _told(outcome) | {"strangers": {"n": int(unknown.sum())} | _told(outcome.only(unknown))}
        if is_shown and name == pricers[0]:
            for row, answer in zip(rows, answers, strict=True):
                print(f"{row.title:55} {row.price:>8.0f} {answer.price:>9.2f}  ({answer.low:.0f} to {answer.high:.0f})")
    return found


def _told(outcome: Outcome) -> dict[str, object]:
    return {key: value for key, value in score(outcome, 0).items() if key in TOLD}


if __name__ == "__main__":
    main()
