"""What a push says. Product text comes from strangers' feeds: it is shown, never obeyed as markup, mention or control code."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit
from uuid import NAMESPACE_URL, uuid4, uuid5

import idna

from common.alerts.conditions import percent_saved
from common.deals import Deal, Opportunity, Priority
from notifier.notification import Stage
from notifier.trouble import Trouble

_TITLE_LENGTH, _RETAILER_LENGTH, _GROUND_LENGTH, _LINK_LENGTH = 120, 60, 200, 2000
_SUREST = 0.99  # chance beyond which more is not said: a judge errs now and then
_ROUNDING = 1e-9  # what binary fractions lack: 0.94 is 94 %, and not 93
_ELSEWHERE = "next_best"  # the kind of reference that is a price at another shop
_ITS_OWN_BEGINNINGS = ("An editor", "A ", "The ", "Offered ", "Found ")  # of sentences; other first words may be names
# Look-alikes without a meaning in the markup that push services render; Apprise itself escapes only for HTML ones.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "`": "'", "*": "∗", "_": "ˍ", "~": "∼", "|": "¦", "\\": "⧵"})
_UNSAFE_IN_LINK = re.compile(r"[\s<>\"'`{}|\\^\[\]()*~]|[^\x21-\x7e]")
_NAMED = 3  # alerts that a notice names of each kind
_ENDS = {Stage.UNKNOWN: "May have arrived", Stage.EXPIRED: "Over before it could be sent", Stage.FAILED: "Refused"}
_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # what separates the labels of a host in any script (UTS 46)
_LABEL = re.compile(r"[a-z0-9_-]{1,63}", re.IGNORECASE)
_REPEAT = "You may have this already: it was not sure that it had arrived."
_NO_LINK = "Its link is too long for a push: the dashboard has it."


@dataclass(frozen=True)
class Push:
    """A title and a plain-text body, with the deal's link, if any, on its last line.

    `id` stays the same when it is sent again, so that a receiver can tell a repeat. `opportunity`: what it tells of, for receivers
    that take more than text; None where it is no deal.
    """

    title: str
    body: str
    id: str = ""
    link: str = ""
    priority: Priority = "normal"
    opportunity: Opportunity | None = None

    def fitted(self, title_limit: int, body_limit: int) -> "Push":
        """Cut to what a service takes, in characters: the later lines go first, and a link is whole or left out.

        A `title_limit` of 0: the service has no titles, and the title takes its room from the body.
        """
        title = _cut(self.title, title_limit or body_limit // 2)
        room = body_limit - (0 if title_limit else len(title) + len("\r\n"))
        *lines, last = self.body.split("\n")
        is_link = bool(self.link) and len(last) <= room
        last = last if is_link or not self.link else _NO_LINK
        while lines and len("\n".join([*lines, last])) > room:
            dropped = lines.pop()
            if not lines and (left := room - len("\n" + last)) > 0:
                lines = [_cut(dropped, left)]
        return replace(self, title=title, body="\n".join([*lines, _cut(last, room)]), link=self.link if is_link else "")


def push_of(opportunity: Opportunity, identifier: str = "", *, is_repeat: bool = False, page: str = "") -> Push:
    """The push for one opportunity, under that id; a repeat of what may have arrived says that it is one. `page`: see `framed`."""
    return framed(opportunity, *default_text(opportunity), identifier, is_repeat=is_repeat, page=page)


def default_text(opportunity: Opportunity) -> tuple[str, list[str]]:
    """Title and lines, where nobody wants them otherwise."""
    return plain(opportunity.deal.title, _TITLE_LENGTH), [_worth(opportunity), _saving(opportunity), _offer(opportunity)]


def framed(opportunity: Opportunity, title: str, lines: Sequence[str], identifier: str, *, is_repeat: bool, page: str = "") -> Push:
    """Title and lines with what every push of a deal bears: whether it is a sample or a repeat, and its link at the end.

    `page`: the address of the dashboard's page of the deal; it stands above the shop's.
    """
    mark = "DEMO · " if is_demo(opportunity.deal) else ""
    address = link(opportunity.deal.url)
    last = address if len(address) <= _LINK_LENGTH else _NO_LINK
    whole = [*lines, _REPEAT if is_repeat else "", f"More: {page}" if page else "", last]
    body = "\n".join([*lines, *(line for line in whole[len(lines) :] if line)])
    shown = address if last == address else ""
    return Push(f"{mark}{title}", body, identifier, shown, opportunity.priority, opportunity)


def test_push() -> Push:
    """The push that POST /test sends."""
    return Push("Product Pricing Agent: test", "If you can read this, deals will reach you here.", str(uuid4()))


def notice_of(trouble: Trouble) -> Push:
    """The push that tells on one channel what is wrong with another. The same trouble has the same id."""
    lines = []
    if trouble.since is not None:
        since = datetime.fromtimestamp(trouble.since, UTC)
        lines.append(f"It fails since {since:%H:%M} UTC on {since.day} {since:%B}: {plain(trouble.problem, _GROUND_LENGTH)}")
        lines.append(f"{trouble.waiting} wait for it." if trouble.waiting else "None waits for it.")
    for stage, words in _ENDS.items():
        titles = [plain(each.title, _RETAILER_LENGTH) for each in trouble.ended if each.stage is stage]
        more = [f"and {len(titles) - _NAMED} more"] if len(titles) > _NAMED else []
        if titles:
            lines.append(f"{words}: {'; '.join([*titles[:_NAMED], *more])}")
    told = ":".join([trouble.channel, str(trouble.since), *(each.notification for each in trouble.ended)])
    return Push(f"Alerts to {trouble.label} need a look", "\n".join(lines), str(uuid5(NAMESPACE_URL, f"pricing-agent:{told}")))


def is_demo(deal: Deal) -> bool:
    """Whether the deal comes from the sample feeds that ship with the project."""
    return deal.feed.lower().startswith("demo")


def money(amount: float, currency: str = "USD") -> str:
    """$1,234.56; another currency's code instead of the sign."""
    sign = "$" if currency == "USD" else f"{plain(currency, 3)} "
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount):,.2f}"


