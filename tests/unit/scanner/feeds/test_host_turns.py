"""One request at a time goes to a host, half a second after the last one began; other hosts wait for nobody."""

import asyncio
import itertools
import time

from scanner.feeds.host_turns import HostTurns


def test_requests_to_one_host_start_a_pause_apart_and_never_overlap() -> None:
    begun, running, most = list[float](), 0, 0

    async def ask(turns: HostTurns) -> None:
        nonlocal running, most
        async with turns.of("https://a.example/1"):
            begun.append(time.monotonic())
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1

    async def run() -> None:
        turns = HostTurns(pause=0.05)
        await asyncio.gather(*(ask(turns) for _ in range(4)))

    asyncio.run(run())
    assert most == 1
    assert all(later - earlier >= 0.049 for earlier, later in itertools.pairwise(begun))


def test_a_host_that_hangs_holds_no_other_up() -> None:
    async def run() -> bool:
        turns = HostTurns(pause=5.0)
        async with turns.of("https://a.example/1"), asyncio.timeout(1.0), turns.of("https://b.example/1"):
            return True

    assert asyncio.run(run())


def test_one_that_gives_up_waiting_leaves_the_turn_to_the_next() -> None:
    async def run() -> bool:
        turns = HostTurns(pause=0.0)
        async with turns.of("https://a.example/1"):
            waiting = asyncio.create_task(turns.of("https://a.example/2").__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        async with asyncio.timeout(1.0), turns.of("https://a.example/3"):
            return True

    assert asyncio.run(run())
