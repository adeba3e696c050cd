"""Whatever bytes a feed's address gives, they are entries of plain text or a FeedError: and no other exception."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from scanner.parsing.feed_entry import FeedError
from scanner.parsing.feed_parser import MAX_ENTRIES, MAX_TEXT, MAX_TITLE, parse_feed
from tests.fuzz.texts import TEXTS
from tests.unit.scanner.fakes import item, rss

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NAMES = """
title link guid description content:encoded pubDate dc:date category dealnews:price dealnews:expires dealnews:retailer media:content
enclosure ozb:meta source author summary updated id
""".split()  # noqa: SIM905
ATTRIBUTES = ["", ' currency="USD"', ' href="x"', ' type="html"', ' expiry="0001-01-01T00:00:00+05:00"', ' xmlns:ozb="x"']
MOMENTS = ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "Sat, 31 Feb 2026 25:61:61 -9999", "0", "now"]
TRAPS = ["<![CDATA[<p>a</p>]]>", "&amp;#0;", "&#xD800;", "&x;", "<b>", "http://[", "file:///etc/passwd"]
VALUES = TEXTS.map(lambda text: text[:60]) | st.sampled_from(MOMENTS + TRAPS)
ELEMENTS = st.builds("<{0}{1}>{2}</{0}>".format, st.sampled_from(NAMES), st.sampled_from(ATTRIBUTES), VALUES)
ITEMS = st.lists(ELEMENTS, max_size=6).map(lambda inner: f"<item>{''.join(inner)}</item>")


@st.composite
def feeds(draw: st.DrawFn) -> bytes:
    """A feed of which some bytes are others, or missing."""
    given = draw(st.lists(ITEMS | TEXTS.map(lambda text: item(text.replace("\x00", ""))), max_size=3))
    body = bytearray(rss(*(each.encode(errors="replace").decode() for each in given)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 6))] = draw(st.binary(max_size=6))
    return bytes(body)


@given(feeds() | st.binary(max_size=200))
def test_bytes_are_entries_or_no_feed(body: bytes) -> None:
    try:
        entries = parse_feed(body, NOW).entries
    except FeedError:
        entries = []
    assert len(entries) <= MAX_ENTRIES
    for entry in entries:
        assert 0 < len(entry.title) <= MAX_TITLE
        assert len(entry.text) <= MAX_TEXT
        assert entry.published <= NOW
        assert entry.link == "" or entry.link.startswith(("http://", "https://"))
        f"{entry.title}{entry.text}{entry.link}{entry.guid}{entry.retailer}{entry.category}".encode()
