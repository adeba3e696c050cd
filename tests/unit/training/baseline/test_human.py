"""People get a CSV that a spreadsheet opens, and what they filled in is read back without guessing."""

import csv
import math
from pathlib import Path

import pytest

from training.baseline.human import LONGEST_CELL, HumanFileError, id_of, price_of, read, write
from training.data.rows import Row

ROWS = [
    Row(title="Desk lamp; brass, 2 lights", description=('He said "bright"\nand it is',), price=45.0),
    Row(title="=HYPERLINK(1) kettle", description=("boils",), price=30.0),
    Row(title="Oak table", price=410.0),
]


def filled(path: Path, *prices: str, delimiter: str = ",") -> Path:
    """Write the rows, fill in the prices as a spreadsheet would."""
    write(path, ROWS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *lines = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file, delimiter=delimiter)
        sheet.writerow(header)
        sheet.writerows([*line[:3], price] for line, price in zip(lines, prices, strict=True))
    return path


def test_the_file_holds_every_row_and_no_price(tmp_path: Path) -> None:
    write(tmp_path / "h.csv", ROWS)
    with (tmp_path / "h.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["id"] for line in lines] == [id_of(row) for row in ROWS]
    assert lines[0]["title"] == ROWS[0].title
    assert [line["price"] for line in lines] == ["", "", ""]
    assert "410" not in (tmp_path / "h.csv").read_text(encoding="utf-8")


def test_a_spreadsheet_finds_utf8_and_runs_no_formula_in_it(tmp_path: Path) -> None:
    write(tmp_path / "h.csv", ROWS)
    assert (tmp_path / "h.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "'=HYPERLINK" in (tmp_path / "h.csv").read_text(encoding="utf-8")


def test_a_file_that_may_be_filled_in_is_not_overwritten(tmp_path: Path) -> None:
    path = filled(tmp_path / "h.csv", "1", "2", "3")
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        write(path, ROWS)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["h.csv"]


def test_a_text_longer_than_a_cell_is_cut(tmp_path: Path) -> None:
    write(tmp_path / "h.csv", [Row(title="lamp", description=("x " * 9000,))])
    assert (tmp_path / "h.csv").stat().st_size < LONGEST_CELL + 200


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_is_filled_in_is_read_back_and_blank_is_no_answer(tmp_path: Path, delimiter: str) -> None:
    prices, asked = read(filled(tmp_path / "h.csv", "$1,299.99", "", " 410 ", delimiter=delimiter), ROWS)
    assert prices[0] == 1299.99
    assert math.isnan(prices[1])
    assert prices[2] == 410.0
    assert asked == 3


def test_products_of_one_text_are_asked_once_and_all_get_the_answer(tmp_path: Path) -> None:
    rows = [*ROWS, Row(title="Oak table", price=380.0)]
    assert write(tmp_path / "h.csv", rows) == 3
    text = (tmp_path / "h.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "h.csv").write_text(text.replace("Oak table,,", "Oak table,,400"), encoding="utf-8")
    prices, asked = read(tmp_path / "h.csv", rows)
    assert prices[2:].tolist() == [400.0, 400.0]
    assert asked == 4


def test_lines_may_be_sorted_and_some_left_out(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text(f"price,ID,note\n12,{id_of(ROWS[2])},sure\n\n,,\n7,{id_of(ROWS[0])},\n")
    prices, asked = read(path, ROWS)
    assert prices[[0, 2]].tolist() == [7.0, 12.0]
    assert math.isnan(prices[1])
    assert asked == 2


@pytest.mark.parametrize("text", ["$1,299.99", "1,299.99", "1299.99", "US$1299.99", "1299.99 USD", "1299.99 dollars", "$ 1299.99"])
def test_prices_as_people_write_them(text: str) -> None:
    assert price_of(text) == 1299.99


@pytest.mark.parametrize(
    "text", ["dunno", "12,5", "1.299,99", "-5", "0", "$", "5k", "10-20", "1e3", "nan", "inf", "1,29", "20 or 30"]
)
def test_what_is_not_one_price_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is not a price"):
        price_of(text)


def test_the_error_names_the_line_as_an_editor_counts_it(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text(f'id,title,price\n{id_of(ROWS[0])},"two\nlines",5\n{id_of(ROWS[1])},kettle,cheap\n')
    with pytest.raises(HumanFileError, match=r"h\.csv:4: 'cheap' is not a price"):
        read(path, ROWS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must name the columns"),
        (b"title,price\nlamp,5\n", "must name the columns"),
        (b"id,price\nnobody,5\n", "not among the rows"),
        ("id,price\n{0},5\n{0},6\n", "stands there twice"),
        ("id,price\n{0},\n", "no price is filled in"),
        (b"id,price\n\xff\xfe,5\n", "not UTF-8"),
        (b'id,price\n"' + b"x" * 200_000 + b'",5\n', "not CSV"),
    ],
)
def test_a_file_that_is_no_answer_sheet_is_refused(tmp_path: Path, content: bytes | str, message: str) -> None:
    path = tmp_path / "h.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.format(id_of(ROWS[0])).encode())
    with pytest.raises(HumanFileError, match=message):
        read(path, ROWS)


def test_a_short_line_has_no_price(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text(f"id,title,price\n{id_of(ROWS[0])}\n{id_of(ROWS[1])},kettle,20\n")
    prices, asked = read(path, ROWS)
    assert (asked, prices[1]) == (2, 20.0)
