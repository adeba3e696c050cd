"""What a push says. Product text comes from strangers' feeds: it is shown, never obeyed as markup, mention or control code."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from uuid import uuid4

from common.deals import Deal, Opportunity

_TITLE_LENGTH, _RETAILER_LENGTH, _GROUND_LENGTH, _LINK_LENGTH = 120, 60, 200, 1500
_GROUNDS = 2  # that a push names
_SUREST = 0.99  # chance beyond which more is not said: a judge errs now and then
# Look-alikes without a meaning in the markup that push services render; Apprise itself escapes only for HTML ones.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "`": "'", "*": "∗", "_": "ˍ", "~": "∼", "|": "¦", "\\": "⧵"})
_UNSAFE_IN_LINK = re.compile(r"[\s<>\"'`{}|\\^\[\]()*~]|[^\x21-\x7e]")


@dataclass(frozen=True)
class Push:
    """A title and a plain-text body. `id` stays the same when it is sent again, so that a receiver can tell a repeat."""

    title: str
    body: str
    id: str = ""


def push_of(opportunity: Opportunity, identifier: str = "") -> Push:
    """The push for one opportunity, under that id."""
    deal = opportunity.deal
    mark = "DEMO · " if is_demo(deal) else ""
    title = f"{mark}{money(deal.price, deal.currency)}: {plain(deal.title, _TITLE_LENGTH)}"
    lines = [_offer(deal), _worth(opportunity), _saving(opportunity), *_grounds(opportunity), _claim(opportunity), link(deal.url)]
    return Push(title, "\n".join(line for line in lines if line), identifier)


def test_push() -> Push:
    """The push that POST /test sends."""
    return Push("Product Pricing Agent: test", "If you can read this, deals will reach you here.", str(uuid4()))


def is_demo(deal: Deal) -> bool:
    """Whether the deal comes from the sample feeds that ship with the project."""
    return deal.feed.lower().startswith("demo")


def money(amount: float, currency: str = "USD") -> str:
    """$1,234.56; another currency's code instead of the sign."""
    sign = "$" if currency == "USD" else f"{plain(currency, 3)} "
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount):,.2f}"


def about(dollars: float) -> str:
    """An amount that is not known to the cent: $1,235, or $7.49 where cents still matter."""
    return f"{'-' if dollars < 0 else ''}${abs(dollars):,.{2 if abs(dollars) < 20 else 0}f}"


def plain(text: str, limit: int) -> str:
    """`text` on one line, without control and format characters (bidirectional ones too) or markup, cut to `limit` characters."""
    visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text[: limit * 8])
    line = re.sub(r"@(?=\w)", "＠", " ".join(visible.split()).translate(_HARMLESS))  # else a mention rings a channel
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def link(url: str) -> str:
    """`url` where it is a web address, with what markup could trip over escaped; else nothing."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return ""
    safe = _UNSAFE_IN_LINK.sub(lambda found: quote(found.group(), safe=""), url.strip())
    return safe if len(safe) <= _LINK_LENGTH else ""


def _offer(deal: Deal) -> str:
    condition = "" if deal.condition == "new" else f", {plain(deal.condition, 20)}"
    at = f" at {plain(deal.retailer, _RETAILER_LENGTH)}" if deal.retailer.strip() else ""
    return f"Deal: {money(deal.price, deal.currency)}{at}{condition}"


def _worth(opportunity: Opportunity) -> str:
    said = f"Worth about {about(opportunity.estimate)} ({about(opportunity.low)} to {about(opportunity.high)})"
    if opportunity.chance is None:
        return said
    return f"{said}, {100 * min(opportunity.chance, _SUREST):.0f} % sure of a real saving"


def _saving(opportunity: Opportunity) -> str:
    share = f", {100 * opportunity.discount / opportunity.estimate:.0f} %" if opportunity.estimate > 0 else ""
    return f"Saves about {about(opportunity.discount)}{share}"


def _grounds(opportunity: Opportunity) -> list[str]:
    return [plain(each.words, _GROUND_LENGTH) for each in opportunity.grounds[:_GROUNDS]]


def _claim(opportunity: Opportunity) -> str:
    """What is to be thought of the price that the shop says others pay."""
    claim = opportunity.list_price
    if claim is None:
        return ""
    verdict = "plausible" if claim.verdict == "plausible" else "inflated: hardly anybody pays that"
    return f"The list price of {about(claim.price)} is {verdict}"
