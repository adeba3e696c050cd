"""The names that bench.famous asks for."""

import csv
from pathlib import Path

import bench.famous
from bench.famous import LISTS


def names_of(name: str) -> dict[str, float]:
    with Path(bench.famous.__file__).with_name(f"{name}.psv").open(encoding="utf-8", newline="") as file:
        return {row["name"].lower(): float(row["street"]) for row in csv.DictReader(file, delimiter="|")}


def test_each_list_has_a_hundred_names_with_a_price_and_none_is_in_both() -> None:
    lists = [names_of(name) for name in LISTS]
    assert [len(each) for each in lists] == [100, 100]
    assert not lists[0].keys() & lists[1].keys()
    assert min(price for each in lists for price in each.values()) > 5
