"""Remembers what each product was offered for, where and when, and tells what is earlier than an offer."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, insert, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import parts
from common.judging import Seen
from scanner.deal_data import PastOffer
from scanner.store.schema import moment_of, offers

LOOK_BACK = timedelta(days=365)
MOST_SEEN = 50  # earlier offers, the latest of them
SAME_OFFER = timedelta(days=7)  # within which a shop's same price in another feed is the same offer told again
_DAY = 86_400.0  # seconds


class OfferStore:
    """The offers table."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def earlier(self, of: Sequence[PastOffer]) -> list[tuple[Seen, ...]]:
        """For each offer, earlier ones of the same product and condition, latest first; never one of its own time or later."""
        async with self._engine.connect() as connection:
            return [await _earlier(connection, offer) for offer in of]


async def _earlier(connection: AsyncConnection, offer: PastOffer) -> tuple[Seen, ...]:
    moment = offer.offered.timestamp()
    is_same_again = and_(
        offers.c.retailer == offer.retailer,
        offers.c.price.between(offer.price - 0.005, offer.price + 0.005),
        offers.c.offered >= moment - SAME_OFFER.total_seconds(),
    )
    query = (
        select(offers.c.price, offers.c.retailer, offers.c.offered)
        .where(offers.c.product == offer.product, offers.c.condition == offer.condition, offers.c.deal_key != offer.deal_key)
        .where(offers.c.offered < moment, offers.c.offered >= moment - LOOK_BACK.total_seconds(), not_(is_same_again))
        .order_by(offers.c.offered.desc(), offers.c.deal_key)
        .limit(MOST_SEEN)
    )
    rows = await connection.execute(query)
    return tuple(Seen(price=row.price, days=(moment - row.offered) / _DAY, retailer=row.retailer) for row in rows)


async def remember(connection: AsyncConnection, past: Sequence[PastOffer]) -> list[PastOffer]:
    """Within the transaction that stores their deals; those that are new. One that is remembered already, though its deal is
    forgotten, stays.
    """
    given = {offer.deal_key: offer for offer in reversed(past)}
    for part in parts(list(given)):
        for key in await connection.scalars(select(offers.c.deal_key).where(offers.c.deal_key.in_(part))):
            given.pop(key)
    if given:
        await connection.execute(insert(offers), [_row_of(offer) for offer in given.values()])
    return list(given.values())


async def remembered(connection: AsyncConnection, deal_key: str) -> PastOffer | None:
    """What is remembered of a deal."""
    row = (await connection.execute(select(offers).where(offers.c.deal_key == deal_key))).first()
    return None if row is None else PastOffer(**{**row._mapping, "offered": moment_of(row.offered)})


def _row_of(offer: PastOffer) -> dict[str, Any]:
    return {
        "deal_key": offer.deal_key,
        "product": offer.product,
        "condition": offer.condition,
        "price": offer.price,
        "retailer": offer.retailer,
        "feed": offer.feed,
        "url": offer.url,
        "offered": offer.offered.timestamp(),
    }
