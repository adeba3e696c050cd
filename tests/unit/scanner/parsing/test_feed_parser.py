"""Feeds become entries of plain text; whatever is none says so."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.parsing.feed_entry import FeedEntry, FeedError
from scanner.parsing.feed_parser import MAX_ENTRIES, MAX_OWN_TITLE, MAX_TEXT, MAX_TITLE, parse_feed
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


def one(elements: str, *, head: str = "", **found: str) -> FeedEntry:
    """The only entry of a feed of Deals' page at shop.example."""
    link = head or "<link>https://shop.example/deals/</link>"
    body = f"<rss version='2.0'><channel><title>Deals</title>{link}<item>{elements}</item></channel></rss>"
    (entry,) = parse_feed(body.encode(), NOW, **found).entries
    return entry


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("/deal/1", "https://shop.example/deal/1"),
        ("1?a=b&amp;c=d", "https://shop.example/deals/1?a=b&c=d"),
        ("../1", "https://shop.example/1"),
        ("?id=1", "https://shop.example/deals/?id=1"),
        ("//cdn.example/1", "https://cdn.example/1"),
        ("www.other.example/1", "https://www.other.example/1"),
        ("HTTPS://shop.example/1", "https://shop.example/1"),
        ("\n https://shop.example/a\n b c ", "https://shop.example/ab%20c"),
        ("<![CDATA[https://shop.example/?a=1&b=2]]>", "https://shop.example/?a=1&b=2"),
        ("mailto:me@shop.example", ""),
        ("https://[bad", ""),
        ("https://shop.example/" + "x" * 2000, ""),  # a cut link would lead elsewhere
    ],
)
def test_links_become_absolute(link: str, absolute: str) -> None:
    assert one(f"<title>x</title><link>{link}</link>").link == absolute


def test_without_a_page_of_its_own_a_feeds_links_are_relative_to_the_feed() -> None:
    item = "<title>x</title><link>deal/1</link>"
    assert one(item, head="<ttl>1</ttl>", url="https://feeds.example/a/rss").link == "https://feeds.example/a/deal/1"
    assert one(item, head="<link>/page/</link>", url="http://feeds.example/a/rss").link == "http://feeds.example/page/deal/1"
    assert one(item, head="<ttl>1</ttl>").link == ""
    assert one("<title>x</title><link>//shop.example/1</link>", head="<ttl>1</ttl>").link == "https://shop.example/1"


