"""watch and list_rules: what is kept, what is not, and how rules are told."""

from typing import Any

import pytest
from pydantic import ValidationError

from pricer.mcp_server.wish_schemas import ListedRules, NoArguments, WatchArguments, Watched
from pricer.mcp_server.wish_tools import wish_tools
from scanner.watchlist.watch import WatchFields
from tests.unit.pricer.mcp_server.fakes import FakePeer

OFFER = {
    **{"deal": 4, "title": "LG C4 65 inch", "price": 1100.0, "condition": "new", "retailer": "Best Buy", "feed": "Deals"},
    **{"url": "https://deals.example/4", "published": "2026-11-30T10:00:00Z", "chance": 0.9},
}
LOOK: dict[str, Any] = {
    "understood": {"summary": "an OLED TV", "name": "oled tv", "target_price": 1200.0, "conditions": ["new"], "tool_only": False},
    "matches_now": [OFFER] * 12,
    "lowest_seen": {"price": 999.0, "seller": "Acme", "seen": "2026-10-01T00:00:00Z", "url": "https://deals.example/2"},
    "hint": None,
}


def kept(identifier: int, **fields: Any) -> dict[str, Any]:
    """A watch as the scanner lists it."""
    shown = WatchFields.model_validate(fields).model_dump(mode="json")
    return shown | {"id": identifier, "created": "2026-11-01T00:00:00Z", "matched": 0, "understood": LOOK["understood"]}


def scanner(*watches: dict[str, Any]) -> FakePeer:
    return FakePeer(
        watchlist=lambda sent: {"items": list(watches)} if sent == {} else {"id": 9} | LOOK,
        watchlist__preview=LOOK,
        watchlist__3={"id": 3} | LOOK,
    )


async def watched(peer: FakePeer, **given: Any) -> Watched:
    found = await wish_tools(peer)[0].do(WatchArguments(**given))
    assert isinstance(found, Watched)
    return found


@pytest.mark.anyio
async def test_a_wish_is_kept_and_told() -> None:
    peer = scanner()
    found = await watched(peer, text="65 inch OLED TV", target_price=1200)
    assert peer.asked[-1] == ("POST", "/watchlist", {"text": "65 inch OLED TV", "target_price": 1200.0})
    assert (found.id, found.kept, found.was_there, len(found.matches_now)) == (9, True, False, 10)
    assert found.summary == "It is watched now. Target price $1,200.00. 12 such offers at this moment."
    assert found.matches_now[0].shop.untrusted == "Best Buy"


@pytest.mark.anyio
async def test_a_preview_keeps_nothing() -> None:
    peer = scanner()
    found = await watched(peer, text="65 inch OLED TV", preview=True)
    assert peer.asked == [("POST", "/watchlist/preview", {"text": "65 inch OLED TV"})]
    assert (found.id, found.kept) == (None, False)
    assert found.summary.startswith("A preview: nothing was kept.")


@pytest.mark.anyio
async def test_the_same_wish_is_kept_once_and_another_beside_it() -> None:
    peer = scanner(kept(3, text="65 inch OLED TV", target_price=1200))
    again = await watched(peer, text="  65 inch  OLED TV", target_price=1200)
    assert (again.id, again.was_there) == (3, True)
    assert [method for method, _, _ in peer.asked] == ["GET", "GET"]
    other = await watched(peer, text="65 inch OLED TV", target_price=1100)
    assert (other.id, other.was_there) == (9, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"text": ""},
        {"text": "x" * 301},
        {"text": "?!"},
        {"text": "tv", "target_price": 0},
        {"text": "tv", "preview": 1},
        {"txt": "tv"},
    ],
)
def test_a_wish_that_cannot_be_kept_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WatchArguments.model_validate(wrong)


@pytest.mark.anyio
async def test_rules_are_told_in_their_order() -> None:
    rule = {
        "id": 1,
        "name": "OLED [x]",
        "when": {"include": ["oled <b>"]},
        "channels": ["phone"],
        "priority": "high",
        "enabled": True,
    }
    off = rule | {"id": 2, "enabled": False}
    found = await wish_tools(FakePeer(rules={"items": [rule, off], "mode": "first", "next": None}))[1].do(NoArguments())
    assert isinstance(found, ListedRules)
    assert [each.id for each in found.rules] == [1, 2]
    assert (found.rules[0].when, found.rules[0].name.untrusted) == ({"include": ["oled ‹b›"]}, "OLED (x)")
    assert found.summary == "Rules: 2, of which 1 are on; mode first."
