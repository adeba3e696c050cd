"""What a feed says of an opportunity, whatever the feed's form: plain facts, and a text as HTML. Nothing in it is trusted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import urlsplit

from common.deals import Opportunity

_MOST_TEXT = 1_500  # characters of the offer's own text
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold


@dataclass(frozen=True)
class FeedItem:
    """An opportunity as an item. `id`: the same for ever; `html`: its text; `tags`: category, condition; price in USD."""

    id: str
    title: str
    link: str
    html: str
    published: datetime
    updated: datetime
    author: str
    tags: tuple[str, ...]
    category: str
    price: float
    expires: datetime | None
    facts: dict[str, float | str | None]


@dataclass(frozen=True)
class FeedPage:
    """A whole feed. `id`: of the question that it answers; `address`: its own, `list_address`: that of the list it is of."""

    id: str
    title: str
    address: str
    list_address: str
    items: Sequence[FeedItem]

    @property
    def updated(self) -> datetime | None:
        """When an item was changed last; None without any."""
        return max((item.updated for item in self.items), default=None)


def item_of(opportunity: Opportunity, changed: datetime) -> FeedItem:
    """The item of an opportunity whose figures are from `changed`."""
    deal = opportunity.deal
    category, shop = legible(deal.category), legible(deal.retailer)
    title = f"{legible(deal.title)} (${deal.price:,.2f}, worth ${opportunity.estimate:,.0f})"
    facts: dict[str, float | str | None] = {
        "opportunity": opportunity.id,
        "price": deal.price,
        "worth": opportunity.estimate,
        "saving": opportunity.discount,
        "chance": opportunity.chance,
        "condition": deal.condition,
    }
    tags = tuple(each for each in (category, "" if deal.condition == "new" else deal.condition) if each)
    moment = max(opportunity.created, changed)
    return FeedItem(
        f"urn:uuid:{opportunity.id}",
        title,
        _web_address(deal.url),
        _html_of(opportunity),
        opportunity.created,
        moment,
        shop,
        tags,
        category,
        deal.price,
        deal.expires,
        facts,
    )


def legible(text: str) -> str:
    """Without what no XML document can hold, on one line."""
    return " ".join(_NO_XML.sub(" ", text).split())


def _html_of(opportunity: Opportunity) -> str:
    deal = opportunity.deal
    chance = "" if opportunity.chance is None else f", {opportunity.chance:.0%} sure"
    worth = f"worth ${opportunity.estimate:,.2f} (${opportunity.low:,.0f} to ${opportunity.high:,.0f})"
    figures = f"${deal.price:,.2f}, {worth}: saves about ${opportunity.discount:,.2f}{chance}."
    offered = ", ".join(filter(None, (deal.condition, deal.retailer and f"at {deal.retailer}", f"from {deal.feed}")))
    grounds = "".join(f"<li>{_escaped(each.words)}</li>" for each in opportunity.grounds if each.words)
    parts = (
        f"<p><strong>{_escaped(figures)}</strong></p>",
        f"<p>{_escaped(offered)}</p>",
        f"<ul>{grounds}</ul>" if grounds else "",
        f"<p>{_escaped(deal.description[:_MOST_TEXT])}</p>" if deal.description.strip() else "",
    )
    return "".join(parts)


def _escaped(text: str) -> str:
    return escape(legible(text))


def _web_address(url: str) -> str:
    """The offer's address where a browser may follow it; nothing else becomes a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return legible(url).replace(" ", "%20") if parts.scheme in ("http", "https") and parts.netloc else ""
