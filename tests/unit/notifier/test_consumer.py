"""The reader over a fake stream: stored, then acknowledged, and no entry lost to a failure of anything."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from common.errors import UnavailableError
from notifier.consumer import Consumer
from notifier.entry_handler import Verdict
from notifier.stream_data import StreamEntry, StreamLag
from tests.unit.notifier.samples import FakeStream
from tests.waiting import eventually

Handle = Callable[[Sequence[StreamEntry]], Awaitable[Sequence[Verdict]]]


class NoCounts:
    def buried(self) -> None:
        pass

    def lag(self, lag: StreamLag) -> None:
        pass

    def stream(self, *, is_up: bool) -> None:
        pass


def entry(number: int, fields: Mapping[bytes, bytes] | None = None) -> StreamEntry:
    return StreamEntry(f"{number}-0", {b"opportunity": b"%d" % number} if fields is None else fields)


def consume(stream: FakeStream, handle: Handle, end: Callable[[], object]) -> Consumer:
    async def scenario() -> Consumer:
        consumer = Consumer(stream, handle, NoCounts())
        running = asyncio.create_task(consumer.run())
        await eventually(end)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await consumer.stop()
        return consumer

    return asyncio.run(scenario())


async def accept(entries: Sequence[StreamEntry]) -> list[Verdict]:
    return [Verdict(entry, stored=entry.fields[b"opportunity"].decode()) for entry in entries]


def test_entries_are_acknowledged_after_they_were_stored_and_reported() -> None:
    stream = FakeStream(entry(1), entry(2))
    assert consume(stream, accept, lambda: len(stream.acknowledged) == 2).problem == ""
    assert stream.stored == ["1", "2"]


def test_an_entry_is_acknowledged_in_no_other_order() -> None:
    stream, acknowledged_before = FakeStream(entry(1)), list[list[str]]()

    async def look(entries: Sequence[StreamEntry]) -> list[Verdict]:
        if entries:
            acknowledged_before.append(list(stream.acknowledged))
        return await accept(entries)

    consume(stream, look, lambda: stream.acknowledged)
    assert acknowledged_before == [[]]


def test_entries_that_could_not_be_stored_are_taken_up_again() -> None:
    stream, tries = FakeStream(entry(1)), list[int]()

    async def fails_once(entries: Sequence[StreamEntry]) -> list[Verdict]:
        tries.append(len(entries))
        if len(tries) == 1:
            raise UnavailableError("the database failed")
        return await accept(entries)

    consume(stream, fails_once, lambda: stream.acknowledged)
    assert tries[:2] == [1, 1]
    assert stream.joins == 2


def test_a_lost_acknowledgement_is_given_again() -> None:
    stream, seen = FakeStream(entry(1)), list[int]()

    async def accept_and_lose_redis(entries: Sequence[StreamEntry]) -> list[Verdict]:
        stream.failures = 0 if seen else 1
        seen.append(len(entries))
        return await accept(entries)

    consume(stream, accept_and_lose_redis, lambda: stream.acknowledged == ["1-0"])
    assert len(seen) == 2


def test_a_verdict_with_a_reason_buries() -> None:
    stream = FakeStream(entry(1), entry(2))

    async def first_is_malformed(entries: Sequence[StreamEntry]) -> list[Verdict]:
        return [Verdict(each, reason="malformed") if each.id == "1-0" else Verdict(each, stored="2") for each in entries]

    consume(stream, first_is_malformed, lambda: stream.acknowledged and stream.buried)
    assert (stream.buried, stream.acknowledged, stream.stored) == (["1-0"], ["2-0"], ["2"])


def test_what_was_ours_comes_back_after_a_reconnection() -> None:
    stream = FakeStream(failures=2)
    stream.given = {"1-0": entry(1)}
    consume(stream, accept, lambda: stream.acknowledged == ["1-0"])
    assert stream.joins == 3


def test_an_entry_that_was_trimmed_meanwhile_is_acknowledged() -> None:
    stream = FakeStream()
    stream.given = {"1-0": entry(1, {})}
    consume(stream, accept, lambda: stream.acknowledged == ["1-0"])
    assert stream.stored == []


def test_it_ends_where_a_library_tells_an_error_in_the_place_of_the_cancellation() -> None:
    stream, under_way = FakeStream(entry(1)), list[int]()

    async def cleans_up_badly(entries: Sequence[StreamEntry]) -> list[Verdict]:
        under_way.append(len(entries))
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise UnavailableError("the database failed: the connection is closed") from None
        return await accept(entries)

    async def scenario() -> bool:
        running = asyncio.create_task(Consumer(stream, cleans_up_badly, NoCounts()).run())
        await eventually(lambda: under_way)
        running.cancel()
        await asyncio.wait([running], timeout=20)
        return running.cancelled()

    assert asyncio.run(scenario())
    assert not stream.acknowledged
