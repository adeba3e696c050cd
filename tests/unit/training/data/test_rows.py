"""Reading rows, the text that pricers see, repeats, and the held-out split."""

import gzip
import json
import lzma
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
import zstandard
from pyarrow import parquet

from training.data.rows import Row, contents_text, drop_repeats, product_text, read_rows, row_of, split_held_out
from training.data.shingles import RepeatIndex

LAMP = "A brass desk lamp with a weighted foot, a green glass shade, and a dimmer in the cord for late hours of reading"


def lamp(title: str = "Desk lamp", description: str = LAMP, price: float = 40.0) -> Row:
    return Row(title=title, description=(description,), price=price)


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".jsonl", bytes), (".xz", lzma.compress), (".gz", gzip.compress), (".zst", zstandard.compress)],
)
def test_rows_are_read_plain_and_packed(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(pack(json.dumps({"title": "Lampe für Zoë", "price": "12.50", "split": "seed"}).encode() + b"\n\n"))
    (row,) = read_rows(path)
    assert (row.title, row.price, row.split) == ("Lampe für Zoë", 12.5, "seed")


@pytest.mark.parametrize("line", ["{", "[1]", "7"])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"title": "a"}}\n{line}\n')
    with pytest.raises(ValueError, match=r"rows\.jsonl:2"):
        list(read_rows(path))


@pytest.mark.parametrize(("suffix", "pack"), [(".xz", lzma.compress), (".gz", gzip.compress), (".zst", zstandard.compress)])
def test_a_damaged_file_is_refused(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"rows.jsonl{suffix}"
    path.write_bytes(pack(b'{"title": "a"}\n' * 999)[:-5])
    with pytest.raises(ValueError, match=rf"rows\.jsonl\{suffix}:\d+: after line \d+: the file is damaged or ends early"):
        list(read_rows(path))


def test_rows_of_parquet_and_csv_are_the_same(tmp_path: Path) -> None:
    prices = pyarrow.array([Decimal("12.50")], pyarrow.decimal128(9, 2))
    parquet.write_table(pyarrow.table({"title": ["Lamp"], "features": [["bright"]], "price": prices}), tmp_path / "rows.parquet")
    (tmp_path / "rows.csv").write_text("title,features,price\nLamp,bright,12.50\n")
    lamp = Row(title="Lamp", features=("bright",), price=12.5)
    assert [list(read_rows(tmp_path / name)) for name in ("rows.parquet", "rows.csv")] == [[lamp], [lamp]]


@pytest.mark.parametrize("price", [None, "", "None", "from 3", [], {}, 10**400])
def test_an_unreadable_price_is_none(price: object) -> None:
    assert row_of({"title": "a", "price": price}).price is None


@pytest.mark.parametrize(("price", "is_priced"), [(0.49, False), (0.5, True), (10_000, True), (10_000.01, False)])
def test_only_prices_in_the_range_count_as_priced(price: float, is_priced: bool) -> None:
    assert lamp(price=price).is_priced is is_priced


def test_odd_shapes_of_a_record_are_taken_as_they_are() -> None:
    row = row_of({"title": None, "description": "one text", "features": ["a", None, "b"], "details": {"Color": "red"}})
    assert product_text(row) == "one text a b Color red"


def test_details_that_say_nothing_of_the_price_or_repeat_the_text_are_left_out() -> None:
    details = {
        "Best Sellers Rank": {"Lamps": 3},
        "ASIN": "B0",
        "Item model number": "X-1",
        "Material": "brass",
        "Item Weight": "4 lb",
    }
    row = Row(title="Lamp", description=("Made of brass.",), details=json.dumps(details))
    assert contents_text(row) == "Made of brass. weight 4 lb"


def test_broken_details_are_ignored() -> None:
    assert product_text(Row(title="Lamp", details='{"Color": ')) == "Lamp"


def test_the_title_stands_on_a_line_of_its_own() -> None:
    assert product_text(Row(title=" Desk \n lamp ", description=("green\n\tshade",))) == "Desk lamp\ngreen shade"


@pytest.mark.parametrize(
    "repeat",
    [
        pytest.param(lamp("DESK LAMP!", "something else"), id="the same title"),
        pytest.param(lamp("Another name", LAMP + ". Ships today"), id="most of the words in the same order"),
        pytest.param(lamp("Another name", " ".join(LAMP.split()[3:])), id="a part of the text"),
    ],
)
def test_repeats_of_evaluation_rows_are_dropped(repeat: Row) -> None:
    other = lamp("Floor lamp", "A tall lamp of black steel that stands behind a sofa and bends over it at the push of a hand")
    assert drop_repeats([repeat, other], of=[lamp()]) == [other]


def test_texts_shorter_than_a_shingle_are_compared_whole() -> None:
    assert drop_repeats([lamp("Lamp", ""), lamp("Lamp X", "")], of=[lamp("lamp", "")]) == [lamp("Lamp X", "")]


def test_the_split_is_the_same_every_time_and_of_about_the_wanted_size() -> None:
    rows = [lamp(f"Thing {number}", f"number {number}") for number in range(2000)]
    fit, held = split_held_out(rows, fraction=0.2, seed=1)
    assert (fit, held) == split_held_out(rows, fraction=0.2, seed=1)
    assert sorted(row.title for row in fit + held) == sorted(row.title for row in rows)
    assert 330 < len(held) < 470
    assert split_held_out(rows, fraction=0.2, seed=2)[1] != held


def test_near_duplicates_stay_on_one_side() -> None:
    rows = [lamp(f"Lamp {number}", f"{LAMP} in colour {number}") for number in range(60)]
    fit, held = split_held_out(rows, fraction=0.5)
    assert not fit or not held


def test_many_texts_are_judged_as_each_by_itself(shared_data: Path) -> None:
    texts = [product_text(row) for row in read_rows(shared_data / "data" / "products-dev.jsonl.xz")]
    index = RepeatIndex(texts[::2])
    assert index.repeats(texts[1::2]) == [bool(index.repeated_by(text)) for text in texts[1::2]]
    assert all(index.repeats(texts[:20:2]))
    assert RepeatIndex([]).repeats(["", "lamp"]) == [False, False]
