"""What products cost day by day: the lowest offer of each day with one, before an offer, after a push, or ever.

An offer is not compared with itself, nor with itself told again: the same shop's same price within days.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import parts
from scanner.deal_data import SAME_PRICE
from scanner.history.later import DayLow
from scanner.store.history.offer_store import SAME_OFFER
from scanner.store.schema import deals, offers, opportunities, products

_OWN = offers.alias("own")  # the offer of which something is asked
_FIGURES = func.min(offers.c.price).label("low"), func.min(offers.c.offered).label("moment")


def day_of(moment: ColumnElement[float]) -> ColumnElement[int]:
    """The number of a day, in UTC. By whole numbers: databases differ in what they make of a fraction."""
    return cast(moment, BigInteger) // 86_400


_DAY = day_of(offers.c.offered).label("day")


async def lows_before(connection: AsyncConnection, deal_keys: Sequence[str]) -> dict[str, list[DayLow]]:
    """For the offers of these deals, the earlier ones of the same product and condition since that was reset, the oldest first."""
    found: dict[str, list[DayLow]] = {}
    for part in parts(deal_keys):
        query = _earlier().where(_OWN.c.deal_key.in_(part)).group_by(_OWN.c.deal_key, _DAY).order_by(_OWN.c.deal_key, _DAY)
        found |= _by_name(await connection.execute(query))
    return found


async def lows_after(connection: AsyncConnection, since: datetime, longest: timedelta) -> dict[str, list[DayLow]]:
    """For the pushes since a moment, by opportunity, what was offered within a time after each, the oldest first."""
    pushed, name = opportunities.c.created, opportunities.c.id
    query = select(name, _DAY, *_FIGURES).select_from(opportunities).join(deals, deals.c.id == opportunities.c.deal_id)
    query = query.join(products, products.c.id == opportunities.c.product).outerjoin(_OWN, _OWN.c.deal_key == deals.c.key)
    query = query.join(offers, and_(offers.c.product == products.c.product, offers.c.condition == products.c.condition))
    within = offers.c.offered >= pushed, offers.c.offered < pushed + longest.total_seconds()
    is_other = offers.c.deal_key != deals.c.key, not_(_is_told_again(deals.c.retailer, pushed))
    query = query.where(opportunities.c.alerted, pushed >= since.timestamp(), *within, *is_other)
    return _by_name(await connection.execute(query.group_by(name, _DAY).order_by(name, _DAY)))


async def lows_of(connection: AsyncConnection, product: str, condition: str) -> list[DayLow]:
    """All of a product in a condition since it was reset, the oldest first."""
    is_it = offers.c.product == product, offers.c.condition == condition
    reset = select(products.c.reset_at).where(products.c.product == product, products.c.condition == condition).scalar_subquery()
    query = select(_DAY, *_FIGURES).where(*is_it, offers.c.offered >= func.coalesce(reset, 0.0))
    return [DayLow(row.moment, row.low) for row in await connection.execute(query.group_by(_DAY).order_by(_DAY))]


def _earlier() -> Select[Any]:
    is_its = and_(offers.c.product == _OWN.c.product, offers.c.condition == _OWN.c.condition)
    is_of_it = and_(products.c.product == _OWN.c.product, products.c.condition == _OWN.c.condition)
    query = select(_OWN.c.deal_key, _DAY, *_FIGURES).select_from(_OWN).join(offers, is_its).outerjoin(products, is_of_it)
    within = offers.c.offered >= func.coalesce(products.c.reset_at, 0.0), offers.c.offered < _OWN.c.offered
    return query.where(*within, offers.c.deal_key != _OWN.c.deal_key, not_(_is_told_again(_OWN.c.retailer, _OWN.c.offered)))


def _is_told_again(retailer: ColumnElement[str], moment: ColumnElement[float]) -> ColumnElement[bool]:
    return and_(
        offers.c.retailer == retailer,
        func.abs(offers.c.price - func.coalesce(_OWN.c.price, 0.0)) <= SAME_PRICE,
        func.abs(offers.c.offered - moment) <= SAME_OFFER.total_seconds(),
    )


def _by_name(rows: Iterable[Any]) -> dict[str, list[DayLow]]:
    found: dict[str, list[DayLow]] = {}
    for name, _, low, moment in rows:
        found.setdefault(name, []).append(DayLow(moment, low))
    return found
