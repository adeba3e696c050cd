"""Writes JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/); figures stand in an extension of ours, `_pricing_agent`."""

import json
from typing import Any

from scanner.opportunities.feed_item import FeedItem, FeedPage
from scanner.opportunities.xml_feeds import GENERATOR, rfc3339

JSON_FEED = "application/feed+json"


def write_json_feed(page: FeedPage) -> bytes:
    """A JSON Feed document."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": page.title,
        "home_page_url": page.list_address,
        "feed_url": page.address,
        "description": f"{page.title}: offers below their estimated worth",
        "authors": [{"name": GENERATOR}],
        "language": "en",
        "items": [_item(item) for item in page.items],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _item(item: FeedItem) -> dict[str, Any]:
    moments = {"date_published": rfc3339(item.published), "date_modified": rfc3339(item.updated)}
    facts = item.facts | {"expires": rfc3339(item.expires) if item.expires else None}
    return {
        "id": item.id,
        **({"url": item.link} if item.link else {}),
        "title": item.title,
        "content_html": item.html,
        **moments,
        **({"authors": [{"name": item.author}]} if item.author else {}),
        "tags": list(item.tags),
        "_pricing_agent": {"about": "prices in USD", **facts},
    }
