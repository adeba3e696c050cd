"""What a push says of anything that an attempt may tell: one deal, a notice, a digest, a week's summary.

A digest lists as many deals as its service takes, best first, and says how many more there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from common.deals import Notice, Opportunity
from notifier.message import Push, about, is_demo, link, money, plain, push_of
from notifier.notification import Attempt
from notifier.times.telling import Digest, Summary

_LISTED = 40  # deals that a digest names at most, however much room there is
_NOTICES = 5
_TITLE, _TEXT = 100, 500  # characters of one deal, and of a notice
_LONGEST_LINK = 500
_REPEAT = "You may have this already: it was not sure that it had arrived."


@dataclass(frozen=True)
class ListPush(Push):
    """`head`, then as many of `blocks` as fit, then how many more there are, then `tail`."""

    head: str = ""
    blocks: tuple[str, ...] = ()
    tail: str = ""

    def fitted(self, title_limit: int, body_limit: int) -> Push:
        """Cut to what a service takes, a whole block at a time; where not even one fits, as any push."""
        room = body_limit - (0 if title_limit else min(len(self.title), body_limit // 2) + len("\r\n"))
        for tail in (self.tail, ""):
            for count in range(min(len(self.blocks), _LISTED), 0, -1):
                body = _body(self.head, self.blocks, count, tail)
                if len(body) <= room:
                    return replace(self, body=body)._plainly(title_limit, body_limit)
        return self._plainly(title_limit, body_limit)

    def _plainly(self, title_limit: int, body_limit: int) -> Push:
        return Push(self.title, self.body, self.id).fitted(title_limit, body_limit)


class Render(Protocol):
    """Says one deal, in a channel's way."""

    def __call__(self, opportunity: Opportunity, identifier: str = "", *, is_repeat: bool = False) -> Push:
        """The push, under that id."""
        ...


def push_for(attempt: Attempt, render: Render = push_of) -> Push:
    """The push of an attempt, under its id; a repeat of what may have arrived says that it is one."""
    telling, repeat = attempt.telling, _REPEAT if attempt.is_repeat else ""
    if isinstance(telling, Opportunity):
        return render(telling, attempt.push_id, is_repeat=attempt.is_repeat)
    if isinstance(telling, Notice):
        return _notice(telling, attempt.push_id, repeat)
    if isinstance(telling, Summary):
        return _summary(telling, attempt.push_id, repeat)
    if len(telling.deals) == 1 and not telling.notices:
        return render(telling.deals[0], attempt.push_id, is_repeat=attempt.is_repeat)
    if len(telling.notices) == 1 and not telling.deals:
        return _notice(telling.notices[0], attempt.push_id, repeat)
    return _digest(telling, attempt.push_id, repeat)


def _digest(digest: Digest, identifier: str, repeat: str) -> Push:
    deals, notices = digest.deals, digest.notices
    saving = sum(each.discount for each in deals)
    title = f"{_count(len(deals), 'deal')} together, which save about {about(saving)}" if deals else _count(len(notices), "notice")
    blocks = tuple(_deal(number, each) for number, each in enumerate(deals, 1))
    told = [f"{plain(each.title, _TITLE)}: {plain(each.text, _TEXT)}" for each in notices[:_NOTICES]]
    told += [f"and {len(notices) - _NOTICES} more notices"] if len(notices) > _NOTICES else []
    tail = "\n".join(told)
    body = _body(repeat, blocks, min(len(blocks), _LISTED), tail)
    return ListPush(title, body, identifier, head=repeat, blocks=blocks, tail=tail)


def _deal(number: int, opportunity: Opportunity) -> str:
    deal = opportunity.deal
    mark = "DEMO · " if is_demo(deal) else ""
    at = f" at {plain(deal.retailer, 40)}" if deal.retailer.strip() else ""
    worth = f"worth about {about(opportunity.estimate)}, saves about {about(opportunity.discount)}"
    said = f"{number}. {mark}{money(deal.price, deal.currency)}: {plain(deal.title, _TITLE)}{at}, {worth}"
    address = link(deal.url)
    return f"{said}\n{address}" if address and len(address) <= _LONGEST_LINK else said


def _notice(notice: Notice, identifier: str, repeat: str) -> Push:
    return Push(plain(notice.title, _TITLE), _lines([plain(notice.text, _TEXT), repeat]), identifier)


def _summary(summary: Summary, identifier: str, repeat: str) -> Push:
    told = f"{_count(summary.told, 'alert')} reached you, which save about {about(summary.saving)} together"
    best = [
        f"{money(each.price, each.currency)}: {plain(each.title, _TITLE)}, saves about {about(each.discount)}"
        for each in summary.best
    ]
    counts = {"held for a digest": summary.held, "snoozed": summary.snoozed, "expired": summary.expired, "failed": summary.failed}
    rest = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    lines = [told if summary.told else "No alert reached you", *(f"{at}. {each}" for at, each in enumerate(best, 1))]
    lines += [f"Of {_count(summary.alerts, 'alert')}: {rest}" if rest else "", repeat]
    return Push(f"Your week of deals: {_count(summary.alerts, 'alert')}", _lines(lines), identifier)


def _body(head: str, blocks: Sequence[str], count: int, tail: str) -> str:
    more = f"and {len(blocks) - count} more: the dashboard has them" if count < len(blocks) else ""
    return _lines([head, *blocks[:count], more, tail])


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
