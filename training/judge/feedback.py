"""Whether what was claimed of deals was right, as people said of them afterwards: claimed chances against verdicts.

Rows are those of the scanner's GET /feedback/export: verdict, said_chance, pushed and, where a person told it, market_price.
Knows no model: it measures what was said at the time, by whatever version.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from common.judging import MARGIN
from common.product_files.record import Record
from training.judge.measure import bins_of

RIGHT = frozenset({"right", "bought"})
WRONG = frozenset({"wrong_price", "not_this_product", "not_worth_that"})
_OF_ANOTHER = frozenset({"wrong_price", "not_this_product"})  # what was claimed was said of another price or thing


def is_verdict(record: Record) -> bool:
    """Whether a row holds what a person said of a deal."""
    return record.get("verdict") in RIGHT | WRONG


def was_right(record: Record) -> bool:
    """Whether a claim was right: a real saving, of a fifth of its worth or more, at the price and of the thing that were told.

    Where a person says what it is worth that decides, else the verdict.
    """
    worth, price = record.get("market_price"), record.get("price")
    if record["verdict"] in _OF_ANOTHER or not worth or not price:
        return record["verdict"] in RIGHT
    return float(str(worth)) >= (1 + MARGIN) * float(str(price))


def feedback_figures(records: Iterable[Record]) -> dict[str, Any] | None:
    """The table: all verdicts, how many of those pushed were right, and of those with a claimed chance the share right by bin.

    None where no row has a verdict; `brier` is None where no chance was claimed.
    """
    rows = [record for record in records if is_verdict(record)]
    if not rows:
        return None
    pushed = [was_right(row) for row in rows if row.get("pushed")]
    claimed = [row for row in rows if isinstance(row.get("said_chance"), int | float)]
    chance = np.array([float(str(row["said_chance"])) for row in claimed], np.float64)
    right = np.array([was_right(row) for row in claimed], bool)
    return {
        "n": len(rows),
        "verdicts": dict(sorted(Counter(str(row["verdict"]) for row in rows).items())),
        "right": round(float(np.mean([was_right(row) for row in rows])), 4),
        "pushed": {"n": len(pushed), "right": round(float(np.mean(pushed)), 4) if pushed else None},
        "claimed": len(claimed),
        "brier": round(float(np.mean((chance - right) ** 2)), 4) if claimed else None,
        "bins": bins_of(chance, right),
    }
