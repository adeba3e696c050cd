"""Reads what was pushed, and what its products cost after that. Changes nothing."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from scanner.history.later import DayLow
from scanner.history.ledger import LONGEST, Push
from scanner.store.daily_store import lows_after
from scanner.store.schema import moment_of, opportunities, products

_MOST = 20_000  # pushes that are looked at


class LedgerStore:
    """Alerts, and the offers after them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def pushed(self, since: datetime) -> list[tuple[Push, list[DayLow]]]:
        """What was pushed since a moment, the newest first, each with the lowest offer of each day after it."""
        columns = opportunities.c.body, opportunities.c.created, products.c.id
        query = select(*columns).outerjoin(products, products.c.id == opportunities.c.product)
        is_since = opportunities.c.alerted, opportunities.c.created >= since.timestamp()
        order = opportunities.c.created.desc(), opportunities.c.id
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.where(*is_since).order_by(*order).limit(_MOST))
            pushes = [_push(row) for row in rows]
            later = await lows_after(connection, since, LONGEST)
        return [(push, later.get(push.opportunity, [])) for push in pushes]


def _push(row: Any) -> Push:
    """Of the stored alert what is asked for: to check all of it takes as long as all the rest."""
    body: dict[str, Any] = json.loads(row.body)
    deal: dict[str, Any] = body["deal"]
    return Push(
        opportunity=body["id"],
        product=row.id,
        title=deal["title"],
        condition=deal.get("condition", "new"),
        url=deal["url"],
        retailer=deal.get("retailer", ""),
        feed=deal["feed"],
        price=deal["price"],
        saving=body["discount"],
        pushed=moment_of(row.created),
        asked_by=tuple(_name(each) for each in body.get("matches", [])),
        pricers={each["pricer"]: each["price"] for each in body.get("estimates", [])},
    )


def _name(match: dict[str, Any]) -> str:
    return match["name"] if match["kind"] == "rule" else f"{match['kind']}: {match['name']}"
