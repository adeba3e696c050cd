"""Notes which opportunities are a wanted thing, within the transaction that stores them."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.deals import Opportunity
from scanner.store.schema import watch_matches, watches


async def note_matches(connection: AsyncConnection, opportunity: Opportunity, now: datetime) -> None:
    """For each watch that wants it and is still there: one may have been removed while the deal was judged."""
    asked = {each.id for each in opportunity.matches if each.kind == "watch"}
    if not asked:
        return
    there = await connection.scalars(select(watches.c.id).where(watches.c.id.in_(asked)))
    rows = [{"watch_id": each, "opportunity_id": opportunity.id, "matched": now.timestamp()} for each in there]
    if rows:
        await connection.execute(insert(watch_matches), rows)
