"""What becomes of a stream entry: stored, or buried with a reason."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from common.deals import Opportunity, stream_field
from notifier.entry_handler import MalformedError, handle_entries, parse_entry
from notifier.notification import DeliveryPolicy
from notifier.stream_data import StreamEntry
from tests.unit.notifier.samples import opportunity

TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Keeps:
    """Remembers each call."""

    def __init__(self) -> None:
        self.received: list[list[str]] = []
        self.traces: dict[str, str] = {}

    async def receive(self, opportunities: Sequence[Opportunity], traces: Mapping[str, str]) -> None:
        self.received.append([each.id for each in opportunities])
        self.traces |= traces


def entry(**changes: object) -> dict[bytes, bytes]:
    body = json.loads(opportunity().model_dump_json()) | changes
    return {b"opportunity": json.dumps(body).encode()}


def test_a_withdrawal_stands_where_a_notifier_that_knows_of_none_finds_nothing_to_push() -> None:
    withdrawn = opportunity().model_copy(update={"revision": 1, "withdrawn": "it has expired"})
    body = withdrawn.model_dump_json()
    fields = {stream_field(body).encode(): body.encode()}
    assert list(fields) == [b"withdrawn"]
    assert parse_entry(fields) == withdrawn
    assert parse_entry({b"opportunity": fields[b"withdrawn"]}) == withdrawn  # as one stood for a while
    assert stream_field(withdrawn.model_copy(update={"withdrawn": None}).model_dump_json()) == "opportunity"


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
        (entry(evidence=[{"kind": "estimate", "price": float("nan"), "weight": 1.0, "words": ""}]), "finite"),
        (entry(similar=[{"title": "A drill", "price": float("-inf"), "similarity": 0.9}]), "finite"),
        (
            entry(estimates=[{"pricer": "specialist", "price": 1.0, "low": 1.0, "high": 2.0, "model": "", "ms": float("inf")}]),
            "finite",
        ),
        (entry(discount=1e308), "beyond any price"),
    ],
)
def test_a_malformed_entry_says_what_is_wrong(fields: dict[bytes, bytes], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        parse_entry(fields)


def dated(**dates: object) -> dict[bytes, bytes]:
    return entry(deal=json.loads(opportunity().deal.model_dump_json()) | dates)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("9999-12-31T23:59:59+05:00", datetime(9999, 12, 31, 18, 59, 59)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59)),
        ("0001-01-01T00:00:00Z", datetime.min),
        ("2026-11-21T12:00:00", datetime(2026, 11, 21, 12)),
        ("2026-11-21T12:00:00+14:00", datetime(2026, 11, 20, 22)),
    ],
)
@pytest.mark.parametrize("name", ["published", "expires"])
def test_a_date_at_the_calendars_end_costs_no_alert(name: str, written: object, read: datetime) -> None:
    found = parse_entry(dated(**{name: written}))
    assert getattr(found.deal, name) == read.replace(tzinfo=UTC)
    again = parse_entry({b"opportunity": found.model_dump_json().encode()})
    assert again == found
    assert DeliveryPolicy(patience=60.0).expires(found, 1000.0) <= 1060.0


@pytest.mark.parametrize(
    "written",
    [
        "9999-12-31T23:59:59-05:00",
        "9999-12-31T23:59:59-00:01",
        "0001-01-01T00:00:00+05:00",
        "10000-01-01T00:00:00Z",
        "+29000-01-01T00:00:00Z",
        1e300,
        "never",
        "0000-00-00T00:00:00Z",
        [],
        {},
    ],
)
def test_a_date_that_no_calendar_has_is_malformed(written: object) -> None:
    with pytest.raises(MalformedError, match=r"deal\.published"):
        parse_entry(dated(published=written))


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


def test_what_is_published_is_not_looked_at_further_than_its_withdrawal() -> None:
    """A row that an earlier version left, or that is broken, is the reader's to bury: the relay goes on."""
    assert stream_field('{"id": "opp-1"}') == "opportunity"
    assert stream_field('{"id": 7, "withdrawn": "its price is 99.00 USD now"}') == "withdrawn"


@pytest.mark.parametrize(("given", "is_kept"), [(TRACE, True), (b"no trace", False), (b"\xff", False), (b"", False), (None, False)])
def test_the_trace_that_led_to_an_entry_goes_on_with_it_and_one_that_is_none_does_no_harm(
    given: bytes | None, is_kept: bool
) -> None:
    keeps, fields = Keeps(), entry() | ({} if given is None else {b"traceparent": given})
    (verdict,) = asyncio.run(handle_entries(keeps, [StreamEntry("1-0", fields)]))
    assert verdict.stored
    assert keeps.traces == ({verdict.stored: TRACE.decode()} if is_kept else {})
