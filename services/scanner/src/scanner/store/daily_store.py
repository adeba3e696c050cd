"""What products cost day by day: the lowest offer of each day within a window of time, many windows in one question."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float, Integer, Select, String, and_, cast, column, func, not_, select, values
from sqlalchemy.ext.asyncio import AsyncConnection

from scanner.deal_data import SAME_PRICE, PastOffer
from scanner.history.later import DayLow
from scanner.store.offer_store import SAME_OFFER
from scanner.store.schema import moment_of, offers, products

_AT_A_TIME = 100  # windows in one question: SQLite takes 999 values, older ones no more
_NO_PRICE = -1.0  # which no offer has
_COLUMNS = (
    column("n", Integer),
    column("product", String),
    column("condition", String),
    column("deal_key", String),
    column("retailer", String),
    column("price", Float),
    column("moment", Float),
    column("since", Float),
    column("until", Float),
)


@dataclass(frozen=True)
class Window:
    """Offers of the same product and condition as `of`, made from `since` on and before `until`, in seconds since the epoch.

    Without that offer itself, and without it being told again: the same shop's same price within days.
    """

    of: PastOffer
    since: float
    until: float


def day_of(moment: ColumnElement[float]) -> ColumnElement[int]:
    """The number of a day, in UTC. By whole numbers: databases differ in what they make of a fraction."""
    return cast(moment, BigInteger) // 86_400


async def daily_lows(connection: AsyncConnection, windows: Sequence[Window], *, since_reset: bool = False) -> list[list[DayLow]]:
    """For each window the lowest offer of each day with one, the oldest first. `since_reset`: none from before its product was."""
    found: list[list[DayLow]] = [[] for _ in windows]
    for at in range(0, len(windows), _AT_A_TIME):
        asked = [_values(number, windows[number]) for number in range(at, min(at + _AT_A_TIME, len(windows)))]
        for number, _, price, moment in await connection.execute(_question(asked, since_reset=since_reset)):
            found[number].append(DayLow(moment, price))
    return found


def _values(number: int, window: Window) -> tuple[Any, ...]:
    of = window.of
    facts = (of.product, of.condition, of.deal_key, of.retailer, of.price, of.offered.timestamp())
    return (number, *facts, window.since, window.until)


def _question(rows: list[tuple[Any, ...]], *, since_reset: bool) -> Select[Any]:
    asked = values(*_COLUMNS, name="asked").data(rows).cte("asked")
    is_of_it = and_(offers.c.product == asked.c.product, offers.c.condition == asked.c.condition)
    day = day_of(offers.c.offered).label("day")
    query = select(asked.c.n, day, func.min(offers.c.price), func.min(offers.c.offered)).select_from(asked).join(offers, is_of_it)
    if since_reset:
        is_its = and_(products.c.product == asked.c.product, products.c.condition == asked.c.condition)
        query = query.outerjoin(products, is_its).where(offers.c.offered >= func.coalesce(products.c.reset_at, 0.0))
    is_told_again = and_(
        offers.c.retailer == asked.c.retailer,
        offers.c.price.between(asked.c.price - SAME_PRICE, asked.c.price + SAME_PRICE),
        func.abs(offers.c.offered - asked.c.moment) <= SAME_OFFER.total_seconds(),
    )
    within = offers.c.offered >= asked.c.since, offers.c.offered < asked.c.until
    is_other = offers.c.deal_key != asked.c.deal_key, not_(is_told_again)
    return query.where(*within, *is_other).group_by(asked.c.n, day).order_by(asked.c.n, day)


def ever_before(offer: PastOffer) -> Window:
    """Whatever is earlier than an offer."""
    return Window(offer, 0.0, offer.offered.timestamp())


def whole(product: str, condition: str) -> Window:
    """All offers of a product in a condition."""
    return Window(PastOffer("", product, condition, _NO_PRICE, "", "", "", moment_of(0)), 0.0, math.inf)
