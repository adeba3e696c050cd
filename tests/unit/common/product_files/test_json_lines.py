"""Lines come out once each, numbered, in bounded memory, whatever they hold and however they end."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.product_files import record
from common.product_files.json_lines import bounded_lines, read, skip_line
from common.product_files.reading import count
from common.product_files.reading import read as read_file
from common.product_files.record import Unreadable
from tests.unit.common.product_files.kinds import PACKERS

PIECES = st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=12)


class Counted(io.BytesIO):
    """Remembers the most bytes that were asked for at once."""

    most = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0, "a line of any length would lie in memory"
        self.most = max(self.most, size)
        return super().readline(size)


@given(PIECES, st.integers(1, 8), st.booleans())
def test_lines_are_cut_to_the_limit_and_their_sizes_add_up(lines: list[bytes], longest: int, has_end: bool) -> None:
    whole = b"\n".join(lines) + (b"\n" if has_end else b"")
    found = list(bounded_lines(io.BytesIO(whole), longest))
    expected = whole.splitlines(keepends=True) if b"\r" not in whole else io.BytesIO(whole).readlines()
    assert found == [(line[:longest], len(line)) for line in expected]
    assert sum(size for _, size in found) == len(whole)


@given(PIECES, st.integers(1, 8))
def test_a_line_is_skipped_to_its_end(lines: list[bytes], piece: int) -> None:
    whole = b"\n".join(lines)
    file = io.BytesIO(whole)
    assert skip_line(file, piece) == len(io.BytesIO(whole).readline())
    assert file.read() == whole.partition(b"\n")[2]


ROWS = st.lists(st.tuples(st.text(st.characters(codec="utf-8"), max_size=9), st.integers(0, 2)), max_size=9)


@given(ROWS, st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.booleans())
def test_rows_are_read_with_the_numbers_of_their_lines(
    rows: list[tuple[str, int]], end: bytes, has_mark: bool, is_ended: bool
) -> None:
    lines = []
    for title, blank in rows:
        lines += [b" \t"] * blank + [json.dumps({"title": title}, ensure_ascii=False).encode()]
    whole = (b"\xef\xbb\xbf" if has_mark and rows and not rows[0][1] else b"") + end.join(lines) + (end if is_ended else b"")
    found = list(read(io.BytesIO(whole)))
    assert [row for _, row in found] == [{"title": title} for title, _ in rows]
    assert [number for number, _ in found] == [number for number, line in enumerate(lines, 1) if line.strip()]


def test_a_huge_line_costs_itself_alone_and_no_memory() -> None:
    file = Counted(b'{"n": 1}\n' + b"x" * 5000 + b'\n{"n": 2}\n' + b"y" * 101)
    rows = list(read(file, longest=100))
    assert [number for number, _ in rows] == [1, 2, 3, 4]
    assert [row for _, row in rows[::2]] == [{"n": 1}, {"n": 2}]
    assert [row.kind for _, row in rows[1::2] if isinstance(row, Unreadable)] == [record.TOO_LONG] * 2
    assert file.most == 100


@pytest.mark.parametrize("line", [b"\x00", b'{"n": \x00}', b'{"n": "\x00"}', b"\xff\xfe{\x00}\x00"])
def test_bytes_that_no_json_has_cost_their_line(line: bytes) -> None:
    first, bad, last = (row for _, row in read(io.BytesIO(b'{"n": 1}\n' + line + b'\n{"n": 2}')))
    assert (first, last) == ({"n": 1}, {"n": 2})
    assert isinstance(bad, Unreadable)


@pytest.mark.parametrize("suffix", [suffix for suffix in PACKERS if suffix])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.7, 0.99])
def test_a_packed_file_cut_short_gives_the_rows_before_and_says_so(suffix: str, kept: float, tmp_path: Path) -> None:
    lines = b"".join(json.dumps({"n": n, "pad": str(n**9) * 20}).encode() + b"\n" for n in range(3000))
    packed = PACKERS[suffix](lines)
    path = tmp_path / f"in.jsonl{suffix}"
    path.write_bytes(packed[: max(1, int(kept * len(packed)))])
    *rows, last = read_file(path)
    assert [row["n"] for row in rows if isinstance(row, dict)] == list(range(len(rows)))
    assert len(rows) >= 3000 * (kept - 0.3)
    assert isinstance(last, Unreadable)
    assert last.kind == record.DAMAGED_FILE
    assert last.reason.startswith(f"after line {len(rows)}: the file is damaged or ends early (")
    assert count(path) == len(rows) + 1
