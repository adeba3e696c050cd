"""Every kind of feed is read to the same entry, odd ones too, and told by its kind."""

import json

import pytest

from scanner.parsing.feed_parser import parse_feed
from tests.unit.scanner.fakes import NOW

RSS_1 = "http://purl.org/rss/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
ATOM = "http://www.w3.org/2005/Atom"
ITEM = "<title>Acme Drill for $60</title><link>https://a.example/1</link><description>A drill.</description>"
DATED = f"{ITEM}<pubDate>Sat, 21 Nov 2026 09:00:00 GMT</pubDate>"
DC_DATED = f"{ITEM}<dc:date>2026-11-21T09:00:00Z</dc:date>"
ENTRY = (
    '<title>Acme Drill for $60</title><link href="https://a.example/1"/><id>1</id><summary>A drill.</summary>'
    "<updated>2026-11-21T09:00:00Z</updated>"
)
HEAD = "<title>Deals</title><link>https://a.example/</link>"


def json_feed(**values: object) -> str:
    given = {"id": 1, "url": "https://a.example/1", "title": "Acme Drill for $60", "content_text": "A drill."} | values
    dated = {"date_published": "2026-11-21T09:00:00Z"} | given
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Deals", "items": [dated]})


KINDS = {
    "RSS 2.0": ("RSS", f'<rss version="2.0"><channel>{HEAD}<item>{DATED}</item></channel></rss>'),
    "RSS 0.91": ("RSS", f'<rss version="0.91"><channel>{HEAD}<item>{DATED}</item></channel></rss>'),
    "RSS without a version": ("RSS", f"<rss><channel>{HEAD}<item>{DATED}</item></channel></rss>"),
    "RSS with the date of Dublin Core": (
        "RSS",
        f'<rss version="2.0" xmlns:dc="{DC}"><channel>{HEAD}<item>{DC_DATED}</item></channel></rss>',
    ),
    "RSS in capitals": ("RSS", f'<RSS version="2.0"><channel>{HEAD}<item>{DATED}</item></channel></RSS>'),
    "RSS behind a warning of PHP": (
        "RSS",
        f'<br />\n<b>Warning</b>: x in y\n<?xml version="1.0"?><rss version="2.0"><channel>{HEAD}'
        f"<item>{DATED}</item></channel></rss>",
    ),
    "RSS with a style sheet": (
        "RSS",
        f'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><rss version="2.0"><channel>{HEAD}'
        f"<item>{DATED}</item></channel></rss>",
    ),
    "RSS with a link to itself as Atom": (
        "RSS",
        f'<rss version="2.0" xmlns:atom="{ATOM}"><channel><atom:link rel="self" href="https://a.example/rss"/>{HEAD}'
        f"<item>{DATED}</item></channel></rss>",
    ),
    "RSS that ends too early": ("RSS", f'<rss version="2.0"><channel>{HEAD}<item>{DATED}</item><item><title>Acme'),
    "RDF 1.0": (
        "RDF",
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns="{RSS_1}" xmlns:dc="{DC}"><channel rdf:about="https://a.example/">{HEAD}</channel>'
        f'<item rdf:about="https://a.example/1">{DC_DATED}</item></rdf:RDF>',
    ),
    "RDF 1.0 under another prefix": (
        "RDF",
        f'<r:RDF xmlns:r="{RDF}" xmlns:s="{RSS_1}" xmlns:dc="{DC}"><s:channel r:about="https://a.example/"><s:title>Deals</s:title>'
        f'</s:channel><s:item r:about="https://a.example/1"><s:title>Acme Drill for $60</s:title><s:link>https://a.example/1</s:link>'
        "<s:description>A drill.</s:description><dc:date>2026-11-21T09:00:00Z</dc:date></s:item></r:RDF>",
    ),
    "RDF 0.90": (
        "RDF",
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns="http://my.netscape.com/rdf/simple/0.9/" xmlns:dc="{DC}"><channel>{HEAD}</channel>'
        f"<item>{DC_DATED}</item></rdf:RDF>",
    ),
    "Atom 1.0": ("Atom", f'<feed xmlns="{ATOM}"><title>Deals</title><entry>{ENTRY}</entry></feed>'),
    "Atom 0.3": (
        "Atom",
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Deals</title><entry><title>Acme Drill for $60</title>'
        '<link rel="alternate" type="text/html" href="https://a.example/1"/><id>1</id><summary>A drill.</summary>'
        "<issued>2026-11-21T09:00:00Z</issued></entry></feed>",
    ),
    "Atom under a prefix": (
        "Atom",
        f'<a:feed xmlns:a="{ATOM}"><a:title>Deals</a:title><a:entry><a:title>Acme Drill for $60</a:title>'
        '<a:link href="https://a.example/1"/><a:id>1</a:id><a:summary>A drill.</a:summary>'
        "<a:updated>2026-11-21T09:00:00Z</a:updated></a:entry></a:feed>",
    ),
    "Atom with XHTML and several links": (
        "Atom",
        f'<feed xmlns="{ATOM}"><title>Deals</title><entry><title type="html">Acme &lt;b&gt;Drill&lt;/b&gt; for $60</title>'
        '<link rel="enclosure" href="https://a.example/p.jpg"/><link rel="alternate" href="https://a.example/1"/><id>1</id>'
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A drill.</p></div></content>'
        "<published>2026-11-21T09:00:00Z</published><updated>2026-11-21T10:00:00Z</updated></entry></feed>",
    ),
    "JSON Feed 1.1": ("JSON Feed", json_feed()),
    "JSON Feed 1": ("JSON Feed", json_feed().replace("version/1.1", "version/1")),
    "JSON Feed with HTML": ("JSON Feed", json_feed(content_html="<p>A drill.</p>")),
    "JSON Feed with a link elsewhere": ("JSON Feed", json_feed(url=None, external_url="https://a.example/1")),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_gives_the_same_entry(name: str) -> None:
    kind, text = KINDS[name]
    parsed = parse_feed(text.encode(), NOW, url="https://a.example/rss")
    entry = parsed.entries[0]
    assert (parsed.kind, parsed.title) == (kind, "Deals")
    assert (entry.title, entry.text, entry.link) == ("Acme Drill for $60", "A drill.", "https://a.example/1")
    assert entry.published.isoformat() == "2026-11-21T09:00:00+00:00"


@pytest.mark.parametrize("name", [name for name in KINDS if "early" not in name])
def test_each_kind_is_read_in_other_encodings(name: str) -> None:
    kind, text = KINDS[name]
    for encoding in ("utf-16", "utf-8-sig", "latin-1"):
        parsed = parse_feed(text.encode(encoding), NOW)
        assert (parsed.kind, parsed.entries[0].title) == (kind, "Acme Drill for $60")
