"""Every line of every kind of file is read once, wherever it is cut; what is no record is told and costs itself alone."""

import gzip
import json
import lzma
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from training.curation import chunks
from training.curation.chunks import Chunk, Reading, Record, Reject, cut

PACKERS = [(".xz", lzma.compress), (".gz", gzip.compress), (".zst", zstandard.compress)]


def read(path: Path, folder: Path, size: int = 1 << 20) -> tuple[list[Record], list[Reject]]:
    found = [each for chunk in cut([path], folder, size) for each in Reading(chunk)]
    return [each for each in found if isinstance(each, Record)], [each for each in found if isinstance(each, Reject)]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.integers(1, 50), st.booleans())
def test_byte_ranges_of_any_size_give_every_line_once(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], step: int, ends: bool
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    lines = [json.dumps({"n": n, "x": "x" * size}).encode() for n, size in enumerate(sizes)]
    path = folder / "rows.jsonl"
    path.write_bytes(b"\n".join(lines) + (b"\n" if ends else b""))
    records, rejects = read(path, folder, step)
    assert [record.value["n"] for record in records] == list(range(len(sizes)))
    assert not rejects
    whole = path.read_bytes()
    assert all(whole[record.offset :].startswith(record.raw) for record in records)


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
def test_packed_files_are_read_in_blocks_of_whole_lines(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"rows{suffix}"
    lines = [json.dumps({"n": n, "pad": "p" * 900}).encode() for n in range(9000)]
    path.write_bytes(pack(b"\n".join(lines)))
    found = list(cut([path], tmp_path, 1 << 20))
    assert len(found) > 1
    assert sum(chunk.stored for chunk in found) == path.stat().st_size
    offsets = [each.offset for chunk in found for each in Reading(chunk)]
    assert offsets == [sum(len(line) + 1 for line in lines[:n]) for n in (0, 1)] + offsets[2:]
    assert [record.value["n"] for record in read(path, tmp_path)[0]] == list(range(9000))


BAD_LINES = [
    pytest.param(b"{", "not JSON", id="cut off"),
    pytest.param(b"nan", "not JSON", id="a bare word"),
    pytest.param(b'{"title": "\\ud800"}', "not JSON", id="half a surrogate"),
    pytest.param(b'{"title": "caf\xe9"}', "not UTF-8", id="Latin-1"),
    pytest.param(b"\x00\xff\xfe", "not UTF-8", id="binary"),
    pytest.param(b"[1, 2]", "not an object", id="an array"),
    pytest.param(b'"text"', "not an object", id="a string"),
    pytest.param(b"[" * 100_000, "nested too deep", id="nested"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_line_is_told_and_the_others_are_read(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"n": 0}\n' + line + b'\n\n{"n": 1}\n')
    records, (reject,) = read(path, tmp_path)
    assert [record.value["n"] for record in records] == [0, 1]
    assert (reject.reason, reject.line, reject.offset) == (reason, 1, 9)
    assert len(reject.text) <= 4 * chunks.SHOWN_BYTES
    reject.text.encode()


@pytest.mark.parametrize(("suffix", "pack"), [(".jsonl", bytes), *PACKERS])
def test_an_overlong_line_is_one_reject(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(pack(b'{"n": 0}\n{"x": "' + b"y" * (3 * chunks.LINE_BYTES) + b'"}\n{"n": 1}\n'))
    records, (reject,) = read(path, tmp_path)
    assert [record.value["n"] for record in records] == [0, 1]
    assert (reject.reason, reject.offset) == ("line too long", 9)
    assert reject.text.startswith('{"x": "yyy')


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
def test_what_lies_before_the_damage_of_a_packed_file_is_read(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    lines = b"".join(json.dumps({"n": n, "pad": str(n**9) * 30}).encode() + b"\n" for n in range(9000))
    path = tmp_path / f"rows{suffix}"
    packed = pack(lines)
    path.write_bytes(packed[: len(packed) * 3 // 4])
    records, rejects = read(path, tmp_path)
    assert [record.value["n"] for record in records] == list(range(len(records)))
    assert 9000 * 0.6 < len(records) < 9000 * 0.8
    assert [reject.reason for reject in rejects][-1] == "damaged file"


@pytest.mark.parametrize("name", ["rows.gz", "rows.xz", "rows.zst", "rows.parquet"])
def test_a_file_that_is_not_what_its_name_says_is_one_reject(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"this is no archive" * 99)
    records, rejects = read(path, tmp_path)
    assert (records, [reject.reason for reject in rejects]) == ([], ["damaged file"])


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.touch()
    assert read(path, tmp_path) == ([], [])


def test_parquet_is_cut_by_row_groups_and_decimal_prices_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    prices = pyarrow.array([Decimal("12.50")] * 25, pyarrow.decimal128(9, 2))
    parquet.write_table(pyarrow.table({"title": [f"t{n}" for n in range(25)], "price": prices}), path, row_group_size=10)
    found = list(cut([path], tmp_path))
    assert [(chunk.start, chunk.stop, chunk.row_group) for chunk in found] == [(0, 10, 0), (10, 20, 1), (20, 25, 2)]
    records, _ = read(path, tmp_path)
    assert [record.value["title"] for record in records] == [f"t{n}" for n in range(25)]
    assert [record.offset for record in records] == list(range(25))
    assert records[0].value["price"] == 12.5


def test_a_damaged_row_group_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    parquet.write_table(
        pyarrow.table({"title": [f"{n:09d}" * 20 for n in range(30)]}), path, row_group_size=10, use_dictionary=False
    )
    start = parquet.read_metadata(path).row_group(1).column(0).data_page_offset
    whole = bytearray(path.read_bytes())
    whole[start : start + 40] = b"\xff" * 40
    path.write_bytes(bytes(whole))
    records, rejects = read(path, tmp_path)
    assert {record.offset for record in records} >= {*range(10), *range(20, 30)}
    assert [reject.reason for reject in rejects] == ["damaged file"]


def test_chunks_tell_where_they_lie(tmp_path: Path) -> None:
    assert str(Chunk(0, tmp_path / "a.jsonl", tmp_path / "b", 5, 9, base=100)) == "a.jsonl, bytes 105"
