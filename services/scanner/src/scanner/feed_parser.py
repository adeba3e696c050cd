"""Turns a feed's bytes into entries of plain text. Fetches nothing.

feedparser is given a stream: bytes or a string it would take for an address or the name of a file, and open that.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from typing import Any
from urllib.parse import urlsplit

import feedparser
from bs4 import BeautifulSoup

from scanner.deal_data import FeedEntry, FeedError

MAX_ENTRIES = 500
MAX_TITLE, MAX_TEXT, MAX_HTML = 500, 4_000, 40_000  # characters
# feedparser drops the text of an element that it does not know and that has attributes, so the currency moves into the text.
_PRICE_TAG = re.compile(rb"<dealnews:price\s[^>/]*?currency\s*=\s*[\"']([A-Za-z]{3})[\"'][^>/]*>")
_PRICE = re.compile(r"(?:(?P<currency>[A-Z]{3})\s+)?(?P<amount>\d{1,7}(?:\.\d{1,2})?)")
_RETAILER = re.compile(r"@\s?(?P<retailer>[^@$]{2,60})$")


@dataclass(frozen=True)
class ParsedFeed:
    """A feed's entries. `warning` says what was wrong with it although it could be read."""

    title: str
    entries: list[FeedEntry]
    warning: str | None = None


def parse_feed(body: bytes, now: datetime) -> ParsedFeed:
    """Read RSS or Atom. FeedError where it is neither. `now` dates the entries that bear no date."""
    if not body.strip():
        raise FeedError("the answer is empty")
    document = feedparser.parse(BytesIO(_PRICE_TAG.sub(rb"<dealnews:price>\1 ", body)))
    reason = document.get("bozo_exception") if document.get("bozo") else None
    if not document.get("version"):
        is_page = b"<html" in body[:2000].lower() or b"<!doctype html" in body[:2000].lower()
        raise FeedError("a web page, not a feed" if is_page else f"not a feed ({reason or 'neither RSS nor Atom'})")
    if not document.entries and reason:
        raise FeedError(f"malformed: {reason}")
    entries = [entry for item in document.entries[:MAX_ENTRIES] if (entry := _entry(item, now)) is not None]
    is_harmless = reason is None or isinstance(reason, (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType))
    return ParsedFeed(
        plain_text(str(document.feed.get("title", "")))[:200], entries, None if is_harmless else f"malformed: {reason}"
    )


def plain_text(markup: str) -> str:
    """Text of a piece of HTML, in one line."""
    markup = markup[:MAX_HTML]
    text = BeautifulSoup(markup, "html.parser").get_text(" ") if "<" in markup else html.unescape(markup)
    return re.sub(r"[\s\u200b\x00-\x1f]+", " ", text).strip()


def _entry(item: Mapping[str, Any], now: datetime) -> FeedEntry | None:
    title = plain_text(str(item.get("title", "")))[:MAX_TITLE]
    if not title:
        return None
    price, currency = _price(item.get("dealnews_price"))
    link = _web_link(item.get("link")) or _web_link(item.get("id"))
    meta = item.get("ozb_meta")
    expires = item.get("dealnews_expires") or (meta.get("expiry") if isinstance(meta, Mapping) else None)
    return FeedEntry(
        title=title,
        text=plain_text(_markup(item))[:MAX_TEXT],
        link=link,
        guid=str(item.get("id", ""))[:1000],
        published=min(_date(item.get("published_parsed") or item.get("updated_parsed")) or now, now),
        expires=_moment(expires),
        retailer=_retailer(item, title),
        category=_category(item),
        deal_type=str(item.get("dealnews_dealtype", "")).strip().lower(),
        price=price,
        price_currency=currency,
    )


def _markup(item: Mapping[str, Any]) -> str:
    contents = item.get("content")
    if item.get("summary") or not contents:
        return str(item.get("summary", ""))
    return str(contents[0].get("value", ""))


def _price(text: object) -> tuple[float | None, str | None]:
    found = _PRICE.fullmatch(text.strip().replace(",", "")) if isinstance(text, str) else None
    return (float(found["amount"]), found["currency"]) if found else (None, None)


def _web_link(link: object) -> str:
    """Only http and https: what stands here becomes a link on a page."""
    text = str(link or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text[:2000] if parts.scheme in ("http", "https") and parts.netloc else ""


def _retailer(item: Mapping[str, Any], title: str) -> str:
    named = str(item.get("dealnews_retailer", "")).strip()
    found = _RETAILER.search(title)
    return (named or (found["retailer"].strip() if found else ""))[:200]


def _category(item: Mapping[str, Any]) -> str:
    tags = item.get("tags") or []
    first = tags[0].get("term") if tags else ""
    return plain_text(str(item.get("dealnews_category") or first or ""))[:200]


def _date(parsed: object) -> datetime | None:
    """feedparser's dates are in UTC; some feeds hold impossible ones."""
    if not isinstance(parsed, struct_time):
        return None
    try:
        return datetime(*parsed[:6], tzinfo=UTC)
    except ValueError:
        return None


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text or "").strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
