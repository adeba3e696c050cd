"""Turns a feed's bytes into entries of plain text. Fetches nothing, and takes as long as it takes: parser_process.py bounds that.

feedparser is given a stream: bytes or a string it would take for an address or the name of a file, and open that. Of its items the
first are taken and cut; it neither sanitises nor resolves what is in them, as only plain text is wanted.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from scanner.parsing.feed_entry import FeedEntry, FeedError, ParsedFeed
from scanner.parsing.json_feed import is_json, read_json_feed
from scanner.parsing.markup import plain_text
from scanner.parsing.moments import read_moment
from scanner.parsing.page_links import linked_feeds
from scanner.parsing.text_encoding import clean_xml, decode
from scanner.parsing.unpacking import GZIP_MAGIC, unpack
from scanner.prices.terms import is_over

MAX_ENTRIES = 500
MAX_TITLE, MAX_TEXT, MAX_LINK = 500, 4_000, 2_000  # characters
MAX_OWN_TITLE = 200  # characters of a text that stands in for a title
_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)[\s>/]", re.I)
_PAGE = re.compile(r"<html|<!doctype html", re.I)
_NEITHER = "neither RSS, Atom nor JSON Feed"
# feedparser drops the text of an element that it does not know and that has attributes, so the currency moves into the text.
_PRICE_TAG = re.compile(r"<dealnews:price\s[^<>/]{0,200}?currency\s{0,9}=\s{0,9}[\"']([A-Za-z]{3})[\"'][^<>/]{0,200}>")
_PRICE = re.compile(r"(?:(?P<currency>[A-Z]{3})\s+)?(?P<amount>\d{1,7}(?:\.\d{1,2})?)")
_RETAILER = re.compile(r"@\s?(?P<retailer>[^@$]{2,60})$")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+ *")  # in an address: line breaks, and what no database stores
_BARE_HOST = re.compile(r"www\.[\w-]+\.", re.I)


def parse_feed(body: bytes, now: datetime, *, url: str = "", content_type: str = "") -> ParsedFeed:
    """Read RSS, Atom or JSON Feed, also as a gzip. FeedError where it is none of them.

    `now` dates the entries that bear no date; `url` is where the feed was found, `content_type` what its HTTP header says.
    """
    text = decode(unpack(body) if body.startswith(GZIP_MAGIC) else body, content_type).strip("\0\ufeff \t\r\n")
    if not text:
        raise FeedError("the answer is empty")
    feed, items, reason, kind = (*read_json_feed(text), None, "JSON Feed") if is_json(text) else _read_xml(text, url)
    if not items and reason:
        raise FeedError(f"malformed: {reason}")
    base = urljoin(url, _feed_link(feed))
    entries = [entry for item in items[:MAX_ENTRIES] if (entry := _entry(item, base, now)) is not None]
    return ParsedFeed(plain_text(str(feed.get("title", "")))[:200], entries, reason and f"malformed: {reason}", kind)


def _read_xml(text: str, url: str) -> tuple[Mapping[str, Any], list[Mapping[str, Any]], str | None, str]:
    """The feed's own facts, its items, what is wrong with the document, and its kind."""
    root, page = _ROOT.search(text), _PAGE.search(text, 0, 2000)
    if root is None or (page and page.start() < root.start()):
        error = FeedError("a web page, not a feed" if page else f"not a feed ({_NEITHER})")
        error.feeds_found = linked_feeds(text, url) if page else ()
        raise error
    # What stands before the root is not needed, and may be blank lines, warnings of a server, or entities that grow.
    document = _parse(_PRICE_TAG.sub(r"<dealnews:price>\1 ", clean_xml(text[root.start() :])))
    reason = document.get("bozo_exception") if document.get("bozo") else None
    if not document.get("version") and not document.entries:
        raise FeedError(f"not a feed ({reason or _NEITHER})")
    kind = _kind(str(document.get("version") or ""), root[0])
    return document.feed, document.entries, None if reason is None else str(reason), kind


