"""Every format is read, and what cannot be used is counted, never fatal."""

import gzip
import json
import lzma
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
import zstandard

from training.data.rows import Row
from training.evaluation.evaluation_file import Rejects, read, request_of, sample

RECORDS = [
    {"title": "Brass lamp", "description": ["Warm light"], "features": [], "details": "{}", "price": 25.0, "split": "a"},
    {"title": "Oak desk", "description": [], "features": ["Solid"], "details": '{"Colour": "brown"}', "price": "310.5"},
]
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS).encode()
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "rows.jsonl": bytes,
    "rows.jsonl.gz": gzip.compress,
    "rows.jsonl.xz": lzma.compress,
    "rows.jsonl.zst": lambda data: zstandard.compress(data[:100]) + zstandard.compress(data[100:]),
}


@pytest.mark.parametrize("name", PACKED)
def test_json_lines_are_read_plain_and_packed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PACKED[name](LINES))
    rejects = Rejects()
    rows = list(read(tmp_path / name, rejects))
    assert [(row.title, row.price, row.split) for row in rows] == [("Brass lamp", 25.0, "a"), ("Oak desk", 310.5, "")]
    assert rejects.count == 0


def test_parquet_is_read(tmp_path: Path) -> None:
    columns = {name: [record.get(name) for record in RECORDS] for name in ("title", "description", "features", "details")}
    pyarrow.parquet.write_table(pyarrow.table({**columns, "price": [25.0, None]}), tmp_path / "rows.parquet")
    rejects = Rejects()
    assert [row.description for row in read(tmp_path / "rows.parquet", rejects)] == [("Warm light",)]
    assert rejects.reasons == ["row 2: no usable price: None"]


def test_csv_and_decimal_prices_are_read(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("title,description,price\nOak desk,Solid,310.5\nlamp,,call us\n")
    price = pyarrow.array([Decimal("12.50")], pyarrow.decimal128(9, 2))
    pyarrow.parquet.write_table(pyarrow.table({"title": ["Lamp"], "price": price}), tmp_path / "rows.parquet")
    rejects = Rejects()
    rows = [*read(tmp_path / "rows.csv", rejects), *read(tmp_path / "rows.parquet", rejects)]
    assert [(row.title, row.description, row.price) for row in rows] == [("Oak desk", ("Solid",), 310.5), ("Lamp", (), 12.5)]
    assert rejects.reasons == ["line 3: no usable price: 'call us'"]


BAD = [
    b"{not json",
    b"[1, 2]",
    b'{"title": "no price"}',
    b'{"title": "free", "price": 0}',
    b'{"title": "words", "price": "call us"}',
    b'{"title": "no number", "price": NaN}',
    b'{"title": "a flag", "price": true}',
    b'{"title": "more than there is", "price": 1e300}',
    b'{"title": " ", "price": 3}',
    b'{"title": "\xff\xfe", "price": 3}',
    b'{"title": "half \\ud800", "price": 3}',
    b'{"title": "lamp", "split": "\\udfff", "price": 3}',
    b'{"title": {"a": ' + b'{"a": ' * 5000,
]


def test_bad_lines_are_counted_with_reasons_and_cost_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(LINES + b"\n".join(BAD) + b"\n\n" + LINES)
    rejects = Rejects()
    assert len(list(read(path, rejects))) == 4
    assert rejects.count == len(BAD)
    assert rejects.reasons[0].startswith("line 3: not JSON")
    assert len(rejects.reasons) == 5


@pytest.mark.parametrize("name", ["rows.jsonl.gz", "rows.jsonl.xz", "rows.jsonl.zst"])
def test_a_file_cut_short_gives_its_rows_and_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PACKED[name](LINES * 2000)[:-9])
    rejects = Rejects()
    list(read(tmp_path / name, rejects))
    assert rejects.count == 1
    assert "ends early" in rejects.reasons[0] or "not JSON" in rejects.reasons[0]


def test_something_else_under_the_name_of_a_parquet_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_bytes(LINES)
    rejects = Rejects()
    assert list(read(tmp_path / "rows.parquet", rejects)) == []
    assert "not Parquet" in rejects.reasons[0]


def test_a_row_is_cut_to_what_the_api_takes() -> None:
    request = request_of(Row(title="t " * 900, description=("d " * 9000,)))
    assert len(request.title or "") <= 1000
    assert len(request.description) <= 10_000


def test_a_row_without_contents_is_asked_by_its_title() -> None:
    assert request_of(Row(title="Brass lamp")).model_dump(exclude_none=True) == {"description": "Brass lamp"}


def test_a_sample_is_drawn_from_the_whole_file_and_repeats_with_its_seed() -> None:
    rows = [Row(title=str(i)) for i in range(1000)]
    drawn = [int(row.title) for row in sample(rows, 50, seed=1)]
    assert drawn == sorted(set(drawn))
    assert max(drawn) > 800
    assert drawn == [int(row.title) for row in sample(rows, 50, seed=1)]
    assert sample(rows, None, seed=1) is rows
