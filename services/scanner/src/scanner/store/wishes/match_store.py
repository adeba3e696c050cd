"""Notes which opportunities are a wanted thing, within the transaction that stores them."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.deals import Opportunity
from scanner.store.schema import watch_matches, watches


async def note_matches(connection: AsyncConnection, opportunity: Opportunity, now: datetime) -> None:
    """For each watch that wants it and is still there: one may have been removed while the deal was judged.

    Of one that is judged anew, those that no longer want it are forgotten.
    """
    asked, is_of_it = _asked_by(opportunity), watch_matches.c.opportunity_id == opportunity.id
    await connection.execute(delete(watch_matches).where(is_of_it, watch_matches.c.watch_id.not_in(asked)))
    if not asked:
        return
    noted = select(watch_matches.c.watch_id).where(is_of_it)
    there = await connection.scalars(select(watches.c.id).where(watches.c.id.in_(asked), watches.c.id.not_in(noted)))
    rows = [{"watch_id": each, "opportunity_id": opportunity.id, "matched": now.timestamp()} for each in there]
    if rows:
        await connection.execute(insert(watch_matches), rows)


def _asked_by(opportunity: Opportunity) -> set[int]:
    return {each.id for each in opportunity.matches if each.kind == "watch"}
