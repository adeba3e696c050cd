"""Real feeds, where the shared data is: every item is read, and no round-up or monthly rate gets a price."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.parsing.feed_parser import ParsedFeed, parse_feed
from scanner.prices.rule_extractor import extract
from tests.integration.scanner.conftest import Start, scan
from tests.integration.scanner.peers import HostileServer, reply

NOW = datetime(2026, 9, 27, tzinfo=UTC)


def parsed(folder: Path, name: str) -> ParsedFeed:
    return parse_feed((folder / "feeds" / name).read_bytes(), NOW)


def test_dealnews_is_read_whole(shared_data: Path) -> None:
    found = parsed(shared_data, "dealnews-computers.xml")
    assert len(found.entries) == 25
    assert found.warning is None
    assert all(entry.text and entry.link and entry.retailer and entry.category and entry.expires for entry in found.entries)
    assert {entry.deal_type for entry in found.entries} <= {"product", "deal", "sale"}
    assert sum(entry.price is not None for entry in found.entries) >= 20
    assert {entry.price_currency for entry in found.entries if entry.price is not None} == {"USD"}


@pytest.mark.parametrize(("name", "count"), [("ozbargain.xml", 30), ("ozbargain-missing-meta.xml", 3)])
def test_ozbargain_is_read_whole(shared_data: Path, name: str, count: int) -> None:
    found = parsed(shared_data, name)
    assert len([entry for entry in found.entries if entry.title and entry.link]) >= count - 1
    assert all("<" not in entry.text for entry in found.entries)


def test_the_prices_of_ozbargain_are_in_its_currency_unless_marked(shared_data: Path) -> None:
    found = [extract(entry.title, entry.text, "AUD") for entry in parsed(shared_data, "ozbargain.xml").entries]
    assert {each.currency for each in found if each.price is not None} == {"AUD", "USD"}
    assert sum(each.price is not None for each in found) >= 22


def test_a_scan_of_the_real_feeds_alerts_few_and_only_plain_prices(shared_data: Path, start: Start, server: HostileServer) -> None:
    for name in ("dealnews-computers.xml", "ozbargain.xml"):
        server.answers[name] = reply((shared_data / "feeds" / name).read_bytes())
    with start("dealnews-computers.xml", "ozbargain.xml") as client:
        found = scan(client)
        assert (found["failed"], found["items"]) == (0, 55)
        assert found["new"] >= 54  # one printer plan stands there twice
        assert found["alerts"] <= 5
        deals = client.get("/deals", params={"limit": 200}).json()["items"]
        assert all(deal["price"] is None for deal in deals if "per month" in deal["title"] or "Up to" in deal["title"])
        assert scan(client)["new"] == 0
