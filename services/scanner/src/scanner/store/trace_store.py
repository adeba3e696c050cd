"""Keeps when a scan's steps were, for as long as the scan, and finds what came of the items that it brought."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.errors import NotFoundError
from scanner.store.page import Page, decode_cursor, encode_cursor
from scanner.store.schema import deals, moment_of, opportunities, outbox, outbox_entries, scan_traces, scans


class TraceStore:
    """The table of traces, beside those of scans and deals."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def record(self, scan_id: str, begun: float, taken: float, trace: Mapping[str, Any]) -> None:
        """Keep a scan's trace. `begun`..`taken`: seconds since the epoch between which its items were taken in."""
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(insert(scan_traces).values(scan_id=scan_id, begun=begun, taken=taken, trace=dict(trace)))

    async def read(self, scan_id: str, cursor: str | None, limit: int) -> tuple[dict[str, Any], Page]:
        """Spans, and when it really began; and what the scan took in and what came of each, in the order in which that was.

        NotFoundError where there is none: an earlier version scanned, or it still goes on.
        """
        async with self._engine.connect() as connection:
            row = await _of(connection, scan_id)
            query = _ITEMS.where(deals.c.first_seen >= row.begun, deals.c.first_seen <= row.taken).order_by(deals.c.id)
            if cursor is not None:
                (last,) = decode_cursor(cursor, int)
                query = query.where(deals.c.id > last)
            rows = list(await connection.execute(query.limit(limit + 1)))
        following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
        kept = {"begun": moment_of(row.begun).isoformat(), **row.trace}
        return kept, Page([_item(each) for each in rows[:limit]], following)


_ITEMS: Select[Any] = (
    select(
        deals.c.id,
        deals.c.title,
        deals.c.feed,
        deals.c.price,
        deals.c.currency,
        deals.c.state,
        deals.c.reason,
        deals.c.why_no_news,
        deals.c.answer,
        opportunities.c.id.label("opportunity"),
        opportunities.c.alerted,
        outbox.c.created.label("queued"),
        outbox.c.sent.label("stored"),
        outbox_entries.c.appended.label("published"),
    )
    .outerjoin(opportunities, opportunities.c.deal_id == deals.c.id)
    .outerjoin(outbox, outbox.c.opportunity_id == opportunities.c.id)
    .outerjoin(outbox_entries, outbox_entries.c.outbox_id == outbox.c.id)
)


async def _of(connection: AsyncConnection, scan_id: str) -> Row[Any]:
    row = (await connection.execute(select(scan_traces).where(scan_traces.c.scan_id == scan_id))).first()
    if row is not None:
        return row
    known = await connection.scalar(select(scans.c.state).where(scans.c.id == scan_id))
    why = "the scan is still under way" if known == "running" else "of this scan no steps were kept"
    raise NotFoundError(f"there is no scan {scan_id[:60]}" if known is None else why)


def _item(row: Row[Any]) -> dict[str, Any]:
    answer = row.answer or {}
    moments = {name: None if value is None else moment_of(value).isoformat() for name, value in _moments(row).items()}
    return {
        "deal": row.id,
        "title": row.title[:200],
        "feed": row.feed,
        "price": row.price,
        "currency": row.currency,
        "state": row.state,
        "reason": row.reason or row.why_no_news,
        "worth": answer.get("worth"),
        "saving": answer.get("saving"),
        "chance": answer.get("chance"),
        "pricers": [{"pricer": each["pricer"], "price": each["price"], "ms": each["ms"]} for each in _estimates(answer)],
        "opportunity": row.opportunity,
        "alerted": bool(row.alerted),
        **moments,
    }


def _moments(row: Row[Any]) -> dict[str, float | None]:
    return {"queued": row.queued, "published": row.published, "stored": row.stored}


def _estimates(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each pricer said, in the judgement's price."""
    return (answer.get("answer") or {}).get("estimates") or []
