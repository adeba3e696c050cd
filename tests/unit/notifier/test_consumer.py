"""The reader over a fake stream: a bound on what is in flight, and no entry lost to a failure of anything."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from common.errors import UnavailableError
from notifier.consumer import Consumer
from notifier.entry_handler import Verdict
from notifier.stream_data import StreamEntry, StreamLag
from tests.unit.notifier.samples import FakeStream, until

DONE, DEAD = Verdict(is_over=True), Verdict(is_over=True, reason="malformed")


class NoCounts:
    def buried(self) -> None:
        pass

    def lag(self, lag: StreamLag) -> None:
        pass


def entry(number: int, fields: Mapping[bytes, bytes] | None = None) -> StreamEntry:
    return StreamEntry(f"{number}-0", {b"opportunity": b"%d" % number} if fields is None else fields)


def consume(
    stream: FakeStream, handle: Callable[[Mapping[bytes, bytes]], Awaitable[Verdict]], end: Callable[[], object], in_flight: int = 8
) -> Consumer:
    async def scenario() -> Consumer:
        consumer = Consumer(stream, handle, NoCounts(), in_flight=in_flight)
        running = asyncio.create_task(consumer.run())
        await until(end)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await consumer.stop()
        return consumer

    return asyncio.run(scenario())


async def accept(_: Mapping[bytes, bytes]) -> Verdict:
    return DONE


def test_entries_are_acknowledged_after_their_outcome() -> None:
    stream = FakeStream(entry(1), entry(2))
    assert consume(stream, accept, lambda: len(stream.acknowledged) == 2).problem == ""


def test_no_more_are_read_than_may_be_in_flight() -> None:
    stream = FakeStream(*(entry(number) for number in range(1, 30)))
    started: list[bytes] = []

    async def never(fields: Mapping[bytes, bytes]) -> Verdict:
        started.append(fields[b"opportunity"])
        await asyncio.Event().wait()
        return DONE

    consume(stream, never, lambda: len(started) == 3, in_flight=3)
    assert len(stream.given) == 3
    assert len(stream.waiting) == 26


def test_an_entry_whose_handling_fails_is_tried_again() -> None:
    stream, tries = FakeStream(entry(1)), list[int]()

    async def fails_once(_: Mapping[bytes, bytes]) -> Verdict:
        tries.append(1)
        if len(tries) == 1:
            raise UnavailableError("the database failed")
        return DONE

    consume(stream, fails_once, lambda: stream.acknowledged)
    assert len(tries) == 2


def test_a_lost_acknowledgement_is_given_again() -> None:
    stream, verdicts = FakeStream(entry(1)), list[Verdict]()

    async def accept_and_lose_redis(_: Mapping[bytes, bytes]) -> Verdict:
        stream.failures = 0 if verdicts else 1
        verdicts.append(DONE)
        return DONE

    consume(stream, accept_and_lose_redis, lambda: stream.acknowledged == ["1-0"])
    assert len(verdicts) == 2


def test_a_dead_verdict_buries() -> None:
    stream = FakeStream(entry(1), entry(2))

    async def first_is_dead(fields: Mapping[bytes, bytes]) -> Verdict:
        return DEAD if fields[b"opportunity"] == b"1" else DONE

    consume(stream, first_is_dead, lambda: stream.acknowledged and stream.buried)
    assert (stream.buried, stream.acknowledged) == (["1-0"], ["2-0"])


def test_what_was_ours_comes_back_after_a_reconnection() -> None:
    stream = FakeStream(failures=2)
    stream.given = {"1-0": entry(1)}
    consume(stream, accept, lambda: stream.acknowledged == ["1-0"])
    assert stream.joins == 3


def test_an_entry_that_was_trimmed_meanwhile_is_acknowledged() -> None:
    stream = FakeStream()
    stream.given = {"1-0": entry(1, {})}
    consume(stream, accept, lambda: stream.acknowledged == ["1-0"])
