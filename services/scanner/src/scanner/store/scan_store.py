"""Keeps the record of scans, and forgets what is too old to matter."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import PART, delete_part
from common.errors import NotFoundError
from scanner.history.ledger import LONGEST
from scanner.store.corrections.review_store import close_old
from scanner.store.history.tally_store import forget_offers
from scanner.store.retention import Retention
from scanner.store.schema import deals, moment_of, outbox, plans, scans


class ScanStore:
    """The scans table."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock, retention: Retention) -> None:
        self._engine, self._writing, self._retention = engine, writing, retention

    async def begin(self, scan_id: str, now: datetime) -> None:
        """A scan starts."""
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(insert(scans).values(id=scan_id, state="running", started=now.timestamp()))

    async def ask(self, scan_id: str, feeds: frozenset[int], now: datetime) -> None:
        """A scan of these feeds is wanted of whoever leads."""
        async with self._writing, self._engine.begin() as connection:
            values = {"id": scan_id, "state": "asked", "started": now.timestamp(), "report": {"asked": sorted(feeds)}}
            await connection.execute(insert(scans).values(values))

    async def take_asked(self, now: datetime) -> dict[str, frozenset[int]]:
        """Scans that others were asked for run from now on: their ids, and the feeds of each."""
        query = select(scans.c.id, scans.c.report).where(scans.c.state == "asked").order_by(scans.c.started).with_for_update()
        async with self._writing, self._engine.begin() as connection:
            found = {row.id: frozenset(row.report["asked"]) for row in await connection.execute(query)}
            if found:
                running = {"state": "running", "started": now.timestamp(), "report": None}
                await connection.execute(update(scans).where(scans.c.id.in_(found)).values(running))
        return found

    async def finish(self, scan_id: str, state: str, report: Mapping[str, Any], now: datetime) -> None:
        """A scan ended, as done or failed."""
        async with self._writing, self._engine.begin() as connection:
            values = {"state": state, "report": dict(report), "finished": now.timestamp()}
            await connection.execute(update(scans).where(scans.c.id == scan_id).values(values))

    async def add_pricing(self, found: Mapping[str, int], remaining: Mapping[str, Any]) -> None:
        """Deals of the newest finished scan were priced after it: add the counts `found`, replace what is `remaining`."""
        newest = select(scans).where(scans.c.state == "done").order_by(scans.c.started.desc()).limit(1)
        async with self._writing, self._engine.begin() as connection:
            row = (await connection.execute(newest)).first()
            if row is not None:
                counts = {name: row.report.get(name, 0) + count for name, count in found.items()}
                report = {**row.report, **counts, **remaining}
                await connection.execute(update(scans).where(scans.c.id == row.id).values(report=report))

    async def interrupt_running(self, now: datetime) -> None:
        """At start: what was running when the process ended runs no longer."""
        async with self._writing, self._engine.begin() as connection:
            ended = {"state": "interrupted", "finished": now.timestamp()}
            await connection.execute(update(scans).where(scans.c.state == "running").values(ended))

    async def get(self, scan_id: str) -> dict[str, Any]:
        """State, times and report of a scan. NotFoundError where there is none."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(scans).where(scans.c.id == scan_id))).first()
        if row is None:
            raise NotFoundError(f"there is no scan {scan_id[:60]}")
        return _scan(row)

    async def newest(self, limit: int) -> list[dict[str, Any]]:
        """The last scans, newest first."""
        query = select(scans).order_by(scans.c.started.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [_scan(row) for row in await connection.execute(query)]

    async def prune(self, now: datetime) -> None:
        """Forget what is kept no longer, in parts, between which others write. What hangs on a deal goes with it."""
        async with self._writing, self._engine.begin() as connection:
            await close_old(connection, now)
        kept, moment = self._retention, now.timestamp()
        for table, since, keep in (
            (scans, scans.c.started, kept.scans),
            (plans, plans.c.created, kept.scans),
            (outbox, outbox.c.sent, kept.sent),
            (deals, deals.c.last_seen, kept.deals),
        ):
            deleted = PART
            while deleted == PART:
                async with self._writing, self._engine.begin() as connection:
                    deleted = await delete_part(connection, table, since < moment - keep.total_seconds())
        while await self._forget_offers(moment - kept.offers.total_seconds(), moment - LONGEST.total_seconds()):
            pass

    async def _forget_offers(self, before: float, told_since: float) -> int:
        async with self._writing, self._engine.begin() as connection:
            return await forget_offers(connection, before, told_since)


def _scan(row: Row[Any]) -> dict[str, Any]:
    finished = None if row.finished is None else moment_of(row.finished).isoformat()
    times = {"started": moment_of(row.started).isoformat(), "finished": finished}
    if row.state == "asked":  # for who waits it is one that runs
        return {"id": row.id, "state": "running", **times, "feeds": []}
    return {"id": row.id, "state": row.state, **times, "feeds": []} | (row.report or {})
