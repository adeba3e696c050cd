"""The names that bench.famous asks for."""

import csv
from pathlib import Path

import bench.famous
from bench.famous import LISTS, TYPED_NAMES, is_stranger, read_famous
from training.data.rows import Row


def names_of(name: str) -> dict[str, float]:
    with Path(bench.famous.__file__).with_name(f"{name}.psv").open(encoding="utf-8", newline="") as file:
        return {row["name"].lower(): float(row["street"]) for row in csv.DictReader(file, delimiter="|")}


def test_each_list_has_a_hundred_names_with_a_price_and_none_is_in_both() -> None:
    lists = [names_of(name) for name in LISTS]
    assert [len(each) for each in lists] == [100, 100]
    assert not lists[0].keys() & lists[1].keys()
    assert min(price for each in lists for price in each.values()) > 5


def test_a_stranger_is_a_name_that_no_title_of_the_catalogue_repeats() -> None:
    known = Row("apple airpods pro 3")
    assert is_stranger([Row("a kettle that nobody has listed"), known]).tolist() == [True, False]


def test_most_typed_names_are_strangers() -> None:
    assert is_stranger(read_famous(TYPED_NAMES)).sum() == 94
