"""JSON Feed is read as RSS is; other JSON is none."""

import json
from typing import Any

import pytest

from scanner.parsing.feed_entry import FeedError
from scanner.parsing.feed_parser import parse_feed
from tests.unit.scanner.fakes import NOW

FEED = {"version": "https://jsonfeed.org/version/1.1", "title": "Deals", "home_page_url": "https://shop.example/deals/"}


def body_of(*items: Any, **facts: Any) -> bytes:
    return json.dumps(FEED | {"items": list(items)} | facts).encode()


def test_an_item_is_read() -> None:
    html = "<p>Solid &amp; sound</p>"
    given = {"id": "1", "url": "1", "title": "Lamp <9 W for $49", "content_html": html, "tags": ["Home", "Light"]}
    parsed = parse_feed(body_of(given | {"date_published": "2026-11-20T10:00:00-05:00", "summary": "no"}), NOW)
    (entry,) = parsed.entries
    assert (parsed.title, parsed.warning) == ("Deals", None)
    assert (entry.title, entry.text, entry.link) == ("Lamp <9 W for $49", "Solid & sound", "https://shop.example/deals/1")
    assert (entry.guid, entry.category, entry.published.isoformat()) == ("1", "Home", "2026-11-20T15:00:00+00:00")


def test_what_an_item_lacks_is_made_up_for() -> None:
    plain = {"id": 7, "content_text": "Lamp, 5 < 6 & $49", "external_url": "https://other.example/7", "date_modified": "2026-11-19"}
    (entry,) = parse_feed(body_of(plain), NOW).entries
    assert (entry.title, entry.link, entry.guid) == ("Lamp, 5 < 6 & $49", "https://other.example/7", "7")
    assert entry.published.isoformat() == "2026-11-19T00:00:00+00:00"


def test_values_of_another_kind_are_left_out() -> None:
    odd = {
        "id": None,
        "title": ["x"],
        "content_text": "Lamp $49",
        "url": {},
        "tags": [1, "Home"],
        "date_published": 5,
        "summary": True,
    }
    entries = parse_feed(body_of(odd | {"date_published": 5}, "x", None, 3), NOW).entries
    assert [(entry.title, entry.link, entry.category, entry.published) for entry in entries] == [("Lamp $49", "", "Home", NOW)]


def test_half_a_character_costs_nothing() -> None:
    body = body_of({"title": "Lamp \ud83d $49"}, {"title": "Saw\x00 $40"})
    assert [entry.title for entry in parse_feed(body, NOW).entries] == ["Lamp \ufffd $49", "Saw $40"]


def test_no_address_holds_what_a_database_cannot_store() -> None:
    body = body_of(
        {"title": "Lamp", "url": "https://a.example/x\0y"}, {"title": "Saw", "url": "z"}, home_page_url="https://b.example/\0q/"
    )
    assert [entry.link for entry in parse_feed(body, NOW).entries] == ["https://a.example/xy", "https://b.example/q/z"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": []}',
        b'{"version": "https://jsonfeed.org/version/1.1"}',
        body_of(version="https://elsewhere.example/version/1"),
        body_of(items={}),
        b'{"version": "https://jsonfeed.org/version/1", "items": [',
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 100_000 + b"}",
    ],
)
def test_other_json_is_no_feed(body: bytes) -> None:
    with pytest.raises(FeedError, match="not a feed"):
        parse_feed(body, NOW)
