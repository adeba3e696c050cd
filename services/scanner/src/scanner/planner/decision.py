"""Which of the judged deals are pushed: those of the policy, among which a planner may choose. The policy has the last word."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from common.judging import Judgement
from scanner.deal_data import Judged, StoredDeal, Told
from scanner.planner.plan_data import Plan
from scanner.policy import Policy, demoted

DAY = timedelta(hours=24)
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


class Decision:
    """The policy, and where there is one the planner before it."""

    def __init__(self, policy: Policy, told: ToldBook, planner: Planner | None, plans: PlanBook) -> None:
        self._policy, self._told, self._planner, self._plans = policy, told, planner, plans

    def each(self, deals: Sequence[StoredDeal], judgements: Sequence[Judgement | None], now: datetime) -> list[Judged]:
        """What becomes of each deal by itself. Which of the alerts are pushed only all of them tell."""
        return [self._policy.judge(deal, said, now) for deal, said in zip(deals, judgements, strict=True)]

    async def among(self, judged: Sequence[Judged], now: datetime) -> list[Judged]:
        """What becomes of all together. The planner is asked only where the policy would push something."""
        told = await self._told.told_since(now - self._policy.novelty.cool_down)
        judged = self._policy.without_repeats(judged, told)
        if self._planner is not None and any(each.is_alert for each in judged):
            plan = await self._planner.plan(judged, now)
            await self._plans.record(plan)
            if plan.ending != "failed":  # else the policy decides alone: a model that is away costs nobody a push
                judged = [
                    demoted(each, NOT_CHOSEN) if each.is_alert and each.deal.id not in plan.chosen else each for each in judged
                ]
        return self._policy.keep_best(judged, len(await self._told.told_since(now - DAY)))
