"""The relay sends in order, keeps what could not be sent, and survives outages."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry

from scanner.deal_data import OutboxRow
from scanner.metrics import ScannerMetrics
from scanner.outbox_relay import OutboxRelay
from tests.unit.scanner.fakes import FakeStream, until


class FakeOutbox:
    """Rows in memory."""

    def __init__(self, count: int) -> None:
        self.rows = [OutboxRow(n, f"body {n}") for n in range(count)]

    async def unsent(self, limit: int) -> list[OutboxRow]:
        return self.rows[:limit]

    async def mark_sent(self, ids: Sequence[int], now: datetime) -> None:
        self.rows = [row for row in self.rows if row.id not in ids]

    async def count_unsent(self) -> int:
        return len(self.rows)


class FullOutbox(FakeOutbox):
    """Cannot mark, as a locked database cannot."""

    async def mark_sent(self, ids: Sequence[int], now: datetime) -> None:
        raise OSError("database is locked")


def test_all_rows_are_sent_in_order() -> None:
    outbox, stream = FakeOutbox(250), FakeStream()
    relay = OutboxRelay(outbox, stream, asyncio.Event(), ScannerMetrics())
    assert asyncio.run(relay.drain()) == 250
    assert [row.id for row in stream.rows] == list(range(250))
    assert outbox.rows == []


def test_an_outage_of_the_stream_loses_nothing() -> None:
    async def run() -> None:
        outbox, stream, registry = FakeOutbox(3), FakeStream(down=True), CollectorRegistry()
        relay = OutboxRelay(outbox, stream, asyncio.Event(), ScannerMetrics(registry))
        relay.start()

        async def is_down() -> bool:
            return registry.get_sample_value("scanner_outbox_pending") == 3.0

        await until("the waiting rows are counted", is_down)
        assert registry.get_sample_value("scanner_stream_up") == 0.0
        assert len(outbox.rows) == 3
        stream.down = False

        async def is_sent() -> bool:
            return [row.id for row in stream.rows] == [0, 1, 2] and not outbox.rows

        await until("the rows are sent", is_sent)
        await relay.stop()

    asyncio.run(run())


def test_an_unforeseen_failure_does_not_end_the_relay() -> None:
    async def run() -> None:
        outbox, stream = FullOutbox(1), FakeStream()
        relay = OutboxRelay(outbox, stream, asyncio.Event(), ScannerMetrics())
        relay.start()

        async def was_tried_twice() -> bool:
            return len(stream.rows) >= 2

        await until("it was tried again", was_tried_twice)
        await relay.stop()

    asyncio.run(run())
