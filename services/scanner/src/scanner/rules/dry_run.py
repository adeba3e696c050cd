"""Tries a rule on deals that were judged before: what it would have sent, by the same code that decides on new ones.

What only the moment knew it leaves out: other rules, the watchlist, a planner's choice, last looks. Knows no database.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from pydantic import ValidationError

from common.deals import Deal, Opportunity
from common.judging import Judgement
from scanner.deal_data import Judged, StoredDeal, Told, ToldProduct
from scanner.history.product_id import id_of, offer_at
from scanner.policy import Policy, told_of
from scanner.rules.reasons import Screen, in_general, screen_of
from scanner.rules.rule import Rule, RuleBook

MOST = 1_000  # alerts, after which nobody wants to know how many more a rule would have sent
LISTED = 100  # of them, that are answered
_REASONS = 8  # that are answered
_TOLD = ("title", "description", "url", "retailer", "feed", "category", "condition")  # of a deal, that a rule asks for


@dataclass(frozen=True)
class PastDeal:
    """A deal that was judged at a moment, together with all others of that moment, as far as words can be looked for in it."""

    judged: datetime
    id: int
    title: str
    description: str
    category: str
    retailer: str
    feed: str
    feed_id: int
    url: str
    price: float
    currency: str
    condition: str


class PastDeals(Protocol):
    """The deals that were judged."""

    async def first(self) -> datetime | None:
        """When the first of them was judged."""
        ...

    async def counts(self, screen: Screen, since: datetime, until: datetime) -> Mapping[str | None, int]:
        """How many of those in between fail each bound of a screen; None: no bound."""
        ...

    def past(self, screen: Screen, since: datetime, until: datetime) -> AsyncGenerator[list[PastDeal], None]:
        """Those in between that fail no bound, in the order of their judgement, in parts."""
        ...

    async def judged(self, ids: Sequence[int]) -> Mapping[int, tuple[dict[str, Any], str]]:
        """Each deal, as StoredDeal takes it, and its judgement as JSON."""
        ...


@dataclass
class DryRunReport:
    """What a rule would have sent. `since`: the first deal looked at, later than asked for where none are kept from before.

    `sent`: by themselves and in digests, with their moments, the oldest first; `missed`: how many deals each reason kept from it.
    `stopped`: when there were so many that the rest was not looked at.
    """

    days: int
    until: datetime
    since: datetime | None = None
    judged: int = 0
    sent: list[tuple[datetime, Judged]] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)
    stopped: datetime | None = None

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Those that kept the most."""
        return self.missed.most_common(_REASONS)


class DryRun:
    """Tries one rule at a time: others wait."""

    def __init__(self, past: PastDeals, policy: Policy) -> None:
        self._past, self._policy = past, policy
        self._busy = asyncio.Lock()

    async def run(self, rule: Rule, days: int, now: datetime) -> DryRunReport:
        """What a rule alone would have sent in the last days, had it been on. Cancelling ends it within one part."""
        async with self._busy:
            since, screen = now - timedelta(days=days), screen_of(rule)
            replay = _Replay(self._policy, replace(rule, enabled=True), since, DryRunReport(days, now))
            # What was told before is not told again: the days before those asked for are played too, unless all too much is told.
            await self._play(replay, screen, since - self._policy.novelty.cool_down, since - timedelta(microseconds=1))
            await self._play(replay, screen, since, now)
            return await self._counted(replay.report, screen, (since, replay.report.stopped or now))

    async def _counted(self, report: DryRunReport, screen: Screen, between: tuple[datetime, datetime]) -> DryRunReport:
        """With those that were not looked at one by one, as their figures tell enough."""
        counts, first = await self._past.counts(screen, *between), await self._past.first()
        report.since = first and max(first, between[0])
        report.judged = sum(counts.values())
        report.missed.update({why: count for why, count in counts.items() if why is not None})
        return report

    async def _play(self, replay: "_Replay", screen: Screen, since: datetime, until: datetime) -> None:
        replay.begin()
        async with aclosing(self._past.past(screen, since, until)) as parts:
            async for part in parts:
                left = await asyncio.to_thread(replay.meant, part)
                said = await self._past.judged([each.id for each in left])
                if await asyncio.to_thread(replay.take, left, said):
                    return
        await asyncio.to_thread(replay.end_round)


