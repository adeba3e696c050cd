"""A body is cut into lines however it comes; a line that is too long costs itself alone."""

from hypothesis import given
from hypothesis import strategies as st

from common.pricing_api.ndjson import Lines


def fed(lines: Lines, *pieces: bytes) -> list[bytes | None]:
    found = [line for piece in pieces for line in lines.feed(piece)]
    return found + lines.close()


def test_lines_come_out_whole_whatever_the_pieces() -> None:
    assert fed(Lines(100), b'{"a"', b": 1}\n\n", b"  \r\n[2]", b"\n3") == [b'{"a": 1}', b"[2]", b"3"]


def test_a_line_that_is_too_long_is_skipped_to_its_end() -> None:
    assert fed(Lines(4), b"abc\nabcde\nx" + b"y" * 50, b"z\nend\n") == [b"abc", None, None, b"end"]


def test_a_long_line_never_lies_in_memory_as_a_whole() -> None:
    lines = Lines(1000)
    for _ in range(1000):
        lines.feed(b"x" * 900)
    assert len(lines._part) <= 1900
    assert lines.feed(b"\n") == [None]


@given(
    st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"")), max_size=20), st.lists(st.integers(1, 30), max_size=40)
)
def test_the_pieces_do_not_matter(rows: list[bytes], cuts: list[int]) -> None:
    body, pieces = b"\n".join(rows), list[bytes]()
    for cut in cuts:
        pieces.append(body[:cut])
        body = body[cut:]
    assert fed(Lines(100), *pieces, body) == [row for row in rows if row.strip()]
