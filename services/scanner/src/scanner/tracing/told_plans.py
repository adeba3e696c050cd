"""Keeps plans where they are kept, and tells of each."""

from scanner.decision import PlanBook
from scanner.planner.plan_data import Plan
from scanner.tracing.telling import Telling


class ToldPlans:
    """A book of plans over another."""

    def __init__(self, plans: PlanBook, telling: Telling) -> None:
        self._plans, self._telling = plans, telling

    async def record(self, plan: Plan) -> None:
        """Keep it, and tell of it."""
        await self._plans.record(plan)
        self._telling.planned(plan)
