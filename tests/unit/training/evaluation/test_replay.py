"""Recorded estimates come from a key of the rows or from an earlier run's file, and are matched by product."""

import json
from pathlib import Path

import pytest

from common.errors import InvalidInputError
from training.data.rows import Row
from training.evaluation.evaluation_file import request_of
from training.evaluation.ledger import Ledger
from training.evaluation.pricers import Answer
from training.evaluation.replay import item_of, recorded

ROWS = [Row(title=title, price=10.0) for title in ("lamp", "desk", "chair", "lamp")]
REQUESTS = [request_of(row) for row in ROWS]


def with_key(*values: object) -> list[Row]:
    return [Row(title=str(i), price=1.0, extra={} if value is ... else {"said": value}) for i, value in enumerate(values)]


def test_a_key_holds_a_price_or_a_price_with_its_interval() -> None:
    rows = with_key(12.5, {"price": 3, "low": 2, "high": 4}, [5.0, 4.0, 6.0], None, ..., {"price": 8})
    assert recorded("said", rows, [request_of(row) for row in rows]) == [
        Answer(12.5),
        Answer(3, 2, 4),
        Answer(5.0, 4.0, 6.0),
        None,
        None,
        Answer(8),
    ]


@pytest.mark.parametrize("value", ["12.5", True, -1.0, float("nan"), {"price": 1, "low": 3, "high": 2}, [1.0, 2.0]])
def test_a_key_that_holds_something_else_names_the_row(value: object) -> None:
    rows = with_key(1.0, value)
    with pytest.raises(InvalidInputError, match="replay:said: row 2"):
        recorded("said", rows, [request_of(row) for row in rows])


def test_a_key_that_no_row_has_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="holds no estimate for any of the 4 rows"):
        recorded("nothing", ROWS, REQUESTS)


def estimates(path: Path, answers: list[Answer]) -> str:
    ledger = Ledger(path, {"pricer": "p"}, [item_of(request) for request in REQUESTS])
    ledger.add(range(len(REQUESTS)), answers)
    ledger.close()
    return str(path)


def test_an_earlier_run_is_matched_by_product_whatever_part_is_asked_for(tmp_path: Path) -> None:
    said = [Answer(1.0, 0.5, 2.0), Answer(2.0), Answer(3.0), Answer(4.0)]
    source = estimates(tmp_path / "estimates.jsonl", said)
    assert recorded(source, ROWS, REQUESTS) == said
    stranger = request_of(Row(title="sofa"))
    assert recorded(source, ROWS[:3], [REQUESTS[2], stranger, REQUESTS[1]]) == [Answer(3.0), None, Answer(2.0)]


def test_a_damaged_file_names_the_line(tmp_path: Path) -> None:
    source = estimates(tmp_path / "estimates.jsonl", [Answer(1.0)] * 4)
    Path(source).write_text(Path(source).read_text() + '{"item": "00", "pri')
    with pytest.raises(InvalidInputError, match=r"estimates.jsonl:6: not JSON"):
        recorded(source, ROWS, REQUESTS)


def test_estimates_of_other_products_are_refused(tmp_path: Path) -> None:
    source = estimates(tmp_path / "estimates.jsonl", [Answer(1.0)] * 4)
    stranger = Row(title="sofa")
    with pytest.raises(InvalidInputError, match="holds no estimate"):
        recorded(source, [stranger], [request_of(stranger)])


def test_a_file_of_estimates_holds_no_text_of_the_products(tmp_path: Path) -> None:
    lines = Path(estimates(tmp_path / "estimates.jsonl", [Answer(1.0)] * 4)).read_text().splitlines()
    assert not any(title in line for title in ("lamp", "desk") for line in lines)
    assert set(json.loads(lines[1])) == {"row", "item", "price", "low", "high"}
