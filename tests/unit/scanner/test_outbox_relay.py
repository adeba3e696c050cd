"""The relay sends in order, keeps what could not be sent, survives outages, and closes a row only when a notifier has stored it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from prometheus_client import CollectorRegistry

from scanner.deal_data import OutboxRow
from scanner.metrics import ScannerMetrics
from scanner.outbox_relay import CHECK, AppendedRow, OutboxRelay
from tests.unit.scanner.fakes import FakeStream, until


class FakeOutbox:
    """Rows in memory; the opportunity of row n is "o-n"."""

    def __init__(self, count: int) -> None:
        self.rows = [OutboxRow(n, f"body {n}") for n in range(1, count + 1)]
        self.entries: dict[int, str] = {}

    async def unsent(self, limit: int) -> list[OutboxRow]:
        return [row for row in self.rows if row.id not in self.entries][:limit]

    async def appended(self, after: int, limit: int) -> list[AppendedRow]:
        found = [row for row in self.rows if row.id in self.entries and row.id > after]
        return [AppendedRow(row.id, f"o-{row.id}", self.entries[row.id]) for row in found[:limit]]

    async def mark_appended(self, entries: Sequence[tuple[int, str]], now: datetime) -> None:
        self.entries |= dict(entries)

    async def mark_lost(self, ids: Sequence[int]) -> None:
        self.entries = {each: entry for each, entry in self.entries.items() if each not in ids}

    async def mark_sent(self, ids: Sequence[int], now: datetime) -> None:
        self.rows = [row for row in self.rows if row.id not in ids]

    async def count_unsent(self) -> int:
        return len(self.rows)


class FullOutbox(FakeOutbox):
    """Cannot mark, as a locked database cannot."""

    async def mark_appended(self, entries: Sequence[tuple[int, str]], now: datetime) -> None:
        raise OSError("database is locked")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def relay_of(outbox: FakeOutbox, stream: FakeStream, clock: Clock | None = None) -> OutboxRelay:
    return OutboxRelay(outbox, stream, asyncio.Event(), ScannerMetrics(), clock or Clock())


def ids(stream: FakeStream) -> list[int]:
    return [row.id for row in stream.rows]


def test_all_rows_are_appended_in_order_and_stay_open() -> None:
    outbox, stream = FakeOutbox(250), FakeStream()
    relay = relay_of(outbox, stream)
    assert asyncio.run(relay.drain()) == 250
    assert ids(stream) == list(range(1, 251))
    assert len(outbox.rows) == 250
    assert asyncio.run(relay.drain()) == 0


def test_a_row_is_closed_when_a_notifier_has_stored_it() -> None:
    outbox, stream = FakeOutbox(250), FakeStream()
    relay = relay_of(outbox, stream)
    asyncio.run(relay.turn())
    stream.stored_ids = {"o-3", "o-249", "of somebody else"}
    assert asyncio.run(relay.confirm()) == 2
    assert len(outbox.rows) == 248
    assert not {3, 249} & {row.id for row in outbox.rows}
    assert stream.stored_ids == {"of somebody else"}


def test_what_a_server_that_started_anew_has_forgotten_is_appended_again_at_once() -> None:
    outbox, stream = FakeOutbox(3), FakeStream()
    relay = relay_of(outbox, stream)
    asyncio.run(relay.turn())
    stream.stored_ids = {"o-1"}
    stream.forget()
    asyncio.run(relay.turn())
    assert ids(stream) == [1, 2, 3, 2, 3]
    assert len(stream.entries) == 2


def test_what_a_flush_took_is_appended_again_after_a_while() -> None:
    outbox, stream, clock = FakeOutbox(2), FakeStream(), Clock()
    relay = relay_of(outbox, stream, clock)
    asyncio.run(relay.turn())
    stream.entries.clear()
    asyncio.run(relay.turn())
    assert ids(stream) == [1, 2]
    clock.now += CHECK
    asyncio.run(relay.turn())
    assert ids(stream) == [1, 2, 1, 2]


def test_what_waits_in_the_stream_is_not_appended_twice_however_long_nobody_reads() -> None:
    outbox, stream, clock = FakeOutbox(2), FakeStream(), Clock()
    relay = relay_of(outbox, stream, clock)
    for _ in range(10):
        asyncio.run(relay.turn())
        clock.now += CHECK
    assert ids(stream) == [1, 2]


def test_what_the_stream_has_no_room_for_waits_in_the_outbox() -> None:
    outbox, stream = FakeOutbox(120), FakeStream(capacity=110)
    relay = relay_of(outbox, stream)
    asyncio.run(relay.turn())
    assert len(stream.rows) == 110
    stream.entries.clear()  # read, and trimmed
    stream.stored_ids = {f"o-{n}" for n in range(1, 111)}
    asyncio.run(relay.turn())
    assert ids(stream) == list(range(1, 121))


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
            return ids(stream) == [1, 2, 3] and len(outbox.entries) == 3

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


def test_a_row_bears_the_trace_that_led_to_it_into_the_stream() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    outbox, stream = FakeOutbox(2), FakeStream()
    outbox.rows[0] = replace(outbox.rows[0], traceparent=trace)
    asyncio.run(relay_of(outbox, stream).turn())
    assert [row.traceparent for row in stream.rows] == [trace, None]