def _kind(version: str, root: str) -> str:
    """What a document is, by feedparser's word for its version, or by its root where that has none."""
    if "rdf" in root.lower() or version in ("rss090", "rss10"):
        return "RDF"
    return "Atom" if version.startswith("atom") or "feed" in root.lower() else "RSS"


def _parse(text: str) -> Any:
    data = BytesIO(b"<?xml version='1.0' encoding='utf-8'?>\n" + text.encode())
    try:
        return feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:  # the process's, not the feed's words
        raise
    except Exception as exc:  # of whatever class: it stumbles over malformed feeds in many ways
        raise FeedError(f"malformed: {type(exc).__name__}: {exc}") from exc


def _entry(item: Mapping[str, Any], base: str, now: datetime) -> FeedEntry | None:
    text = plain_text(_markup(item))
    title = plain_text(str(item.get("title", "")))[:MAX_TITLE] or _beginning_of(text)
    if not title:
        return None
    price, currency = _price(item.get("dealnews_price"))
    meta = item.get("ozb_meta")
    told = item.get("dealnews_expires") or (meta.get("expiry") if isinstance(meta, Mapping) else None)
    expires = read_moment(told)
    if is_over(title) and (expires is None or expires > now):
        expires = now
    dates = (read_moment(item[name]) for name in ("published", "updated") if name in item)
    return FeedEntry(
        title=title,
        text=text[:MAX_TEXT],
        link=_web_link(item.get("link"), base) or _web_link(item.get("id")),
        guid=str(item.get("id", ""))[:1000],
        published=min(next(filter(None, dates), now), now),
        expires=expires,
        retailer=_retailer(item, title),
        category=_category(item),
        deal_type=str(item.get("dealnews_dealtype", "")).strip().lower()[:50],
        price=price,
        price_currency=currency,
    )


def _beginning_of(text: str) -> str:
    """What stands in for a missing title: the text, up to the last word that has room."""
    if len(text) <= MAX_OWN_TITLE:
        return text
    return text[:MAX_OWN_TITLE].rpartition(" ")[0] or text[:MAX_OWN_TITLE]


def _markup(item: Mapping[str, Any]) -> str:
    contents = item.get("content")
    if item.get("summary") or not contents:
        return str(item.get("summary", ""))
    return str(contents[0].get("value", ""))


def _price(text: object) -> tuple[float | None, str | None]:
    found = _PRICE.fullmatch(text.strip().replace(",", "")) if isinstance(text, str) else None
    return (float(found["amount"]), found["currency"]) if found else (None, None)


def _feed_link(feed: Mapping[str, Any]) -> str:
    """The page that a feed is of. Relative links are relative to it, as a feed is often served from elsewhere."""
    link = _CONTROLS.sub("", str(feed.get("link", "")).strip())
    try:
        return link if urlsplit(link).scheme in ("http", "https", "") else ""
    except ValueError:
        return ""


def _web_link(link: object, base: str = "") -> str:
    """Only http and https, and whole: what stands here becomes a link on a page. A relative one needs a `base`."""
    text = _CONTROLS.sub("", str(link or "").strip()).replace(" ", "%20")
    text = f"https://{text}" if _BARE_HOST.match(text) else text
    try:
        text = urljoin(base or "https:", text) if text else ""
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc and len(text) <= MAX_LINK else ""


def _retailer(item: Mapping[str, Any], title: str) -> str:
    named = str(item.get("dealnews_retailer", "")).strip()
    found = _RETAILER.search(title)
    return (named or (found["retailer"].strip() if found else ""))[:200]


def _category(item: Mapping[str, Any]) -> str:
    tags = item.get("tags") or []
    first = tags[0].get("term") if tags else ""
    return plain_text(str(item.get("dealnews_category") or first or ""))[:200]
