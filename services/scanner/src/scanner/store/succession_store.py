"""What a deal at another price takes over from the one in whose place it comes, within the transaction that stores it."""

from datetime import datetime

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from scanner.deal_data import KnownDeal, NewDeal
from scanner.identity import is_of_offer
from scanner.review.review_data import REPLACED
from scanner.store.corrections.review_store import close_replaced
from scanner.store.reading_store import take_readings
from scanner.store.revision_store import withdraw_alert
from scanner.store.schema import deal_keys, deals


async def take_place(connection: AsyncConnection, new: NewDeal, old: KnownDeal, deal_id: int | None, now: datetime) -> bool:
    """`deal_id` is the new deal's; whether an alert of the former price was withdrawn."""
    await _end_price(connection, new, old)
    await close_replaced(connection, old.id, REPLACED, now)
    await _take_keys(connection, old.id, deal_id)
    await take_readings(connection, old, new.feed, deal_id)
    return new.withdraws is not None and await withdraw_alert(connection, old.entry, new.withdraws, now)


async def _take_keys(connection: AsyncConnection, old: int, new: int | None) -> None:
    """All that last; the offer itself was another, and may be made again by another deal."""
    of_old = select(deal_keys.c.key).where(deal_keys.c.deal_id == old)
    lost = [key for key in await connection.scalars(of_old) if is_of_offer(key)]
    await connection.execute(delete(deal_keys).where(deal_keys.c.key.in_(lost)))
    await connection.execute(update(deal_keys).where(deal_keys.c.deal_id == old).values(deal_id=new))


async def _end_price(connection: AsyncConnection, new: NewDeal, old: KnownDeal) -> None:
    read = new.extraction
    now = "no price is told now" if read.price is None else f"its price is {read.price:,.2f} {read.currency} now"
    await connection.execute(update(deals).where(deals.c.id == old.id).values(reason=now))
    waits = or_(deals.c.state == "unpriced", and_(deals.c.state == "review", deals.c.answer.is_(None)))
    await connection.execute(update(deals).where(deals.c.id == old.id, waits).values(state="skipped"))
