"""What a push says. Product text comes from strangers' feeds: it is shown, never obeyed as markup, mention or control code."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit
from uuid import NAMESPACE_URL, uuid4, uuid5

import idna

from common.deals import Deal, Opportunity
from notifier.notification import Stage
from notifier.trouble import Trouble

_TITLE_LENGTH, _RETAILER_LENGTH, _GROUND_LENGTH, _LINK_LENGTH = 120, 60, 200, 2000
_GROUNDS = 2  # that a push names
_SUREST = 0.99  # chance beyond which more is not said: a judge errs now and then
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

    `id` stays the same when it is sent again, so that a receiver can tell a repeat.
    """

    title: str
    body: str
    id: str = ""
    link: str = ""

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


def push_of(opportunity: Opportunity, identifier: str = "", *, is_repeat: bool = False) -> Push:
    """The push for one opportunity, under that id; a repeat of what may have arrived says that it is one."""
    deal = opportunity.deal
    mark = "DEMO · " if is_demo(deal) else ""
    title = f"{mark}{money(deal.price, deal.currency)}: {plain(deal.title, _TITLE_LENGTH)}"
    address = link(deal.url)
    last = address if len(address) <= _LINK_LENGTH else _NO_LINK
    lines = [_offer(deal), _worth(opportunity), _saving(opportunity), *_grounds(opportunity), _claim(opportunity)]
    lines += [_REPEAT if is_repeat else "", last]
    return Push(title, "\n".join(line for line in lines if line), identifier, address if last == address else "")


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
