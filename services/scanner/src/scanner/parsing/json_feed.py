"""Reads JSON Feed, versions 1 and 1.1 (https://www.jsonfeed.org), into the form that feedparser gives items of RSS and Atom."""

import json
from collections.abc import Mapping
from typing import Any

from scanner.parsing.feed_entry import FeedError
from scanner.parsing.text_encoding import paired

_VERSION = "https://jsonfeed.org/version/"


def is_json(text: str) -> bool:
    """Whether a text is JSON rather than XML: it begins with an object."""
    return text.lstrip().startswith("{")


def read_json_feed(text: str) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """The feed's own facts and its items, under feedparser's names. FeedError where it is no JSON Feed."""
    try:
        document = json.loads(text, strict=False)  # control characters and all
    except (ValueError, RecursionError) as exc:
        raise FeedError(f"not a feed (JSON that cannot be read: {exc or type(exc).__name__})") from exc
    items = document.get("items") if isinstance(document, dict) else None
    version = str(document.get("version", "")) if isinstance(document, dict) else ""
    if not version.replace("http://", "https://").replace("//www.", "//").startswith(_VERSION) or not isinstance(items, list):
        raise FeedError("not a feed (JSON, but no JSON Feed)")
    facts = {"title": _text(document, "title"), "link": _text(document, "home_page_url")}
    return facts, [_item(item) for item in items if isinstance(item, dict)]


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    tags = item.get("tags")
    return {
        "title": _escaped(_text(item, "title")),
        "summary": _text(item, "content_html") or _escaped(_text(item, "content_text") or _text(item, "summary")),
        "link": _text(item, "url") or _text(item, "external_url"),
        "id": _text(item, "id"),
        "published": _text(item, "date_published") or _text(item, "date_modified"),
        "tags": [{"term": tag} for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [],
    }


def _text(item: Mapping[str, Any], name: str) -> str:
    """A string; a number, as some ids are, in its digits."""
    value = item.get(name)
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return paired(str(value)) if is_plain else ""


def _escaped(text: str) -> str:
    """Plain text as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
