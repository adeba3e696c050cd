"""The feeds that a web page links are found, and nothing else."""

import time

import pytest

from scanner.parsing.feed_entry import FeedError
from scanner.parsing.feed_parser import parse_feed
from scanner.parsing.page_links import MOST, linked_feeds
from tests.unit.scanner.fakes import NOW

URL = "https://shop.example/deals/"


def test_feeds_are_found_by_their_links() -> None:
    page = """<LINK REL='alternate' TYPE='application/rss+xml' HREF='rss.xml'>
    <link rel=alternate type=application/atom+xml href=/atom>
    <link href="https://other.example/f.json?a=1&amp;b=2" type="application/feed+json; charset=utf-8" rel="alternate home">
    <link rel="alternate" type="application/rss+xml" href="rss.xml">"""
    assert linked_feeds(page, URL) == (
        "https://shop.example/deals/rss.xml",
        "https://shop.example/atom",
        "https://other.example/f.json?a=1&b=2",
    )


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" href="a.css">',
        '<link rel="alternate" hreflang="de" href="/de">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">',
        '<link rel="alternate" type="application/rss+xml" href="http://[bad">',
        '<a rel="alternate" type="application/rss+xml" href="/rss">',
    ],
)
def test_other_links_are_none(link: str) -> None:
    assert linked_feeds(link, URL) == ()


def test_a_page_full_of_links_costs_little() -> None:
    began = time.process_time()
    many = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{n}">' for n in range(5_000))
    assert len(linked_feeds(many, URL)) == MOST
    for shape in ("<link " * 100_000, "<link rel=" * 60_000, '<link a="' * 60_000, "<link " + "a=" * 250_000):
        linked_feeds(shape, URL)
    assert time.process_time() - began < 5


def test_a_page_in_the_place_of_a_feed_tells_its_feeds() -> None:
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>'
    with pytest.raises(FeedError, match="a web page, not a feed") as caught:
        parse_feed(page, NOW, url=URL)
    assert caught.value.feeds_found == ("https://shop.example/rss",)
