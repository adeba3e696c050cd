"""The benchmark compares the same products told in full and not."""

import asyncio
import math
from collections.abc import Sequence

from bench.unsaid import chosen, measured
from common.pricing import PriceRequest
from training.data.rows import Row
from training.evaluation.pricers import Answer

ROWS = [Row(title="Lumo Phone 256GB", price=20.0), Row(title="Vistar TV 2023", price=50.0)]


class Careful:
    """Says 20 dollars, twice as unsure (in logs) where nothing is stated."""

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        ends = [math.e if any(sign in each.text for sign in ("256GB", "2023", "2019")) else math.e**2 for each in requests]
        return [Answer(20.0, 20.0 / end, 20.0 * end) for end in ends]


def test_widths_and_coverage_are_told_in_all_and_by_attribute() -> None:
    found = asyncio.run(measured(Careful(), [*ROWS, Row(title="Vistar TV 2019", price=100.0)]))
    assert found["all"]["n"] == 3
    assert (found["all"]["width_ratio"], found["all"]["wider"]) == (2.0, 1.0)
    assert found["all"]["coverage80"] == {"told": 0.6667, "unsaid": 1.0}
    assert found["capacity"]["n"] == 1
    assert found["year"]["coverage80"]["told"] == 0.5
    assert set(found) == {"all", "capacity", "year"}


def test_products_that_state_nothing_or_are_nothing_without_it_are_left_out() -> None:
    assert chosen([*ROWS, Row(title="Vistar TV"), Row(title="Phone 64GB")]) == ROWS