def price_of(amount: float, currency: str = "USD") -> str:
    """An exact amount, with cents where there are any: $99, $59.99."""
    return money(amount, currency).removesuffix(".00")


def about(dollars: float) -> str:
    """An amount that is not known to the cent: $1,235, or $7.49 where cents still matter."""
    return f"{'-' if dollars < 0 else ''}${abs(dollars):,.{2 if abs(dollars) < 20 else 0}f}"


def plain(text: str, limit: int) -> str:
    """`text` on one line, without control and format characters (bidirectional ones too) or markup, cut to `limit` characters."""
    visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text[: limit * 8])
    line = re.sub(r"@(?=\w)", "＠", " ".join(visible.split()).translate(_HARMLESS))  # else a mention rings a channel
    return _cut(line, limit)


def link(url: str) -> str:
    """`url` where it is a web address, with its host as DNS knows it and what markup could trip over escaped; else nothing.

    A user name before the host is left out: it opens nothing, and makes one shop look like another.
    """
    try:
        parts = urlsplit(url.strip())
        place = _place(parts)
    except ValueError:  # idna.IDNAError is one
        return ""
    if parts.scheme not in ("http", "https"):
        return ""
    rest = urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    return f"{parts.scheme}://{place}{_UNSAFE_IN_LINK.sub(lambda found: quote(found.group(), safe=''), rest)}"


def _place(parts: SplitResult) -> str:
    """Host and port. ValueError where there is no such host."""
    host = parts.hostname or ""
    if ":" in host:
        place = f"[{ip_address(host)}]"
    else:
        labels = _DOTS.split(host.removesuffix("."))
        place = ".".join(each if each.isascii() else idna.encode(each, uts46=True).decode() for each in labels)
        if not all(_LABEL.fullmatch(each) for each in place.split(".")):
            raise ValueError(f"{host} is no host")
    return place if parts.port is None else f"{place}:{parts.port}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"[:limit]


def percent_of(opportunity: Opportunity) -> int:
    """The expected saving in percent of worth, rounded down: nobody is promised more than there is."""
    return math.floor(percent_saved(opportunity) + _ROUNDING)


def surety_of(opportunity: Opportunity) -> int | None:
    """How sure the saving is, in percent, rounded down; None where an earlier version did not say."""
    return None if opportunity.chance is None else math.floor(100 * min(opportunity.chance, _SUREST) + _ROUNDING)


def why_of(opportunity: Opportunity) -> str:
    """The weightiest reason in a few words, and what is to be thought of the price that the shop says others pay."""
    return "; ".join(each for each in (_ground(opportunity), _claim(opportunity)) if each)


def _worth(opportunity: Opportunity) -> str:
    price = price_of(opportunity.deal.price, opportunity.deal.currency)
    return f"{price}, worth about {about(opportunity.estimate)} ({about(opportunity.low)} to {about(opportunity.high)})"


def _saving(opportunity: Opportunity) -> str:
    share = f" ({percent_of(opportunity)} %)" if opportunity.estimate > 0 else ""
    surety = surety_of(opportunity)
    return f"Saves about {about(opportunity.discount)}{share}{'' if surety is None else f', {surety} % sure'}"


def _offer(opportunity: Opportunity) -> str:
    deal, why = opportunity.deal, why_of(opportunity)
    facts = ", ".join(each for each in (plain(deal.retailer, _RETAILER_LENGTH), plain(deal.condition, 20)) if each)
    return ": ".join(each for each in (facts[:1].upper() + facts[1:] if not deal.retailer.strip() else facts, why) if each)


def _ground(opportunity: Opportunity) -> str:
    deal = opportunity.deal
    elsewhere = [each.price for each in deal.references if each.kind == _ELSEWHERE and each.price > deal.price]
    if elsewhere and deal.currency == "USD":
        return f"you'd pay {about(min(elsewhere) - deal.price)} more elsewhere"
    words = plain(opportunity.grounds[0].words, _GROUND_LENGTH).rstrip(".") if opportunity.grounds else ""
    return words[:1].lower() + words[1:] if words.startswith(_ITS_OWN_BEGINNINGS) else words


def _claim(opportunity: Opportunity) -> str:
    claim = opportunity.list_price
    if claim is None:
        return ""
    verdict = "plausible" if claim.verdict == "plausible" else "inflated: hardly anybody pays that"
    return f"the list price of {about(claim.price)} is {verdict}"
