"""The collected cases of feeds, where the shared data is: what each describes is made, read, and compared with what it expects.

Cases that describe a server's behaviour in prose are made by hand in test_hostile_feeds.py and the tests of the fetcher.
"""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.address_guard import is_public, parse_host
from scanner.parsing.feed_entry import FeedEntry
from scanner.parsing.feed_parser import parse_feed
from tests.unit.scanner.fakes import item, rss

NOW = datetime(2026, 12, 24, tzinfo=UTC)
Case = Mapping[str, str]
BREAKING, DATES = "ONE BAD FEED FAILS THE WHOLE SCAN", "feed: dates"


def only(body: bytes, content_type: str = "") -> FeedEntry:
    (entry,) = parse_feed(body, NOW, content_type=content_type).entries
    return entry


def feed(elements: str, head: str = "") -> bytes:
    link = "<link>https://shop.example/</link>"
    namespace = "xmlns:dealnews='https://www.dealnews.com/ns/rss/1.0.htm'"
    return f"{head}<rss version='2.0' {namespace}><channel><title>D</title>{link}<item>{elements}</item></channel></rss>".encode()


def check_broken(case: Case, found: re.Match[str]) -> None:
    what = found["what"]
    if what.startswith("<?xml"):
        body = feed("<title>Lamp $49</title>", what)
    elif what.startswith("<"):
        body = feed(f"<title>Lamp $49</title>{what}")
    else:
        element, _, words = what.partition(" ")
        element = "title" if "title" in what.partition("'")[0] else "description"
        words = what.partition("'")[2].rpartition("'")[0]
        body = feed(("" if element == "title" else "<title>Lamp $49</title>") + f"<{element}>{words}</{element}>")
    entry = only(body)
    assert "Lamp" in entry.title
    assert f"{entry.title}{entry.text}".encode().decode()  # no half of a pair is left


def check_date(case: Case, found: re.Match[str]) -> None:
    published = only(feed(f"<title>x</title><pubDate>{found['date']}</pubDate>")).published
    moments = {published.date().isoformat(), published.time().isoformat()} | ({"now"} if published == NOW else set())
    assert moments & set(re.findall(r"\d{4}-\d{2}-\d{2}|\d{2}:\d{2}:\d{2}|now", case["expected"]))


def check_charset(case: Case, found: re.Match[str]) -> None:
    body = feed(f"<title>{found['title']}</title>").decode().encode(found["charset"])
    assert only(body, found["type"]).title == case["expected"]


def check_markup(case: Case, found: re.Match[str]) -> None:
    markup = re.sub(r"(\w)\*(\d+)", lambda times: times[1] * int(times[2]), found["markup"])
    (expected,) = re.findall('"(.*)"', case["expected"])
    assert only(feed(f"<title>x</title><description><![CDATA[{markup}]]></description>")).text == expected


def check_link(case: Case, found: re.Match[str]) -> None:
    link = {"rel": "/deal/1", "proto-rel": "//shop.example/deal/1"}[found["form"]]
    assert only(feed(f"<title>x</title><link>{link}</link>")).link == "https://shop.example/deal/1"


def check_untitled(case: Case, found: re.Match[str]) -> None:
    entry = only(feed("<description>&lt;p&gt;Acme Lamp for $49&lt;/p&gt;</description>"))
    assert (entry.title, entry.text) == ("Acme Lamp for $49", "Acme Lamp for $49")


def check_gzip(case: Case, found: re.Match[str]) -> None:
    assert only(gzip.compress(rss(item("Acme Lamp for $49")))).title == "Acme Lamp for $49"


def check_json(case: Case, found: re.Match[str]) -> None:
    given = {"version": f"https://jsonfeed.org/version/{found['version']}", "title": "D"}
    assert only(json.dumps(given | {"items": [{"id": "1", "title": "Acme Lamp for $49"}]}).encode()).title == "Acme Lamp for $49"


def check_address(case: Case, found: re.Match[str]) -> None:
    assert str(is_public(found["address"])) == case["expected"]


def check_host(case: Case, found: re.Match[str]) -> None:
    host, port = parse_host(found["host"])
    url = re.search(r"http://(\S+)/", case["input"])
    if url:
        asked, asked_port = parse_host(url[1])
        assert host == asked
        assert port in (None, asked_port)
    assert host.isascii()


CHECKS: dict[str, Callable[[Case, re.Match[str]], None]] = {
    r"(?P<what>(?:item )?(?:title|description) '.*'|<.*>)(?: before a feed)?  \(feed A.*": check_broken,
    r"(?P<what><\?xml.*\?>) before a feed.*": check_broken,
    r'feed "date (?P<date>.*)" \(see.*': check_date,
    r"no XML declaration, Content-Type: (?P<type>.*charset=(?P<charset>[\w-]+)); title '(?P<title>.*)'": check_charset,
    r"description: (?P<markup>.*)": check_markup,
    r'feed "(?P<form>rel|proto-rel) link".*': check_link,
    r'feed "no title, desc".*': check_untitled,
    r"gz body": check_gzip,
    r"json feed (?P<version>[\d.]+)": check_json,
    r'is_public\("(?P<address>.*)"\)': check_address,
    r'SCANNER_ALLOW_HOSTS="(?P<host>[^"]*)".*': check_host,
}


def test_every_case_of_a_feed_that_can_be_made_comes_out_as_expected(shared_data: Path) -> None:
    cases = [json.loads(line) for line in (shared_data / "feeds" / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    failed, made = [], 0
    for case in cases:
        if case["kind"] not in (BREAKING, DATES, "http") and not case["kind"].startswith("feed: "):
            continue
        for pattern, check in CHECKS.items():
            if found := re.fullmatch(pattern, case["input"]):
                made += 1
                try:
                    check(case, found)
                except (AssertionError, ValueError) as exc:
                    failed.append(f"{case['id']}: {exc}")
                break
    assert failed == []
    assert made >= 15


def test_a_case_that_comes_out_otherwise_is_noticed() -> None:
    address = re.fullmatch(next(pattern for pattern in CHECKS if "is_public" in pattern), 'is_public("8.8.8.8")')
    assert address is not None
    with pytest.raises(AssertionError):
        check_address({"expected": "False"}, address)
