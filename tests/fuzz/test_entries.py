"""Whatever stands in the Redis stream, the notifier stores it or buries it with a reason, in full, and never stops there."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from common.deals import STREAM_FIELD, WITHDRAWN_FIELD, Opportunity
from notifier.entry_handler import handle_entries
from notifier.message import push_of
from notifier.schemas import DeadOut, dead_out
from notifier.stream_data import DeadLetter, StreamEntry
from tests.unit.notifier.samples import opportunity

GOOD = json.loads(opportunity(created=datetime(2026, 11, 21, tzinfo=UTC)).model_dump_json())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


FIRST, LAST = "0001-01-01T00:00:00", "9999-12-31T23:59:59"
DATES = st.sampled_from([FIRST, LAST]) | st.datetimes().map(datetime.isoformat)
MOMENTS = st.tuples(DATES, st.sampled_from(["", "Z", "+14:00", "-23:59", "+99:99"])).map("".join)


def objects_in(told: object) -> Iterator[dict[str, Any]]:
    if isinstance(told, dict):
        yield told
    for each in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from objects_in(each)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An opportunity of which some field, at any depth, is another value, or none at all."""
    whole = json.loads(json.dumps(GOOD))
    for _ in range(draw(st.integers(0, 3))):
        inner = draw(st.sampled_from(list(objects_in(whole))))
        if inner:
            name = draw(st.sampled_from(sorted(inner)))
            inner.pop(name) if draw(st.booleans()) else inner.update({name: draw(JSON | MOMENTS)})
    text = json.dumps(whole, ensure_ascii=draw(st.booleans()))
    return text.encode(errors="surrogatepass")[: draw(st.none() | st.integers(0, len(text)))]


FIELDS = st.dictionaries(
    st.binary(max_size=12) | st.sampled_from([STREAM_FIELD.encode(), WITHDRAWN_FIELD.encode()]),
    st.binary(max_size=60) | damaged(),
    max_size=3,
)


class Store:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.received: list[Opportunity] = []

    async def receive(self, opportunities: Sequence[Opportunity], traces: Mapping[str, str]) -> None:
        self.received += opportunities


@given(st.lists(FIELDS | damaged().map(lambda raw: {STREAM_FIELD.encode(): raw}), max_size=5))
def test_every_entry_is_stored_or_buried_with_a_reason(entries: list[Mapping[bytes, bytes]]) -> None:
    store, read = Store(), [StreamEntry(f"{number}-0", fields) for number, fields in enumerate(entries)]
    verdicts = asyncio.run(handle_entries(store, read))
    assert [verdict.entry for verdict in verdicts] == read
    assert all(bool(verdict.stored) != bool(verdict.reason) for verdict in verdicts)
    assert [verdict.stored for verdict in verdicts if verdict.stored] == [each.id for each in store.received]
    for verdict in verdicts:
        verdict.reason.encode()
    for each in store.received:
        str(push_of(each)).encode()
        assert Opportunity.model_validate_json(each.model_dump_json()) == each  # what is stored can be read


@given(FIELDS, st.text(max_size=20), st.integers(0, 2**64 - 1))
def test_every_dead_letter_can_be_shown(fields: dict[bytes, bytes], reason: str, at: int) -> None:
    shown: DeadOut = dead_out(DeadLetter(f"{at}-0", reason, "1-0", fields))
    shown.model_dump_json().encode()
