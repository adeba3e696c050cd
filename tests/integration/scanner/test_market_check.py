"""Alerts are looked at once more over real connections: pages that are gone, dearer, hostile, or that never end."""

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from scanner.settings import Settings
from tests.integration.scanner.conftest import scan
from tests.integration.scanner.peers import BEHAVIOURS, BOMB, HostileServer, reply
from tests.unit.scanner.fakes import FakeJudge, FakeStream, item_of_today, rss
from tests.waiting import until_ready

HTML = "Content-Type: text/html"


def page(price: float, availability: str = "InStock") -> bytes:
    offer = {"price": price, "priceCurrency": "USD", "availability": f"https://schema.org/{availability}"}
    told = json.dumps({"@type": "Product", "name": "Acme", "offers": offer})
    return f'<html><head><script type="application/ld+json">{told}</script></head></html>'.encode()


PAGES = {
    "holds": reply(page(60.0), HTML),
    "lower": reply(gzip.compress(page(50.0)), HTML, "Content-Encoding: gzip"),
    "dearer": reply(page(149.99), HTML),
    "sold-out": reply(page(60.0, "OutOfStock"), HTML),
    "page-bomb": reply(BOMB, HTML, "Content-Encoding: gzip"),
    "page-to-private": reply(b"", "Location: http://127.0.0.2:9/secret", status="302 Found"),
    "page-of-malformed-json": reply(b'<script type="application/ld+json">{"@type": "Product", </script>', HTML),
}


@pytest.fixture
def pages() -> Iterator[HostileServer]:
    running = HostileServer(PAGES)
    yield running
    running.close()


def watched(folder: Path, pages: HostileServer, *paths: str) -> dict[str, tuple[str | None, str]]:
    """By path: why it was not pushed, and how its description begins."""
    items = [item_of_today(f"Acme Drill QX{n}00 for $60", number=n) for n in range(len(paths))]
    for number, path in enumerate(paths):
        items[number] = items[number].replace(f"https://deals.example/{number}.html?iref=rss", escape(pages.url(path)))
    pages.answers["feed"] = reply(rss(*items))
    settings = Settings(
        database_url=f"sqlite:///{folder / 'scanner.sqlite3'}",
        feeds=pages.url("feed"),
        allow_hosts=pages.host,
        interval=0,
        baseline="recent",
        max_alerts=50,
        market_check=True,
    )
    with TestClient(create_app(Fakes(judge=FakeJudge(), stream=FakeStream()), settings)) as client:
        until_ready(client)
        assert scan(client)["state"] == "done"
        found = client.get("/opportunities").json()["items"]
    return {each["deal"]["url"].rpartition("/")[2]: (each["why_not"], each["deal"]["description"]) for each in found}


def test_each_alert_is_pushed_or_listed_as_its_page_says(tmp_path: Path, pages: HostileServer) -> None:
    begun = time.monotonic()
    refused = ("page-bomb", "page-to-private", "page-of-malformed-json", "binary", "broken", "to-file", "not-http")
    found = watched(tmp_path, pages, "holds", "lower", "dearer", "sold-out", "gone", "missing", *refused)
    assert time.monotonic() - begun < 60.0
    assert {path: why for path, (why, _) in found.items() if why} == {
        "dearer": "its page asks $149.99",
        "sold-out": "it is sold out",
        "gone": "its page is gone",
        "missing": "its page is gone",
    }
    assert "its page asked $60.00." in found["holds"][1]
    assert "its page asked $50.00, which is less." in found["lower"][1]
    for path in refused:
        assert found[path][1].startswith("Its page was not checked: ")


def test_pages_without_end_hold_the_others_up_for_a_bounded_time(tmp_path: Path, pages: HostileServer) -> None:
    begun = time.monotonic()
    hanging = [f"hangs-{n}" for n in range(4)]
    pages.answers |= dict.fromkeys(hanging, BEHAVIOURS["hangs"])
    found = watched(tmp_path, pages, *hanging, "holds")
    assert time.monotonic() - begun < 45.0
    assert len(found) == 5
    assert all(why is None for why, _ in found.values())
