"""Snoozes: what a person does not want to hear of until a moment. It knows neither SQL nor HTTP."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.deals import Match, Opportunity


class Subject(StrEnum):
    """What is snoozed: everything, or what a rule, a wanted thing, a product or a feed brings."""

    ALL = "all"
    RULE = "rule"
    WATCH = "watch"
    PRODUCT = "product"
    FEED = "feed"


@dataclass(frozen=True)
class Snooze:
    """`target`: the id of the rule, wanted thing, product or feed; empty for everything. `until`: Unix seconds."""

    id: int
    subject: Subject
    target: str
    until: float
    created: float


def snoozed_until(opportunity: Opportunity | None, snoozes: Sequence[Snooze], now: float) -> float | None:
    """Until when an opportunity is covered; None where it is not. `opportunity` None: what is no deal, which ALL alone covers.

    What several rules asked for is covered where each of them is snoozed: the others still want it.
    """
    ends = [_end(snoozes, Subject.ALL, "")]
    if opportunity is not None:
        ends.append(_end(snoozes, Subject.PRODUCT, opportunity.product or "?"))
        ends.append(_end(snoozes, Subject.FEED, str(opportunity.feed_id)))
        ends.append(_by_matches(opportunity.matches, snoozes))
    until = max(ends)
    return until if until > now else None


def _by_matches(matches: Iterable[Match], snoozes: Sequence[Snooze]) -> float:
    return min((_end(snoozes, Subject(match.kind), str(match.id)) for match in matches), default=0.0)


def _end(snoozes: Sequence[Snooze], subject: Subject, target: str) -> float:
    return max((each.until for each in snoozes if (each.subject, each.target) == (subject, target)), default=0.0)