def test_xml_base_goes_before_all() -> None:
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/x/"><link href="https://b.example/"/>
    <title>Deals</title><entry><title>x</title><link href="y"/><updated>2026-11-20T10:00:00+01:00</updated></entry></feed>"""
    (entry,) = parse_feed(atom, NOW, url="https://c.example/").entries
    assert (entry.link, entry.published.isoformat()) == ("https://a.example/x/y", "2026-11-20T09:00:00+00:00")


def test_an_untitled_item_is_called_by_its_text() -> None:
    entry = one("<description>&lt;p&gt;Acme Lamp, 9 W, $49&lt;/p&gt;</description>")
    assert (entry.title, entry.text) == ("Acme Lamp, 9 W, $49", "Acme Lamp, 9 W, $49")
    assert one("<title>&lt;img src='x'&gt;</title><description>Acme Lamp</description>").title == "Acme Lamp"
    long = one(f"<title> </title><description>{'word ' * 100}</description>")
    assert len(long.title) <= MAX_OWN_TITLE
    assert long.title.endswith("word")
    assert len(long.text) == 499


def test_an_item_without_any_words_is_none() -> None:
    body = rss("<item><link>https://a.example/1</link></item>", item("Acme Drill"))
    assert [entry.title for entry in parse_feed(body, NOW).entries] == ["Acme Drill"]


@pytest.mark.parametrize("when", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00Z", "never"])
def test_a_boundless_end_is_none(when: str) -> None:
    body = rss(item("Acme Drill", extra=f"<dealnews:expires>{when}</dealnews:expires>"))
    assert parse_feed(body, NOW).entries[0].expires is None


@pytest.mark.parametrize("title", ["[Expired] Acme Drill for $60", "Acme Drill for $60 (sold out)"])
@pytest.mark.parametrize("end", ["", "<dealnews:expires>2027-12-01T00:00:00Z</dealnews:expires>"])
def test_what_says_in_its_title_that_it_is_over_ends_now(title: str, end: str) -> None:
    assert parse_feed(rss(item(title, extra=end)), NOW).entries[0].expires == NOW


def test_what_ended_before_its_title_said_so_ended_then() -> None:
    end = "<dealnews:expires>2026-01-01T00:00:00Z</dealnews:expires>"
    (entry,) = parse_feed(rss(item("[Expired] Acme Drill for $60", extra=end)), NOW).entries
    assert entry.expires is not None
    assert entry.expires.isoformat() == "2026-01-01T00:00:00+00:00"


def test_a_date_that_cannot_be_read_is_now() -> None:
    assert one("<title>x</title><pubDate>03/04/2026</pubDate>").published == NOW
    assert one("<title>x</title><pubDate>2026/11/19 15:07:41</pubDate>").published.isoformat() == "2026-11-19T15:07:41+00:00"


@pytest.mark.parametrize(
    "broken",
    ["&#55357;&#56832;", "&#xD83D;", "&#99999999999;", "&#x110000;", "&#0;", "\x08", "&nope;", "&", "&#;", "<b>", "]]>"],
)
def test_one_broken_character_costs_no_item(broken: str) -> None:
    for element in ("title", "description"):
        parsed = parse_feed(rss(item("Acme Drill").replace(f"<{element}>", f"<{element}>{broken} "), item("Acme Saw")), NOW)
        assert [entry.title.split()[-1] for entry in parsed.entries] == ["Drill", "Saw"]


@pytest.mark.parametrize("encoding", ["punycode", "undefined", "x-unknown", "utf-7", "utf-16"])
def test_a_wrong_encoding_in_the_declaration_costs_nothing(encoding: str) -> None:
    body = rss(item("Caf\u00e9 Drill")).replace(b"UTF-8", encoding.encode())
    assert parse_feed(body, NOW).entries[0].title == "Caf\u00e9 Drill"


def test_the_encoding_of_the_header_is_read() -> None:
    body = "<rss version='2.0'><channel><item><title>\u0427\u0430\u0439\u043d\u0438\u043a $49</title></item></channel></rss>"
    found = parse_feed(body.encode("windows-1251"), NOW, content_type="application/rss+xml; charset=windows-1251")
    assert found.entries[0].title == "\u0427\u0430\u0439\u043d\u0438\u043a $49"


def test_what_stands_before_the_feed_is_not_the_feeds() -> None:
    for before in (
        "\n\n ",
        "\ufeff",
        "Notice: x in y.php on line 3<br />\n",
        "<!-- a --><?xml-stylesheet href='x'?><!DOCTYPE rss>",
    ):
        parsed = parse_feed(before.encode() + rss(item("Acme Drill")), NOW)
        assert ([entry.title for entry in parsed.entries], parsed.warning) == (["Acme Drill"], None)


def test_a_gzip_that_nobody_announced_is_unpacked_within_bounds() -> None:
    assert parse_feed(gzip.compress(rss(item("Acme Drill"))), NOW).entries[0].title == "Acme Drill"
    with pytest.raises(FeedError, match="larger"):
        parse_feed(gzip.compress(b"\0" * 50_000_000), NOW)


def test_no_more_items_are_read_than_there_is_room_for() -> None:
    body = rss(*(item(f"Acme D{n}") for n in range(MAX_ENTRIES + 20)))
    assert len(parse_feed(body, NOW).entries) == MAX_ENTRIES


def test_fields_are_cut() -> None:
    entry = one(f"<title>{'t' * 9000}</title><guid>{'g' * 9000}</guid><description>{'w ' * 90_000}</description>")
    assert (len(entry.title), len(entry.text), len(entry.guid)) == (MAX_TITLE, MAX_TEXT, 1000)


# As a generator of feeds would have it: pieces of markup in any order, most of them broken.
_PIECES = st.sampled_from(
    [
        *("<item>", "</item>", "<title>", "</title>", "<link>", "<description>", "]]>", "<![CDATA[", "&#55357;", "&#xffffffff;"),
        *("<dealnews:price currency='USD'>", "9.99", "</dealnews:price>", "<dealnews:expires>", "9999-12-31T23:59:59-14:00"),
        *("<pubDate>", "<!DOCTYPE", "<!--", "<?xml", "<a:b", "xmlns:a='x'", "/deal", "//[", "\0", "\x85", "\u00e9", "<", ">", "'"),
        *("&", ";", "&amp;", "<atom:link"),
    ]
)


@given(st.lists(_PIECES, max_size=40).map("".join), st.sampled_from(["utf-8", "utf-16", "latin-1", "cp037"]))
def test_whatever_comes_is_read_or_a_feeds_error(pieces: str, encoding: str) -> None:
    body = f"<rss version='2.0'><channel><item><title>x</title>{pieces}".encode(encoding, "replace")
    try:
        parsed = parse_feed(body, NOW, content_type=f"text/xml; charset={encoding}")
    except FeedError:
        return
    for entry in parsed.entries:
        assert entry.title.encode()
        assert entry.published <= NOW
