"""Reads what was pushed, and what its products cost after that. Changes nothing."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from scanner.deal_data import PastOffer
from scanner.history.later import DayLow
from scanner.history.ledger import LONGEST, Push
from scanner.store.daily_store import Window, daily_lows
from scanner.store.schema import deals, moment_of, opportunities, products

_MOST = 20_000  # pushes that are looked at


class LedgerStore:
    """Alerts, and the offers after them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def pushed(self, since: datetime) -> list[tuple[Push, list[DayLow]]]:
        """What was pushed since a moment, the newest first, each with the lowest offer of each day after it."""
        columns = opportunities.c.body, opportunities.c.created, opportunities.c.product.label("id"), deals.c.key
        query = select(*columns, products.c.product, products.c.condition).join(deals, deals.c.id == opportunities.c.deal_id)
        query = query.outerjoin(products, products.c.id == opportunities.c.product)
        is_since = opportunities.c.alerted, opportunities.c.created >= since.timestamp()
        order = opportunities.c.created.desc(), opportunities.c.id
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(query.where(*is_since).order_by(*order).limit(_MOST)))
            pushes = [_push(row) for row in rows]
            known = [at for at, row in enumerate(rows) if row.product is not None]
            lows = await daily_lows(connection, [_after(rows[at], pushes[at]) for at in known])
        later = dict(zip(known, lows, strict=True))
        return [(push, later.get(at, [])) for at, push in enumerate(pushes)]


def _after(row: Any, push: Push) -> Window:
    of = (row.key, row.product, row.condition, push.price, push.retailer, push.feed, push.url, push.pushed)
    start = push.pushed.timestamp()
    return Window(PastOffer(*of), start, start + LONGEST.total_seconds())


def _push(row: Any) -> Push:
    """Of the stored alert what is asked for: to check all of it takes as long as all the rest."""
    body: dict[str, Any] = json.loads(row.body)
    deal: dict[str, Any] = body["deal"]
    return Push(
        opportunity=body["id"],
        product=row.id if row.product is not None else None,
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
