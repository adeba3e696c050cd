"""What becomes of a stream entry: acknowledged, buried with a reason, or left pending."""

import asyncio
import json

import pytest

from common.deals import Opportunity
from notifier.entry_handler import MalformedError, handle_entry, parse_entry
from notifier.notification import State
from tests.unit.notifier.samples import opportunity


class Ends:
    def __init__(self, state: State) -> None:
        self.state = state

    async def deliver(self, opportunity: Opportunity) -> State:
        return self.state


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
        (entry(list_price={"price": float("inf"), "verdict": "inflated", "chance": 0.0}), "finite"),
    ],
)
def test_a_malformed_entry_says_what_is_wrong(fields: dict[bytes, bytes], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        parse_entry(fields)


def test_a_malformed_entry_is_buried_without_a_delivery() -> None:
    verdict = asyncio.run(handle_entry(Ends(State.SENT), {b"opportunity": b"{}"}))
    assert verdict.is_over
    assert verdict.reason.startswith("malformed: ")


@pytest.mark.parametrize(
    ("state", "is_over", "is_buried"),
    [(State.SENT, True, False), (State.LOGGED, True, False), (State.FAILED, True, True), (State.PENDING, False, False)],
)
def test_the_outcome_decides_over_the_entry(state: State, is_over: bool, is_buried: bool) -> None:
    verdict = asyncio.run(handle_entry(Ends(state), entry()))
    assert (verdict.is_over, bool(verdict.reason)) == (is_over, is_buried)
