"""Makes the products of offers and pushes that an earlier version stored: a part at a time, between which others write."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.deals import Opportunity
from scanner.deal_data import PastOffer
from scanner.history.product_id import id_of, identity_of, is_of_entry
from scanner.store.history.offer_store import remember
from scanner.store.history.tally_store import keep, note_told
from scanner.store.schema import deals, moment_of, offers, opportunities, products

_PART = 100  # products, or pushes, in one transaction


class BackfillStore:
    """Works once after an upgrade; later it finds nothing to do."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def run(self) -> None:
        """Pushes first: what was told must not be told again. Then the products of all offers."""
        while await self._tell_pushes():
            pass
        last: tuple[str, str] | None = ("", "")
        while last is not None:
            last = await self._make_products(last)

    async def _tell_pushes(self) -> bool:
        """Whether some pushes had no product; now they have."""
        columns = opportunities.c.id, opportunities.c.body, opportunities.c.created, deals.c.key, deals.c.entry
        query = select(*columns).join(deals, deals.c.id == opportunities.c.deal_id)
        query = query.where(opportunities.c.alerted, opportunities.c.product.is_(None)).order_by(opportunities.c.created)
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(query.limit(_PART)))
        pushed = await asyncio.to_thread(lambda: [_pushed(row) for row in rows])
        async with self._writing, self._engine.begin() as connection:
            # Of a product that its title tells the judge goes on seeing exactly what it saw.
            await keep(connection, await remember(connection, [offer for offer in pushed if is_of_entry(offer.product)]))
            for row, offer in zip(rows, pushed, strict=True):
                await note_told(connection, offer, moment_of(row.created))
                of_it = opportunities.c.id == row.id
                key = id_of(offer.product, offer.condition)
                await connection.execute(update(opportunities).where(of_it).values(product=key))
        return bool(rows)

    async def _make_products(self, last: tuple[str, str]) -> tuple[str, str] | None:
        """Those of some offers, in the order of their identities, after `last`; the last of them, None at the end."""
        pair = offers.c.product, offers.c.condition
        query = select(*pair).where(tuple_(*pair) > tuple_(*last)).group_by(*pair).order_by(*pair).limit(_PART)
        async with self._engine.connect() as connection:
            found = [(row.product, row.condition) for row in await connection.execute(query)]
            new = await _without_known(connection, found)
            latest = [await _latest_of(connection, *each) for each in new]
        if new:
            async with self._writing, self._engine.begin() as connection:
                await keep(connection, [each for each in latest if each])
        return found[-1] if found else None


async def _without_known(connection: AsyncConnection, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    ids = {id_of(*pair): pair for pair in pairs}
    known = set(await connection.scalars(select(products.c.id).where(products.c.id.in_(list(ids)))))
    return [pair for key, pair in ids.items() if key not in known]


async def _latest_of(connection: AsyncConnection, product: str, condition: str) -> PastOffer | None:
    """The latest offer, with the title of its deal where that is kept still."""
    columns = *offers.c, deals.c.title, deals.c.category
    query = select(*columns).outerjoin(deals, deals.c.key == offers.c.deal_key)
    query = query.where(offers.c.product == product, offers.c.condition == condition)
    row = (await connection.execute(query.order_by(offers.c.offered.desc(), deals.c.id.desc()).limit(1))).first()
    return _offer(row) if row else None


def _offer(row: Any) -> PastOffer:
    of = (row.deal_key, row.product, row.condition, row.price, row.retailer, row.feed, row.url, moment_of(row.offered))
    return PastOffer(*of, title=row.title or "", category=row.category or "")


def _pushed(row: Any) -> PastOffer:
    deal = Opportunity.model_validate_json(row.body).deal
    identity = identity_of(deal.title, row.entry or row.key)
    of = (row.key, identity, deal.condition, deal.price, deal.retailer, deal.feed, deal.url)
    return PastOffer(*of, deal.published, title=deal.title, category=deal.category)
