"""Keeps opportunities: lists them, takes one off the list, adds one within the transaction that stores its judgement."""

import asyncio
import json
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.errors import NotFoundError
from scanner.deal_data import Judged
from scanner.store.corrections.feedback_store import VERDICT_OF_DEAL
from scanner.store.corrections.review_store import OPEN_REVIEW
from scanner.store.history.tally_store import note_alert
from scanner.store.page import Page, decode_cursor, encode_cursor
from scanner.store.schema import deal_keys, deals, feeds, opportunities, outbox, seconds_of
from scanner.store.wishes.match_store import note_matches


class OpportunityStore:
    """The opportunities table."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def page(self, cursor: str | None, limit: int, *, now: datetime | None, rule: int | None = None) -> Page:
        """Greatest expected saving first; with `now`, without those dismissed, expired, or of a demo feed switched off.

        Nor those whose entry has another price now. `rule`: those alone that this one wants.
        """
        table = opportunities
        said = OPEN_REVIEW.label("review_id"), VERDICT_OF_DEAL.label("feedback")
        columns = select(table.c.id, table.c.body, table.c.discount, *said).join(deals, deals.c.id == table.c.deal_id)
        query = columns.order_by(table.c.discount.desc(), table.c.id).limit(limit + 1)
        if now is not None:
            silent = select(feeds.c.id).where(feeds.c.demo, ~feeds.c.enabled)
            is_valid = or_(table.c.expires.is_(None), table.c.expires > now.timestamp())
            is_asked = table.c.deal_id.in_(select(deal_keys.c.deal_id))
            query = query.where(~table.c.dismissed, is_valid, is_asked, table.c.feed_id.not_in(silent))
        if rule is not None:  # as it stands in JSON; in a title its quotes would be written otherwise
            query = query.where(table.c.body.contains(f'{{"kind":"rule","id":{rule},', autoescape=True))
        if cursor is not None:
            discount, last = decode_cursor(cursor, float, str)
            query = query.where(or_(table.c.discount < discount, and_(table.c.discount == discount, table.c.id > last)))
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(query))
        following = encode_cursor(rows[limit - 1].discount, rows[limit - 1].id) if len(rows) > limit else None
        return Page([json.loads(row.body) | _marks(row.review_id, row.feedback) for row in rows[:limit]], following)

    async def get(self, opportunity_id: str) -> dict[str, Any]:
        """One, be it listed or not. NotFoundError where there is none of this id."""
        marks = OPEN_REVIEW.label("review_id"), VERDICT_OF_DEAL.label("feedback")
        query = select(opportunities.c.body, *marks).join(deals, deals.c.id == opportunities.c.deal_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query.where(opportunities.c.id == opportunity_id))).first()
        if row is None:
            raise NotFoundError(f"there is no opportunity {opportunity_id[:60]}")
        return {**json.loads(row.body), **_marks(row.review_id, row.feedback)}

    async def dismiss(self, opportunity_id: str, dismissed: bool = True) -> None:
        """Take an opportunity off the list, or with False put it back. NotFoundError where there is none of this id."""
        async with self._writing, self._engine.begin() as connection:
            query = update(opportunities).where(opportunities.c.id == opportunity_id).values(dismissed=dismissed)
            if (await connection.execute(query)).rowcount == 0:
                raise NotFoundError(f"there is no opportunity {opportunity_id[:60]}")


def _marks(review_id: int | None, feedback: str | None) -> dict[str, Any]:
    """That it waits for a person, and what a person says of it."""
    return {"review_id": review_id, "feedback": feedback}


async def add_opportunity(connection: AsyncConnection, judged: Judged, now: datetime) -> bool:
    """Whether an outbox row was written. An opportunity that is known is left alone, so that nobody is told twice."""
    opportunity = judged.opportunity
    if opportunity is None or await connection.scalar(select(opportunities.c.id).where(opportunities.c.id == opportunity.id)):
        return False
    body, moment = opportunity.model_dump_json(), now.timestamp()
    row = {
        "id": opportunity.id,
        "deal_id": judged.deal.id,
        "feed_id": select(deals.c.feed_id).where(deals.c.id == judged.deal.id).scalar_subquery(),
        "body": body,
        "discount": opportunity.discount,
        "expires": seconds_of(opportunity.deal.expires),
        "dismissed": False,
        "alerted": judged.is_alert,
        "created": moment,
        "product": opportunity.product,
    }
    await connection.execute(insert(opportunities).values(row))
    await note_matches(connection, opportunity, now)
    if judged.is_alert:
        await connection.execute(insert(outbox).values(opportunity_id=opportunity.id, body=body, created=moment))
        await note_alert(connection, judged, now)
    return judged.is_alert
