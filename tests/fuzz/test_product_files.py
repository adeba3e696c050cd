"""Whatever a product file holds, it is read to its end: each row is a record or why there is none, and as many as counted."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.pricing import PriceRequest
from common.product_files.reading import count, read
from common.product_files.record import Unreadable
from common.product_files.request import request_from
from tests.unit.common.product_files.kinds import every_kind

ROWS = [{"title": 'Brass 27" lamp', "description": 'bright, "warm"\nlight'}, {"title": "Öl", "description": ""}] * 3
KINDS = every_kind(ROWS)
TEXTS = {kind: content for kind, content in KINDS.items() if kind in (".csv", ".jsonl")}
PIECES = st.sampled_from(
    [b'"', b'""', b",", b"\n", b"\r", b";", b"\x00", b"\xff", b"{", b"}", b"[" * 2000, b"\\ud800", b"NaN", b"1e999"]
)


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The same with other bytes here and there, or cut short."""
    body = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 8))] = draw(PIECES | st.binary(max_size=8))
    return bytes(body[: draw(st.none() | st.integers(0, len(body)))])


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_to_its_end(kind: str, tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / f"in{kind}"
    path.write_bytes(data.draw(damaged(KINDS[kind])))
    rows = list(read(path))
    assert count(path) == len(rows)
    for row in rows:
        asked = request_from(row)
        assert isinstance(asked, PriceRequest) or asked.reason
        if isinstance(asked, PriceRequest):
            asked.model_dump_json().encode()
        if isinstance(row, Unreadable):
            row.reason.encode()


@pytest.mark.parametrize("kind", TEXTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_to_one_line_costs_no_other(kind: str, tmp_path: Path, data: st.DataObject) -> None:
    plain = [{"title": f"lamp {number}", "description": "of brass"} for number in range(5)]
    lines = every_kind(plain)[kind].splitlines(keepends=True)
    at = data.draw(st.integers(len(lines) - 4, len(lines) - 2))
    lines[at] = data.draw(st.binary(max_size=20) | PIECES).replace(b"\n", b"").replace(b"\r", b"") + b"\n"
    path = tmp_path / f"in{kind}"
    path.write_bytes(b"".join(lines))
    others = [row for number, row in enumerate(plain) if number != at - (len(lines) - 5)]
    assert [row for row in read(path) if row in others] == others
