"""The list as RSS, Atom and JSON Feed: read back by our own parser and by feedparser, asked for again, and by a private address."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from fastapi.testclient import TestClient

from common.deals import Deal, Opportunity
from common.logs import configure_logs
from scanner.app import Fakes, create_app
from scanner.opportunities.feed_item import FeedPage, item_of
from scanner.opportunities.json_feed import write_json_feed
from scanner.opportunities.xml_feeds import write_atom, write_rss
from scanner.parsing.feed_parser import parse_feed
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, FakeStream, item_of_today, rss
from tests.unit.scanner.test_app import A, scan, settings
from tests.waiting import until_ready

NASTY = 'Acme <b>"Drill"</b> & ]]> \x00\x0b\ud800 Café 🔧'
EXTRA = (
    "<dealnews:retailer>Best &amp; Buy</dealnews:retailer><dealnews:expires>2036-12-01T00:00:00Z</dealnews:expires>"
    "<category>Tools</category>"
)
FORMS = ["rss", "atom", "json"]
KINDS = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


@contextmanager
def running(folder: Path) -> Iterator[TestClient]:
    items = [item_of_today("Acme Drill & Co for $60", number=1, extra=EXTRA), item_of_today("Zeta OLED TV for $90", number=2)]
    with TestClient(create_app(Fakes(FakeSource({A: rss(*items)}), FakeJudge(), FakeStream()), settings(folder))) as client:
        until_ready(client)
        yield client


def with_deals(client: TestClient) -> TestClient:
    scan(client)
    return client


def page_of_nasty() -> FeedPage:
    text, link = f"<script>alert(1)</script>{NASTY}", "javascript:alert(1)"
    deal = Deal(title=NASTY, description=text, price=60.0, url=link, feed="F<>", published=NOW)
    found = Opportunity(
        id="8a6e0804-2bd0-4672-b79d-d97027f9071a", deal=deal, estimate=200.0, low=150.0, high=260.0, discount=140.0, created=NOW
    )
    return FeedPage(
        "urn:uuid:1", "Deals", "http://x/opportunities.rss?q=a&key=b", "http://x/opportunities?q=a", [item_of(found, NOW)]
    )


@pytest.mark.parametrize("form", FORMS)
def test_our_own_reader_takes_it_back(tmp_path: Path, form: str) -> None:
    with running(tmp_path) as client:
        answer = with_deals(client).get(f"/opportunities.{form}", params={"q": "drill"})
        assert answer.headers["content-type"] == f"{KINDS[form]}; charset=utf-8"
        found = parse_feed(answer.content, datetime.now(UTC), content_type=answer.headers["content-type"])
        assert (found.warning, found.title) == (None, "Deals: q drill")
        (entry,) = found.entries
        (listed,) = client.get("/opportunities", params={"q": "drill"}).json()["items"]
        assert entry.title == f"{listed['deal']['title']} ($60.00, worth $200)"
        assert "Drill & Co" in entry.title
        assert (entry.link, entry.guid) == (listed["deal"]["url"], f"urn:uuid:{listed['id']}")
        assert abs(entry.published - datetime.fromisoformat(listed["created"])) < timedelta(seconds=1)
        assert "saves about $140.00" in entry.text
        assert entry.category == "Tools"
        if form != "json":
            assert (entry.price, entry.price_currency, entry.retailer) == (60.0, "USD", "Best & Buy")
            assert entry.expires == datetime(2036, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_feedparser_takes_it_without_complaint(tmp_path: Path, form: str) -> None:
    with running(tmp_path) as client:
        answer = with_deals(client).get(f"/opportunities.{form}")
        read = feedparser.parse(BytesIO(answer.content))
        assert (read.bozo, read.version) == (False, {"rss": "rss20", "atom": "atom10"}[form])
        assert len(read.entries) == 2
        assert all(each.id.startswith("urn:uuid:") and each.published_parsed for each in read.entries)
        assert {link.rel: link.href for link in read.feed.links}["self"] == str(answer.url)


def test_behind_a_proxy_addresses_are_those_of_the_proxy(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        by_proxy = {"X-Forwarded-Host": "prices.example", "X-Forwarded-Proto": "https"}
        told = client.get("/opportunities.json", params={"q": "drill"}, headers=by_proxy).json()
        assert told["feed_url"] == "https://prices.example/opportunities.json?q=drill"
        assert told["home_page_url"] == "https://prices.example/opportunities?q=drill"
        made = client.post("/feed-keys", json={"label": "Reader"}, headers=by_proxy).json()
        assert made["rss"] == f"https://prices.example/opportunities.rss?key={made['key']}"


def test_each_form_has_what_it_demands(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        with_deals(client)
        channel = ElementTree.fromstring(client.get("/opportunities.rss").content).find("channel")
        assert channel is not None
        assert all(channel.find(name) is not None for name in ("title", "link", "description"))
        assert parsedate_to_datetime(channel.findtext("item/pubDate", "")).tzinfo is not None
        assert [each.get("isPermaLink") for each in channel.iterfind("item/guid")] == ["false"] * 2
        atom = ElementTree.fromstring(client.get("/opportunities.atom").content)
        space = "{http://www.w3.org/2005/Atom}"
        for element in (atom, *atom.iterfind(f"{space}entry")):
            assert all(element.find(f"{space}{name}") is not None for name in ("id", "title", "updated"))
            assert (element.findtext(f"{space}updated") or "").endswith("Z")
        told = client.get("/opportunities.json", params={"q": "drill"}).json()
        assert told["version"] == "https://jsonfeed.org/version/1.1"
        assert told["feed_url"].endswith("/opportunities.json?q=drill")
        (item,) = told["items"]
        assert item["_pricing_agent"]["worth"] == 200.0
        assert item["authors"] == [{"name": "Best & Buy"}]


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_of_nothing_is_one(tmp_path: Path, form: str) -> None:
    with running(tmp_path) as client:
        answer = client.get(f"/opportunities.{form}", params={"q": "nothing like it"})
        assert answer.status_code == 200
        assert parse_feed(answer.content, datetime.now(UTC)).entries == []
        assert "last-modified" not in answer.headers


@pytest.mark.parametrize("write", [write_rss, write_atom, write_json_feed])
def test_whatever_a_deal_says_stays_text(write: Any) -> None:
    body: bytes = write(page_of_nasty())
    (entry,) = parse_feed(body, NOW).entries
    assert entry.title == 'Acme "Drill" & ]]> Café 🔧 ($60.00, worth $200)'  # a reader takes markup out of titles
    assert entry.link == ""
    assert "<script" not in entry.text
    if write is write_json_feed:
        assert "&lt;script&gt;alert(1)" in json.loads(body)["items"][0]["content_html"]
    else:
        assert b"&amp;lt;script&amp;gt;alert(1)" in body
        assert feedparser.parse(BytesIO(body)).bozo is False


@pytest.mark.parametrize("form", FORMS)
def test_what_is_known_is_not_sent_again_until_it_is_another(tmp_path: Path, form: str) -> None:
    with running(tmp_path) as client:
        with_deals(client)
        path = f"/opportunities.{form}"
        first = client.get(path)
        etag, changed = first.headers["etag"], first.headers["last-modified"]
        for headers in ({"If-None-Match": f'"other", W/{etag}'}, {"If-None-Match": "*"}, {"If-Modified-Since": changed}):
            again = client.get(path, headers=headers)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        for headers in (
            {"If-None-Match": '"other"', "If-Modified-Since": changed},
            {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
            {"If-Modified-Since": "yesterday"},
        ):
            assert client.get(path, headers=headers).status_code == 200
        number = client.get("/opportunities").json()["items"][0]["id"]
        client.post(f"/opportunities/{number}/dismiss")
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_the_list_names_its_feeds(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        link = client.get("/opportunities", params={"q": "oled tv", "sort": "price", "limit": 3}).headers["link"]
        assert '</opportunities.rss?q=oled+tv>; rel="alternate"; type="application/rss+xml"' in link
        assert "/opportunities.json?q=oled+tv" in link


def test_a_filter_of_a_feed_is_checked_as_that_of_the_list(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        assert client.get("/opportunities.rss", params={"min_chance": "7"}).status_code == 422


def test_a_private_address_opens_the_three_feeds_alone_until_it_is_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("API_KEYS", "the-owner")
    configure_logs("debug")
    owner = {"X-API-Key": "the-owner"}
    with running(tmp_path) as client:
        assert client.get("/opportunities.rss").status_code == 401
        made = client.post("/feed-keys", json={"label": "Reader"}, headers=owner)
        assert made.status_code == 201
        key = made.json()["key"]
        assert made.json()["rss"] == f"http://testserver/opportunities.rss?key={key}"
        for form in ("rss", "atom", "json_feed"):
            assert client.get(made.json()[form] + "&q=drill").status_code == 200
        for door in ("GET /opportunities", "GET /deals", "POST /scan", "GET /feed-keys", "POST /opportunities.rss"):
            method, path = door.split()
            assert client.request(method, path, params={"key": key}).status_code == 401
        wrong = client.get("/opportunities.rss", params={"key": key + "x"})
        assert (wrong.status_code, "not valid" in wrong.json()["detail"]) == (401, True)
        assert "www-authenticate" in wrong.headers
        assert client.get("/opportunities.rss", params={"key": "x" * 500}).status_code == 401
        (listed,) = client.get("/feed-keys", headers=owner).json()["items"]
        assert (listed["label"], listed["used"] is not None, key in str(listed)) == ("Reader", True, False)
        assert f'"feed-key-{listed["id"]}"' in client.get("/metrics", headers=owner).text
        assert client.delete(f"/feed-keys/{listed['id']}", headers=owner).status_code == 204
        assert client.delete(f"/feed-keys/{listed['id']}", headers=owner).status_code == 404
        assert client.get("/opportunities.rss", params={"key": key}).status_code == 401
    said = capsys.readouterr()
    assert "/opportunities.rss" in said.out + said.err
    assert key not in said.out + said.err


def test_a_revoked_address_opens_nothing_where_no_key_is_demanded_either(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        made = client.post("/feed-keys", json={"label": "Reader"}).json()
        assert client.get(made["atom"]).status_code == 200
        client.delete(f"/feed-keys/{made['id']}")
        assert client.get(made["atom"]).status_code == 401
        assert client.get("/opportunities.atom").status_code == 200


def test_a_key_outlives_a_restart_and_its_digest_alone_is_kept(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        made = client.post("/feed-keys", json={"label": "Reader"}).json()
    assert made["key"].encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("scanner.sqlite3*"))
    with running(tmp_path) as client:
        assert client.get(made["rss"]).status_code == 200


@pytest.mark.parametrize("label", ["", "  ", "x" * 81, "a\nb"])
def test_a_key_needs_a_label_that_can_be_read(tmp_path: Path, label: str) -> None:
    with running(tmp_path) as client:
        assert client.post("/feed-keys", json={"label": label}).status_code == 422
        assert client.get("/feed-keys").json() == {"items": []}
