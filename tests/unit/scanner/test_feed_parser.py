"""Feeds become entries of plain text; whatever is none says so."""

import pytest

from scanner.deal_data import FeedError
from scanner.feed_parser import parse_feed, plain_text
from tests.unit.scanner.fakes import NOW, item, rss

OZB = b"""<rss version="2.0" xmlns:ozb="https://www.ozbargain.com.au"><channel><item><title>Acme Mouse $37 @ Acme Shop</title>
<link>https://oz.example/node/1</link><description><![CDATA[<p>Solid <b>mouse</b> &amp; pad</p><script>x</script>]]></description>
<category>Computing</category><ozb:meta expiry="2027-01-29T23:59:00+11:00" url="https://shop.example" />
<guid isPermaLink="false">1 at oz</guid></item></channel></rss>"""


def test_the_elements_of_dealnews_are_read() -> None:
    extra = (
        "<dealnews:retailer>Acme</dealnews:retailer><dealnews:expires>2026-12-01T00:00:00-05:00</dealnews:expires>"
        "<dealnews:dealType>product</dealnews:dealType><dealnews:category>Drills</dealnews:category>"
    )
    (entry,) = parse_feed(rss(item("Acme Drill for $60", price="59.99", extra=extra)), NOW).entries
    assert (entry.price, entry.price_currency, entry.retailer, entry.deal_type) == (59.99, "USD", "Acme", "product")
    assert (entry.category, entry.text) == ("Drills", "A sturdy thing.")
    assert entry.expires is not None
    assert entry.expires.isoformat() == "2026-12-01T05:00:00+00:00"
    assert entry.published.isoformat() == "2026-11-21T09:00:00+00:00"


def test_the_elements_of_ozbargain_are_read() -> None:
    (entry,) = parse_feed(OZB, NOW).entries
    assert (entry.retailer, entry.category, entry.guid) == ("Acme Shop", "Computing", "1 at oz")
    assert entry.expires is not None
    assert entry.published == NOW
    assert entry.text.startswith("Solid mouse & pad")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "web page"),
        (b'{"error": "no"}', "not a feed"),
        (b"\x00\xff\xfe\x01", "not a feed"),
        (b"/etc/passwd", "not a feed"),
        (b"https://elsewhere.example/feed", "not a feed"),
        (b'<rss version="2.0"><channel><title>x', "malformed"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_reason(body: bytes, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        parse_feed(body, NOW)


def test_a_cut_feed_gives_what_could_be_read_and_a_warning() -> None:
    parsed = parse_feed(rss(item("Acme Drill for $60"), item("Acme Saw for $70", number=2))[:-120], NOW)
    assert parsed.entries[0].title == "Acme Drill for $60"
    assert parsed.warning is not None
    assert "malformed" in parsed.warning


def test_a_feed_without_items_is_no_error() -> None:
    assert parse_feed(rss(), NOW).entries == []


def test_entities_that_grow_and_files_named_by_entities_are_not_expanded() -> None:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    bomb = f'<!DOCTYPE r [<!ENTITY a0 "ha">{levels}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    body = f'<?xml version="1.0"?>{bomb}<rss version="2.0"><channel><item><title>x &a8; &f;</title></item></channel></rss>'
    (entry,) = parse_feed(body.encode(), NOW).entries
    assert len(entry.title) < 100
    assert "root:" not in entry.title


def test_links_that_are_no_web_links_are_dropped() -> None:
    body = b"<rss version='2.0'><channel><item><title>x</title><link>javascript:alert(1)</link></item></channel></rss>"
    assert parse_feed(body, NOW).entries[0].link == ""


def test_a_date_in_the_future_is_now() -> None:
    late = rss(item("Acme Drill")).replace(b"2026 09", b"2036 09")
    assert parse_feed(late, NOW).entries[0].published == NOW


@pytest.mark.parametrize(("markup", "text"), [("a &amp; b", "a & b"), ("<p>a</p><p>b</p>", "a b"), ("deal.html", "deal.html")])
def test_markup_becomes_plain_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text
