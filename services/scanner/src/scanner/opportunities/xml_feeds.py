"""Writes RSS 2.0 (https://www.rssboard.org/rss-specification) and Atom (RFC 4287). Everything is escaped by the writer of the tree.

Price, shop and end stand in DealNews' namespace as well, which our own reader knows: one scanner can follow another.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree as Tree

from scanner.opportunities.feed_item import FeedItem, FeedPage

RSS, ATOM = "application/rss+xml", "application/atom+xml"
_MINUTES = "15"  # for which a reader need not ask again
_SPACES = {"xmlns:dealnews": "https://www.dealnews.com/ns/rss/1.0.htm"}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without items was changed: Atom demands a moment
GENERATOR = "Product Pricing Agent"


def write_rss(page: FeedPage) -> bytes:
    """An RSS document."""
    root = Tree.Element("rss", {"version": "2.0", "xmlns:atom": "http://www.w3.org/2005/Atom", **_SPACES})
    channel = Tree.SubElement(root, "channel")
    _add(channel, "title", page.title)
    _add(channel, "link", page.list_address)
    _add(channel, "description", f"{page.title}: offers below their estimated worth")
    _add(channel, "atom:link", rel="self", type=RSS, href=page.address)
    _add(channel, "generator", GENERATOR)
    _add(channel, "ttl", _MINUTES)
    if page.updated:
        _add(channel, "lastBuildDate", _rfc822(page.updated))
    for item in page.items:
        _add_rss_item(channel, item)
    return _document(root)


def write_atom(page: FeedPage) -> bytes:
    """An Atom document."""
    root = Tree.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", **_SPACES})
    _add(root, "id", page.id)
    _add(root, "title", page.title)
    _add(root, "updated", rfc3339(page.updated or _NEVER))
    _add(root, "generator", GENERATOR)
    _add(Tree.SubElement(root, "author"), "name", GENERATOR)
    _add(root, "link", rel="self", type=ATOM, href=page.address)
    _add(root, "link", rel="alternate", type="application/json", href=page.list_address)
    for item in page.items:
        _add_atom_entry(root, item)
    return _document(root)


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, to the second."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _add_rss_item(channel: Tree.Element, item: FeedItem) -> None:
    element = Tree.SubElement(channel, "item")
    _add(element, "title", item.title)
    if item.link:
        _add(element, "link", item.link)
    _add(element, "guid", item.id, isPermaLink="false")
    _add(element, "pubDate", _rfc822(item.published))
    _add(element, "description", item.html)
    for tag in item.tags:
        _add(element, "category", tag)
    _add_facts(element, item)


def _add_atom_entry(root: Tree.Element, item: FeedItem) -> None:
    entry = Tree.SubElement(root, "entry")
    _add(entry, "id", item.id)
    _add(entry, "title", item.title, type="text")
    _add(entry, "published", rfc3339(item.published))
    _add(entry, "updated", rfc3339(item.updated))
    if item.link:
        _add(entry, "link", rel="alternate", type="text/html", href=item.link)
    if item.author:
        _add(Tree.SubElement(entry, "author"), "name", item.author)
    for tag in item.tags:
        _add(entry, "category", term=tag)
    _add(entry, "content", item.html, type="html")
    _add_facts(entry, item)


def _add_facts(element: Tree.Element, item: FeedItem) -> None:
    _add(element, "dealnews:price", f"{item.price:.2f}", currency="USD")
    if item.author:
        _add(element, "dealnews:retailer", item.author)
    if item.expires:
        _add(element, "dealnews:expires", rfc3339(item.expires))


def _add(parent: Tree.Element, name: str, text: str | None = None, /, **attributes: str) -> None:
    Tree.SubElement(parent, name, attributes).text = text


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _document(root: Tree.Element) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Tree.tostring(root, encoding="unicode")}'.encode()
