"""A line of JSON is a record, or is told in the same few words by every reader."""

import codecs
import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.product_files import record
from common.product_files.record import Unreadable, json_of, record_of

LOADERS = [json_of, orjson.loads]
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4), st.booleans(), st.sampled_from([b"", b"\n", b"\r\n"]))
def test_every_object_is_read_alike_by_both_libraries(value: dict[str, Any], has_mark: bool, end: bytes) -> None:
    line = (codecs.BOM_UTF8 if has_mark else b"") + json.dumps(value, ensure_ascii=False).encode() + end
    assert [record_of(line, loads) for loads in LOADERS] == [value, value]


@given(st.binary(max_size=40), st.sampled_from(LOADERS))
def test_no_bytes_end_the_reading(line: bytes, loads: Callable[[bytes], Any]) -> None:
    found = record_of(line, loads)
    assert isinstance(found, dict) or (found.reason and found.kind)


@pytest.mark.parametrize("loads", LOADERS)
@pytest.mark.parametrize(
    ("line", "kind", "reason"),
    [
        (b"{", record.NOT_JSON, "not JSON: "),
        (b"\x00", record.NOT_JSON, "not JSON: "),
        (codecs.BOM_UTF8, record.NOT_JSON, "not JSON: "),
        (codecs.BOM_UTF8 * 2 + b"{", record.NOT_JSON, "not JSON: "),
        (b'{"title": "caf\xe9"}', record.NOT_UTF8, "not UTF-8: invalid continuation byte at byte 14"),
        ('{"title": "x"}'.encode("utf-16"), record.NOT_UTF8, "not UTF-8: invalid start byte at byte 0"),
        (b'{"title": "\xed\xa0\x80"}', record.NOT_UTF8, "not UTF-8: "),
        (b"[1, 2]", record.NOT_AN_OBJECT, "an object was expected, not list"),
        (b"null", record.NOT_AN_OBJECT, "an object was expected, not NoneType"),
        (b"[" * 100_000, record.TOO_DEEP, "nested too deep"),
    ],
)
def test_what_is_no_record_is_told(line: bytes, kind: str, reason: str, loads: Callable[[bytes], Any]) -> None:
    found = record_of(line, loads)
    assert isinstance(found, Unreadable)
    assert found.kind == kind
    assert found.reason.startswith(reason)


def test_a_whole_number_of_any_size_stays_what_it_is() -> None:
    assert record_of(b'{"n": 123456789012345678901234567890}') == {"n": 123456789012345678901234567890}
