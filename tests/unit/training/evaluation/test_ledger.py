"""Estimates survive a crash, and are never mixed with those of something else."""

import json
from pathlib import Path

from training.evaluation.ledger import Ledger
from training.evaluation.pricers import Answer

ITEMS = ["a0", "b1", "c2"]
ONE, TWO = Answer(1.0, 0.5, 2.0), Answer(2.0)


def ledger(folder: Path, pricer: str = "one", items: list[str] | None = None) -> Ledger:
    return Ledger(folder / "estimates.jsonl", {"pricer": pricer}, items or ITEMS)


def test_kept_estimates_are_found_again_by_row(tmp_path: Path) -> None:
    ledger(tmp_path).add([2, 0], [TWO, ONE])
    again = ledger(tmp_path)
    assert again.answers == {0: ONE, 2: TWO}
    assert again.missing == [1]


def test_estimates_of_something_else_are_not_used(tmp_path: Path) -> None:
    ledger(tmp_path).add([0], [ONE])
    assert ledger(tmp_path, pricer="two").answers == {}


def test_estimates_of_another_product_in_the_same_place_are_not_used(tmp_path: Path) -> None:
    ledger(tmp_path).add([0, 1], [ONE, TWO])
    assert ledger(tmp_path, items=["x0", "b1", "c2"]).answers == {1: TWO}


def test_a_line_cut_short_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    first = ledger(tmp_path)
    first.add([0, 1], [ONE, TWO])
    assert first.part
    first.part.write_text(first.part.read_text()[:-5])
    assert ledger(tmp_path).answers == {0: ONE}


def test_a_complete_run_lies_in_the_order_of_the_rows_and_is_not_resumed(tmp_path: Path) -> None:
    made = ledger(tmp_path)
    made.add([2], [TWO])
    made.add([1, 0], [TWO, ONE])
    assert made.ordered == [ONE, TWO, TWO]
    made.close()
    header, *lines = map(json.loads, (tmp_path / "estimates.jsonl").read_text().splitlines())
    assert header == {"pricer": "one"}
    assert [line["item"] for line in lines] == ITEMS
    assert lines[1]["low"] is None
    assert [path.name for path in tmp_path.iterdir()] == ["estimates.jsonl"]
    assert ledger(tmp_path).answers == {}


def test_without_a_file_nothing_is_written() -> None:
    made = Ledger(None, {}, ITEMS)
    made.add([0, 1, 2], [ONE, ONE, TWO])
    made.close()
    assert made.ordered == [ONE, ONE, TWO]
