"""Which of the judged deals are pushed: what rules and watches want and the policy finds sound, a planner permitting."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from common.deals import Opportunity, PriceStanding
from common.judging import Judgement
from scanner.deal_data import Judged, PastOffer, StoredDeal, Told, ToldProduct, Wanted
from scanner.history.product_id import id_of, offer_at
from scanner.planner.plan_data import Plan
from scanner.policy import Policy, demoted
from scanner.rules.rule import RuleBook

NOT_CHOSEN = "the planner did not choose it"


class Planner(Protocol):
    """Chooses among deals."""

    async def plan(self, judged: Sequence[Judged], now: datetime) -> Plan:
        """What it chose, and how."""
        ...


class PlanBook(Protocol):
    """Where plans are kept."""

    async def record(self, plan: Plan) -> None:
        """Keep a plan with its steps."""
        ...


class ToldBook(Protocol):
    """What was pushed."""

    async def told_since(self, moment: datetime) -> list[Told]:
        """All of it since a moment."""
        ...


class Histories(Protocol):
    """What products cost before, and what was told of them."""

    async def standings(self, of: Sequence[PastOffer]) -> list[PriceStanding | None]:
        """How each offer stands among earlier ones of its product and condition; None where there were none."""
        ...

    async def told(self, products: Sequence[str]) -> dict[str, ToldProduct]:
        """What was pushed of these products, by their ids, as far as they are known."""
        ...


class Rules(Protocol):
    """The rules as they are now."""

    async def book(self) -> RuleBook:
        """All that are on, in their order."""
        ...


class Watches(Protocol):
    """The watchlist."""

    async def wanting(self, offers: Sequence[Opportunity]) -> list[tuple[Wanted, ...]]:
        """For each offer, the watches that want it."""
        ...


class LastLook(Protocol):
    """Looks at what is about to be pushed: takes one back, or adds to it."""

    async def look(self, judged: Sequence[Judged], now: datetime) -> list[Judged]:
        """The same deals in the same order."""
        ...


@dataclass(frozen=True)
class Past:
    """What was before: pushes, and what each product cost. None: products have no history."""

    told: ToldBook
    products: Histories | None = None


@dataclass(frozen=True)
class Wishes:
    """What a person wants to be told of. None: the policy's own rule alone, nothing watched."""

    rules: Rules | None = None
    watches: Watches | None = None


class Decision:
    """The policy with a person's wishes, and where there is one a planner between; `looks` come last, one after the other."""

    def __init__(
        self,
        policy: Policy,
        past: Past,
        planning: tuple[Planner | None, PlanBook],
        wishes: Wishes,
        looks: Sequence[LastLook] = (),
    ) -> None:
        self._policy, self._past, self._wishes, self._looks = policy, past, wishes, looks
        self._planner, self._plans = planning

    async def each(self, deals: Sequence[StoredDeal], judgements: Sequence[Judgement | None], now: datetime) -> list[Judged]:
        """What becomes of each deal by itself. Which of the alerts are pushed only all of them tell."""
        deals = await self._with_history(deals)
        book = await self._wishes.rules.book() if self._wishes.rules else self._policy.book
        watched = await self._watched(deals, judgements, now)
        return [self._policy.judge(deal, said, now, book, by) for deal, said, by in zip(deals, judgements, watched, strict=True)]

    async def among(self, judged: Sequence[Judged], now: datetime) -> list[Judged]:
        """What becomes of all together. The planner is asked only where the policy would push something."""
        judged = await self._news_among(judged, now)
        if self._planner is not None and any(each.is_alert for each in judged):
            plan = await self._planner.plan(judged, now)
            await self._plans.record(plan)
            if plan.ending != "failed":  # else the policy decides alone: a model that is away costs nobody a push
                left_out = plan.shown - plan.chosen  # of what there was no room for the policy decides as well
                judged = [demoted(each, NOT_CHOSEN) if each.is_alert and each.deal.id in left_out else each for each in judged]
        judged = self._policy.keep_best(judged)
        for each in self._looks:
            judged = await each.look(judged, now)
        return judged

    async def _news_among(self, judged: Sequence[Judged], now: datetime) -> list[Judged]:
        """The same, in which nothing is told that was told before."""
        products = [each.opportunity.product for each in judged if each.is_alert and each.opportunity and each.opportunity.product]
        known = await self._past.products.told(products) if self._past.products else {}
        told = await self._past.told.told_since(now - self._policy.novelty.cool_down)
        return self._policy.without_repeats(self._policy.without_told(judged, known, now), told)

    async def _with_history(self, deals: Sequence[StoredDeal]) -> list[StoredDeal]:
        """The deals with their products, and with how each price stands among earlier ones."""
        if self._past.products is None:
            return list(deals)
        offers = await asyncio.to_thread(self._offers, deals)  # by patterns: off the loop as the readers are
        standings = iter(await self._past.products.standings([each for each in offers if each]))
        found = []
        for deal, offer in zip(deals, offers, strict=True):
            facts = {"product": id_of(offer.product, offer.condition), "standing": next(standings)} if offer else {}
            found.append(deal.model_copy(update=facts))
        return found

    def _offers(self, deals: Sequence[StoredDeal]) -> list[PastOffer | None]:
        dollars = [self._policy.dollars(deal.price, deal.currency) for deal in deals]
        return [offer_at(deal, price) if price else None for deal, price in zip(deals, dollars, strict=True)]

    async def _watched(
        self, deals: Sequence[StoredDeal], judgements: Sequence[Judgement | None], now: datetime
    ) -> list[tuple[Wanted, ...]]:
        if self._wishes.watches is None:
            return [()] * len(deals)
        offers = [self._policy.candidate(deal, said, now) for deal, said in zip(deals, judgements, strict=True)]
        wanting = iter(await self._wishes.watches.wanting([each for each in offers if each]))
        return [next(wanting) if each else () for each in offers]
