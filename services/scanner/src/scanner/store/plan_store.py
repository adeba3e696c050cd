"""Keeps what the planner did, step by step."""

import asyncio
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from scanner.planner.plan_data import Plan
from scanner.store.schema import moment_of, plans


class PlanStore:
    """The plans table."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def record(self, plan: Plan) -> None:
        """Keep a plan with its steps."""
        steps = [
            {"tool": each.tool, "arguments": each.arguments, "result": each.result, "tokens": each.tokens, "dollars": each.dollars}
            for each in plan.steps
        ]
        row = {
            "id": plan.id,
            "created": plan.created.timestamp(),
            "ending": plan.ending,
            "chosen": len(plan.chosen),
            "tokens": plan.tokens,
            "dollars": plan.dollars,
            "steps": steps,
        }
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(insert(plans).values(row))

    async def newest(self, limit: int) -> list[dict[str, Any]]:
        """The last plans with their steps, newest first."""
        query = select(plans).order_by(plans.c.created.desc(), plans.c.id).limit(limit)
        async with self._engine.connect() as connection:
            return [{**row._mapping, "created": moment_of(row.created).isoformat()} for row in await connection.execute(query)]
