"""CSV as spreadsheets write it: every row comes out, whatever its cells hold."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.product_files import csv_table, record
from common.product_files.csv_table import read
from common.product_files.reading import read as read_file
from common.product_files.record import Unreadable
from tests.unit.common.product_files.kinds import PACKERS

CELLS = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_cells_come_back_as_they_were_with_quotes_commas_and_line_breaks(
    rows: list[tuple[str, str]], end: str, has_mark: bool
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=end)
    writer.writerows([("title", "description"), *rows])
    found = list(read(io.BytesIO(text.getvalue().encode("utf-8-sig" if has_mark else "utf-8"))))
    assert [row for _, row in found] == [{"title": title, "description": description} for title, description in rows]


def rows_of(content: bytes) -> list[object]:
    return [row for _, row in read(io.BytesIO(content))]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"title\n", b"title\r\n\r\n\n"])
def test_without_rows_there_are_none(content: bytes) -> None:
    assert rows_of(content) == []


def test_rows_bear_the_number_of_the_line_on_which_they_end() -> None:
    assert list(read(io.BytesIO(b'title,note\n"a\nb",1\n\nc,2'))) == [
        (3, {"title": "a\nb", "note": "1"}),
        (5, {"title": "c", "note": "2"}),
    ]


def test_too_few_fields_are_none_and_too_many_cost_their_row() -> None:
    short, long, last = rows_of(b"title,note\na\nb,1,2,3\nc,4\n")
    assert (short, last) == ({"title": "a", "note": None}, {"title": "c", "note": "4"})
    assert long == Unreadable("line 3: 2 more fields than the header", record.NOT_THE_TABLE)


def test_nul_bytes_and_bytes_that_are_no_utf8_stay_in_their_cell() -> None:
    assert rows_of(b"title,note\na\x00b,caf\xe9\nc,d\n") == [{"title": "a\x00b", "note": "caf\ufffd"}, {"title": "c", "note": "d"}]


def test_a_quote_that_is_never_closed_costs_its_row_alone() -> None:
    opened, lamp, chair = rows_of(b'title,description\n"Brass 27"" lamp,good\nDesk lamp,9 W LED\nOak chair,wood')
    assert isinstance(opened, Unreadable)
    assert opened.kind == record.OPEN_QUOTE
    assert (lamp, chair) == ({"title": "Desk lamp", "description": "9 W LED"}, {"title": "Oak chair", "description": "wood"})


@pytest.mark.parametrize("bad", [b'"a"" b,1', b'"a,1', b'x,"1'])
def test_two_rows_with_open_quotes_do_not_close_each_other(bad: bytes) -> None:
    *between, last = rows_of(b"title,note\n" + bad + b"\nc,2\n" + bad + b"\nd,3\n")
    assert last == {"title": "d", "note": "3"}
    assert {"title": "c", "note": "2"} in between
    assert sum(isinstance(row, Unreadable) for row in between) == 2


def test_an_inch_mark_within_quotes_is_read_as_spreadsheets_read_it() -> None:
    assert rows_of(b'title,note\n"27" lamp",1\n27" lamp,2\n') == [
        {"title": '27 lamp"', "note": "1"},
        {"title": '27" lamp', "note": "2"},
    ]


def test_a_quote_is_looked_for_no_farther_than_a_row_may_reach() -> None:
    lines = b"".join(b"%d,x\n" % number for number in range(3 * csv_table.MAX_LINES))
    opened, *rest = rows_of(b'title,note\n"a,0\n' + lines + b'"b,0\n')
    assert isinstance(opened, Unreadable)
    assert [row for row in rest if isinstance(row, dict)] == [
        {"title": str(n), "note": "x"} for n in range(3 * csv_table.MAX_LINES)
    ]


@pytest.mark.parametrize(
    "header", ["title, description", " Title ,DESCRIPTION", '"title" ,"description"', "\u00a0title,description\t"]
)
def test_a_header_may_have_spaces_and_capitals(header: str) -> None:
    assert rows_of(f"{header}\na,b\n".encode()) == [{"title": "a", "description": "b"}]


def test_a_column_that_is_nobodys_keeps_its_name() -> None:
    assert rows_of(b"Title,SKU\na,b\n") == [{"title": "a", "SKU": "b"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_call_csv_is_read(encoding: str, separator: str, end: str) -> None:
    rows = [["title", "description"], ["Öllampe", "aus Messing"]]
    assert rows_of(end.join(separator.join(row) for row in rows).encode(encoding)) == [dict(zip(*rows, strict=True))]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"'])
def test_a_file_may_name_its_separator(first: str) -> None:
    assert rows_of(f"{first}\r\ntitle;note, long\r\na;b\r\n".encode()) == [{"title": "a", "note, long": "b"}]


@given(st.lists(st.binary(max_size=12), max_size=12).map(b"\n".join))
def test_every_line_is_in_a_row_whatever_it_holds(content: bytes) -> None:
    numbers = [number for number, _ in read(io.BytesIO(b"title,note\n" + content))]
    assert numbers == sorted(set(numbers))


class Endless(io.RawIOBase):
    """Letters without end, and without a line's end."""

    given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        assert self.given < 4 * csv_table.MAX_FIELD, "it would all lie in memory"
        buffer[:] = b"x" * len(buffer)
        self.given += len(buffer)
        return len(buffer)


def test_a_line_without_end_ends_the_reading_before_it_fills_the_memory() -> None:
    (number, row), *rest = read(io.BufferedReader(Endless()))
    assert rest == []
    assert isinstance(row, Unreadable)
    assert (number, row.kind) == (1, record.DAMAGED_FILE)
    assert "a line of more than 10,000,000 characters" in row.reason


@pytest.mark.parametrize("suffix", [suffix for suffix in PACKERS if suffix])
def test_a_packed_table_cut_short_gives_the_rows_before_and_says_so(suffix: str, tmp_path: Path) -> None:
    packed = PACKERS[suffix](b"n,pad\n" + b"".join(b"%d,%s\n" % (n, str(n**9).encode() * 20) for n in range(3000)))
    path = tmp_path / f"in.csv{suffix}"
    path.write_bytes(packed[: len(packed) * 7 // 10])
    *rows, last = read_file(path)
    assert [row["n"] for row in rows if isinstance(row, dict)] == [str(n) for n in range(len(rows))]
    assert len(rows) > 3000 * 0.4
    assert isinstance(last, Unreadable)
    assert last.kind == record.DAMAGED_FILE
    assert "cannot be read from here on" in last.reason