class _Replay:
    """Goes from round to round: what was judged together competes. Every call is CPU work of a fraction of a second."""

    def __init__(self, policy: Policy, rule: Rule, since: datetime, report: DryRunReport) -> None:
        self.report = report
        self._policy, self._rule, self._book, self._since = policy, rule, RuleBook((rule,)), since
        self._told, self._products = list[tuple[datetime, Told]](), dict[str, ToldProduct]()
        self._round: datetime | None = None
        self._wanted = list[Judged]()
        self._count = 0

    def begin(self) -> None:
        """Before the deals of a time; where too much was told in the one before, it tells nothing of what is news in this one."""
        self._told = [] if self._count >= MOST else self._told
        self._count = 0

    def meant(self, part: Sequence[PastDeal]) -> list[PastDeal]:
        """Those that the rule means by their words, be they a bargain or not. A price in other money is seen to later."""
        return [each for each in part if each.currency != "USD" or not self._is_other(each)]

    def take(self, deals: Sequence[PastDeal], said: Mapping[int, tuple[dict[str, Any], str]]) -> bool:
        """Decide on these, the later ones of whose round may follow; whether so much is told that it is enough."""
        for each in deals:
            if each.judged != self._round:
                self.end_round()
                if self._count >= MOST:
                    self.report.stopped = each.judged if each.judged >= self._since else None
                    return True
                self._round = each.judged
            if each.id in said:
                self._judge(*said[each.id], each.judged)
        return False

    def end_round(self) -> None:
        """All of a round are known: the policy chooses among them."""
        now, wanted = self._round, self._wanted
        self._round, self._wanted = None, []
        if now is None or not wanted:
            return
        told = [each for at, each in self._told if at >= now - self._policy.novelty.cool_down]
        news = self._policy.without_told(wanted, self._products, now)
        for each in self._policy.keep_best(self._policy.without_repeats(news, told)):
            if each.is_alert:
                self._count += 1
                self._note_told(each, now)
                if now >= self._since:
                    self.report.sent.append((now, each))
            else:
                self._miss(_why_not(each), now)

    def _note_told(self, judged: Judged, now: datetime) -> None:
        told = told_of(judged)
        self._told.append((now, told))
        if told.product is not None:
            before = self._products.get(told.product)
            lowest = min(told.price, before.price if before and before.price is not None else told.price)
            self._products[told.product] = ToldProduct(price=lowest, at=now)

    def _judge(self, facts: dict[str, Any], said: str, now: datetime) -> None:
        try:
            deal, judgement = self._with_product(StoredDeal.model_validate(facts)), Judgement.model_validate_json(said)
        except ValidationError:  # an earlier version's
            return self._miss("what was judged of it then cannot be read any more", now)
        found = self._policy.candidate(deal, judgement, now)
        why = "it cannot be judged" if found is None else self._rule.why_not(found, judgement)
        if why is not None:
            return self._miss(why, now)
        judged = self._policy.judge(deal, judgement, now, self._book)
        if judged.is_alert:
            self._wanted.append(judged)
        else:
            self._miss(_why_not(judged), now)
        return None

    def _with_product(self, deal: StoredDeal) -> StoredDeal:
        price = self._policy.dollars(deal.price, deal.currency)
        offer = offer_at(deal, price) if price else None
        return deal.model_copy(update={"product": id_of(offer.product, offer.condition)}) if offer else deal

    def _is_other(self, deal: PastDeal) -> bool:
        facts: dict[str, Any] = {name: getattr(deal, name) for name in _TOLD}
        published = Deal.model_construct(**facts, price=round(deal.price, 2))
        offer: dict[str, Any] = {"deal": published, "feed_id": deal.feed_id}
        why = self._rule.when.why_other(Opportunity.model_construct(**offer))
        if why is not None:
            self._miss(why, deal.judged)
        return why is not None

    def _miss(self, why: str | None, now: datetime) -> None:
        if why is not None and now >= self._since:
            self.report.missed[in_general(why)] += 1


def _why_not(judged: Judged) -> str | None:
    return judged.opportunity.why_not if judged.opportunity else None
