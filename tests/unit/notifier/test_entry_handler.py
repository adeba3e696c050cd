"""What becomes of a stream entry: stored, or buried with a reason."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from common.deals import Opportunity
from notifier.entry_handler import MalformedError, handle_entries, parse_entry
from notifier.stream_data import StreamEntry
from tests.unit.notifier.samples import opportunity


class Keeps:
    """Remembers each call."""

    def __init__(self) -> None:
        self.received: list[list[str]] = []

    async def receive(self, opportunities: Sequence[Opportunity]) -> None:
        self.received.append([each.id for each in opportunities])


def entry(**changes: object) -> dict[bytes, bytes]:
    body = json.loads(opportunity().model_dump_json()) | changes
    return {b"opportunity": json.dumps(body).encode()}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({b"other": b"{}"}, "no field 'opportunity'"),
        ({b"opportunity": b"not json"}, "Invalid JSON"),
        ({b"opportunity": b"\xff\xfe"}, "Invalid JSON"),
        ({b"opportunity": b"[]"}, "object"),
        (entry(estimate="much"), "estimate"),
        (entry(deal={}), "deal.title"),
        (entry(id=""), "id"),
        (entry(id="x" * 201), "id"),
        (entry(id="a\x00b"), "id"),
        (entry(estimate=float("nan")), "finite"),
        (entry(discount=float("inf")), "finite"),
        (entry(chance=float("nan")), "finite"),
        (entry(created="0001-01-01T00:00:00+05:00"), "created: Value error, out of range"),
        (entry(created="9999-12-31T23:59:59-05:00"), "created: Value error, out of range"),
        (entry(list_price={"price": float("inf"), "verdict": "inflated", "chance": 0.0}), "finite"),
    ],
)
def test_a_malformed_entry_says_what_is_wrong(fields: dict[bytes, bytes], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        parse_entry(fields)


def test_entries_are_stored_at_once_and_malformed_ones_are_buried() -> None:
    keeps = Keeps()
    entries = [StreamEntry("1-0", entry()), StreamEntry("2-0", {b"opportunity": b"{}"}), StreamEntry("3-0", entry(id="opp-3"))]
    first, second, third = asyncio.run(handle_entries(keeps, entries))
    assert keeps.received == [["opp-1", "opp-3"]]
    assert (first.stored, first.reason, third.stored) == ("opp-1", "", "opp-3")
    assert (second.stored, second.entry.id) == ("", "2-0")
    assert second.reason.startswith("malformed: ")


def test_nothing_is_stored_of_malformed_entries_alone() -> None:
    keeps = Keeps()
    (verdict,) = asyncio.run(handle_entries(keeps, [StreamEntry("2-0", {})]))
    assert verdict.reason
    assert keeps.received == []
