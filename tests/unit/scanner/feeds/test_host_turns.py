"""A host is asked once at a time and not too often; hosts do not wait for each other."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from scanner.feeds.host_turns import HostTurns, host_of


class Clock:
    """Time that passes where somebody sleeps. Timers ring a little too early."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(seconds - 0.001, 0.0005)
        await asyncio.sleep(0)


def test_a_host_is_asked_one_request_at_a_time_with_a_gap_from_start_to_start() -> None:
    clock, starts = Clock(), list[float]()
    turns = HostTurns(0.5, clock, clock.sleep)

    async def ask(url: str) -> None:
        async with turns.of(url):
            starts.append(clock.now)
            await clock.sleep(0.1)

    async def run() -> None:
        await asyncio.gather(*(ask(f"https://Shop.example:{port}/{port}") for port in (1, 2, 443)))

    asyncio.run(run())
    assert [round(after - before, 6) >= 0.5 for before, after in itertools.pairwise(starts)] == [True, True]


def test_a_slow_answer_is_waited_for_and_then_no_gap_is_left() -> None:
    clock = Clock()
    turns = HostTurns(0.5, clock, clock.sleep)

    async def run() -> tuple[float, float]:
        async with turns.of("https://slow.example/"):
            clock.now += 3.0
        ended = clock.now
        async with turns.of("https://slow.example/"):
            return ended, clock.now

    ended, began = asyncio.run(run())
    assert began == ended


def test_another_host_does_not_wait_and_one_that_fails_gives_its_turn_on() -> None:
    turns = HostTurns(gap=0.0)

    @asynccontextmanager
    async def failing() -> AsyncIterator[None]:
        try:
            async with turns.of("https://a.example/"):
                yield
                raise ConnectionError
        except ConnectionError:
            pass

    async def run() -> None:
        async with asyncio.timeout(5), failing(), turns.of("https://b.example/"):
            pass
        async with asyncio.timeout(5), turns.of("https://a.example/"):
            pass

    asyncio.run(run())


def test_one_who_is_cancelled_while_it_waits_leaves_the_line() -> None:
    turns = HostTurns(gap=0.0)

    async def wait() -> None:
        async with turns.of("https://a.example/"):
            raise AssertionError("it was not its turn")

    async def run() -> None:
        async with turns.of("https://a.example/"):
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(5), turns.of("https://a.example/"):
            pass

    asyncio.run(run())


def test_hosts_at_which_nobody_waits_are_forgotten() -> None:
    clock = Clock()
    turns = HostTurns(0.5, clock, clock.sleep)

    async def run() -> None:
        for number in range(3_000):
            async with turns.of(f"https://{number}.example/"):
                clock.now += 1.0

    asyncio.run(run())
    assert len(turns._hosts) <= 1_000


def test_a_host_is_known_by_its_name() -> None:
    assert [host_of(each) for each in ("https://A.example.:8443/x", "demo", "http://[bad", "http://[::1]:9/")] == [
        "a.example",
        "",
        "",
        "::1",
    ]
