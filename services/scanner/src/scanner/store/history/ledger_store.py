"""Reads what was pushed, and what its products cost after that. Changes nothing."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from scanner.history.ledger import LONGEST, Later, Push, later_of
from scanner.store.history.daily_store import lows_after
from scanner.store.schema import moment_of, opportunities, products, scans

_MOST = 20_000  # pushes that are looked at


class LedgerStore:
    """Alerts, and the offers after them. The last answer is kept until a scan or a push may have changed it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._state: tuple[Any, ...] | None = None
        self._found: list[tuple[Push, Later]] = []

    async def pushed(self, since: datetime) -> list[tuple[Push, Later]]:
        """What was pushed since a moment, the newest first, each with what came after it."""
        async with self._engine.connect() as connection:
            state = await _state_of(connection, since)
            if state is None or state != self._state:
                self._found, self._state = await _read(connection, since), state
        return list(self._found)


async def _state_of(connection: AsyncConnection, since: datetime) -> tuple[Any, ...] | None:
    """What changes whenever the answer does: only scans store offers, and pushes. None while one runs, and before the first."""
    scan = (await connection.execute(select(scans.c.id, scans.c.state).order_by(scans.c.started.desc()).limit(1))).first()
    columns = func.count(), func.count(opportunities.c.product), func.max(opportunities.c.created)
    is_since = opportunities.c.alerted, opportunities.c.created >= since.timestamp()
    pushes = (await connection.execute(select(*columns).where(*is_since))).one()
    return None if scan is None or scan.state == "running" else (scan.id, *pushes)


async def _read(connection: AsyncConnection, since: datetime) -> list[tuple[Push, Later]]:
    columns = opportunities.c.body, opportunities.c.created, products.c.id
    query = select(*columns).outerjoin(products, products.c.id == opportunities.c.product)
    is_since = opportunities.c.alerted, opportunities.c.created >= since.timestamp()
    order = opportunities.c.created.desc(), opportunities.c.id
    rows = await connection.execute(query.where(*is_since).order_by(*order).limit(_MOST))
    pushes = [_push(row) for row in rows]
    later = await lows_after(connection, since, LONGEST)
    return [(push, later_of(push, later.get(push.opportunity, []))) for push in pushes]


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
        interval=(body["low"], body["high"]) if body.get("low") is not None and body.get("high") is not None else None,
    )


def _name(match: dict[str, Any]) -> str:
    return match["name"] if match["kind"] == "rule" else f"{match['kind']}: {match['name']}"
