"""Remembers what new deals offer, and tells those that come back after they were forgotten from what is remembered for longer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import parts
from scanner.deal_data import NewDeal
from scanner.identity import opportunity_id, own_key
from scanner.store.history.offer_store import remember
from scanner.store.history.tally_store import keep
from scanner.store.schema import offers, outbox


async def take_in(connection: AsyncConnection, new: Sequence[NewDeal], now: datetime) -> list[NewDeal]:
    """Within the transaction that stores them: the deals, each under a first key that nothing is remembered of.

    The key of a deal that is forgotten names its offer for a year, and its alert until a notifier has stored that.
    """
    taken = await _remembered(connection, [deal.keys[0] for deal in new])
    found = [_renewed(deal, now) if deal.keys[0] in taken else deal for deal in new]
    await keep(connection, await remember(connection, [deal.offer for deal in found if deal.offer]))
    return found


async def _remembered(connection: AsyncConnection, keys: Sequence[str]) -> set[str]:
    found = set[str]()
    for part in parts(keys):
        ids = {opportunity_id(key): key for key in part}
        told = select(outbox.c.opportunity_id).where(outbox.c.opportunity_id.in_(list(ids)))
        found.update(await connection.scalars(select(offers.c.deal_key).where(offers.c.deal_key.in_(part))))
        found.update(ids[each] for each in await connection.scalars(told))
    return found


def _renewed(deal: NewDeal, now: datetime) -> NewDeal:
    key = own_key(deal.keys, now)
    return replace(deal, keys=(key, *deal.keys), offer=deal.offer and replace(deal.offer, deal_key=key), renews=deal.keys[0])
