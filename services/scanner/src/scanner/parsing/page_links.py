"""Finds the feeds that a web page links, by <link rel="alternate">, in a time that grows with the page's length alone."""

import html
import re
from urllib.parse import urljoin, urlsplit

MOST = 20  # feeds of one page
_BEGINNING = 512 * 1024  # characters in which the links of a page stand
_LINK = re.compile(r"<link\s([^<>]{1,2000})>", re.I)
_ATTRIBUTE = re.compile(r"""([a-z]{2,10})\s{0,5}=\s{0,5}(?:"([^"]{0,1500})"|'([^']{0,1500})'|([^\s"'>]{1,1500}))""", re.I)
_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")


def linked_feeds(page: str, url: str) -> tuple[str, ...]:
    """Their addresses, whole, each once. `url`: where the page was found."""
    found: dict[str, None] = {}
    for link in _LINK.finditer(page, 0, _BEGINNING):
        given = {name.lower(): html.unescape(a or b or c).strip() for name, a, b, c in _ATTRIBUTE.findall(link[1])}
        is_feed = given.get("type", "").lower().partition(";")[0].strip() in _TYPES
        if is_feed and "alternate" in given.get("rel", "").lower().split() and (address := _whole(given.get("href", ""), url)):
            found[address] = None
    return tuple(found)[:MOST]


def _whole(link: str, url: str) -> str:
    try:
        address = urljoin(url, link)
        return address if link and urlsplit(address).scheme in ("http", "https") and len(address) <= 2000 else ""
    except ValueError:
        return ""
