"""What another end of a deal, as its feed tells it now, does to what is stored and published of it, within one transaction."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.deals import Opportunity
from scanner.deal_data import KnownDeal
from scanner.store.revision_store import tell_end, withdraw_alert
from scanner.store.schema import deals, opportunities, seconds_of


async def move_end(connection: AsyncConnection, deal: KnownDeal, end: datetime | None, now: datetime) -> bool:
    """The deal ends then; whether an outbox row was written: an alert of what is over is withdrawn if it has not gone out."""
    await connection.execute(update(deals).where(deals.c.id == deal.id).values(expires=seconds_of(end)))
    is_over = end is not None and end <= now
    revised = is_over and await withdraw_alert(connection, deal.entry, "it has expired", now)
    query = select(opportunities.c.id, opportunities.c.body).where(opportunities.c.deal_id == deal.id)
    row = (await connection.execute(query)).first()
    if row is None:
        return revised
    found = Opportunity.model_validate_json(row.body)
    this = found.model_copy(update={"deal": found.deal.model_copy(update={"expires": end})})
    values = {"body": this.model_dump_json(), "expires": seconds_of(end), "changed": now.timestamp()}
    await connection.execute(update(opportunities).where(opportunities.c.id == row.id).values(values))
    return revised if is_over else await tell_end(connection, deal, this, now)
