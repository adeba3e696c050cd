"""Keeps what people say of deals, one verdict of each that counts, with its history; it outlives the deals."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import parts
from common.deals import Opportunity
from common.errors import NotFoundError
from scanner.drift.coverage import Found
from scanner.feedback.verdict import WRONG_PRICE, Kept, Subject, Verdict
from scanner.review.pick import Pick
from scanner.review.review_data import ANSWERED
from scanner.store.corrections.correction_store import deal_now, put_price
from scanner.store.corrections.review_store import ask_again, close_replaced
from scanner.store.page import decode_cursor, encode_cursor
from scanner.store.revision_store import withdraw_of_deal
from scanner.store.schema import deals, feedback, moment_of, opportunities

_COUNTS = feedback.c.replaced.is_(None)
_PART = 200  # rows that are read at a time
_IS_OF_DEAL = feedback.c.deal_id == deals.c.id, feedback.c.deal_key == deals.c.key  # numbers come again in an emptied table
# The verdict that counts, of a row of deals.
VERDICT_OF_DEAL = select(feedback.c.verdict).where(*_IS_OF_DEAL, _COUNTS).limit(1).scalar_subquery()


class FeedbackStore:
    """The feedback table. Deals are named by number, or by their opportunity's id. `on_outbox`: after new outbox rows."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock, on_outbox: Callable[[], None]) -> None:
        self._engine, self._writing, self._on_outbox = engine, writing, on_outbox

    async def subject(self, of: int | str) -> Subject:
        """The deal with what was published of it; NotFoundError."""
        is_it = deals.c.id == of if isinstance(of, int) else opportunities.c.id == of
        columns = select(deals.c.id, opportunities.c.body, opportunities.c.alerted)
        query = columns.outerjoin(opportunities, opportunities.c.deal_id == deals.c.id).where(is_it)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
            deal = row and await deal_now(connection, row.id)
        if row is None or deal is None:
            raise NotFoundError(f"there is no {'deal' if isinstance(of, int) else 'opportunity'} {str(of)[:60]}")
        return Subject(deal, Opportunity.model_validate_json(row.body) if row.body else None, bool(row.alerted))

    async def current(self, of: int | str) -> Kept | None:
        """The verdict that counts of a deal; None where nobody said anything."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(feedback).where(_COUNTS, _is_of(of)))).first()
        return None if row is None else _kept(row)

    async def current_or_missing(self, of: int | str) -> Kept:
        """The same; NotFoundError where there is none."""
        if (found := await self.current(of)) is None:
            raise NotFoundError(f"nobody said anything of {str(of)[:60]}")
        return found

    async def put(self, subject: Subject, verdict: Verdict, said: dict[str, Any], change: tuple[Pick | None, datetime]) -> Kept:
        """Keep a verdict, and give the deal the price that follows from it, all or nothing. `change`: that price, and now."""
        pick, now = change
        row = {
            "deal_id": subject.deal.id,
            "deal_key": subject.deal.facts["key"],
            "opportunity_id": subject.opportunity.id if subject.opportunity else None,
            "verdict": verdict.kind,
            "price": verdict.price,
            "worth": verdict.worth,
            "note": verdict.note,
            "said": said,
            "created": now.timestamp(),
        }
        async with self._writing, self._engine.begin() as connection:
            await _end(connection, _is_of(subject.deal.id), now)
            result = await connection.execute(insert(feedback).values(row))
            (number,) = result.inserted_primary_key or (0,)
            is_doubted = verdict.kind == WRONG_PRICE or pick is not None
            revised = is_doubted and await _correct(connection, subject.deal.id, pick, now)
        if revised:
            self._on_outbox()
        return Kept(number, subject.deal.id, row["opportunity_id"], verdict, said, now)

    async def take_back(self, former: Kept, pick: Pick | None, now: datetime) -> None:
        """It counts no longer; the deal gets its former price again."""
        async with self._writing, self._engine.begin() as connection:
            await _end(connection, feedback.c.id == former.id, now)
            revised = pick is not None and await _correct(connection, former.deal_id, pick, now)
        if revised:
            self._on_outbox()

    async def page(self, cursor: str | None, limit: int, *, history: bool) -> tuple[list[Kept], str | None]:
        """Newest first; with `history`, also what counts no longer."""
        query = select(feedback).order_by(feedback.c.id.desc()).limit(limit + 1)
        query = query if history else query.where(_COUNTS)
        if cursor is not None:
            (last,) = decode_cursor(cursor, int)
            query = query.where(feedback.c.id < last)
        async with self._engine.connect() as connection:
            found = [_kept(row) for row in await connection.execute(query)]
        return found[:limit], encode_cursor(found[limit - 1].id) if len(found) > limit else None

    async def of(self, opportunities: Sequence[str]) -> dict[str, str]:
        """The verdicts that count, by opportunity, as far as a person gave one."""
        query = select(feedback.c.opportunity_id, feedback.c.verdict).where(_COUNTS)
        found: dict[str, str] = {}
        async with self._engine.connect() as connection:
            for part in parts(opportunities):
                rows = await connection.execute(query.where(feedback.c.opportunity_id.in_(part)))
                found |= {row.opportunity_id: row.verdict for row in rows}
        return found

    async def worths(self, since: datetime) -> dict[str, Found]:
        """What people said since a moment that deals are worth, with the interval that had been told of each."""
        query = select(feedback).where(_COUNTS, feedback.c.worth.is_not(None), feedback.c.created >= since.timestamp())
        async with self._engine.connect() as connection:
            kept = [_kept(row) for row in await connection.execute(query)]
        found = ((each.opportunity_id or str(each.deal_id), _found(each)) for each in kept)
        return {name: each for name, each in found if each}

    async def counts(self) -> dict[str, int]:
        """How many verdicts of each kind count."""
        query = select(feedback.c.verdict, func.count()).where(_COUNTS).group_by(feedback.c.verdict)
        async with self._engine.connect() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def each(self) -> AsyncIterator[Kept]:
        """All that count, the oldest first, read part by part."""
        last = 0
        while True:
            query = select(feedback).where(_COUNTS, feedback.c.id > last).order_by(feedback.c.id).limit(_PART)
            async with self._engine.connect() as connection:
                part = [_kept(row) for row in await connection.execute(query)]
            for kept in part:
                yield kept
                last = kept.id
            if len(part) < _PART:
                return


async def _correct(connection: AsyncConnection, deal_id: int, pick: Pick | None, now: datetime) -> bool:
    """Withdraw an alert at a price that is wrong, until it is judged at the right one; whether an outbox row was written."""
    deal = await deal_now(connection, deal_id)
    if deal is not None and pick is not None:
        await put_price(connection, deal, pick, now)
        await close_replaced(connection, deal_id, ANSWERED, now)
        if pick.state == "review":
            await ask_again(connection, deal_id)
    return await withdraw_of_deal(connection, deal_id, "its price was read wrong", now)


async def _end(connection: AsyncConnection, which: ColumnElement[bool], now: datetime) -> None:
    await connection.execute(update(feedback).where(_COUNTS, which).values(replaced=now.timestamp()))


def _is_of(of: int | str) -> ColumnElement[bool]:
    if isinstance(of, str):
        return feedback.c.opportunity_id == of
    key = select(deals.c.key).where(deals.c.id == of).scalar_subquery()
    return (feedback.c.deal_id == of) & (feedback.c.deal_key == key)


def _found(kept: Kept) -> Found | None:
    worth, low, high = kept.verdict.worth, kept.said.get("low"), kept.said.get("high")
    return None if worth is None or low is None or high is None else Found(worth, low, high)


def _kept(row: Row[Any]) -> Kept:
    verdict = Verdict(row.verdict, row.price, row.worth, row.note)
    replaced = None if row.replaced is None else moment_of(row.replaced)
    return Kept(row.id, row.deal_id, row.opportunity_id, verdict, row.said, moment_of(row.created), replaced)
