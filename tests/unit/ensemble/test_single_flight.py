"""The same question at the same time is answered once, and nobody suffers from who else asked."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ensemble.single_flight import SingleFlight


class Work:
    """Counts how often it was begun and cancelled; ends when `gate` opens, with `error` if there is one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.gate, self.error, self.begun, self.cancelled = asyncio.Event(), error, 0, 0

    async def __call__(self) -> int:
        self.begun += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error:
            raise self.error
        return self.begun


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await scenario()

    asyncio.run(bounded())


async def started(
    flights: SingleFlight[int], work: Work, *keys: str, seconds: float = 5.0
) -> list["asyncio.Task[tuple[int, bool]]"]:
    tasks = [asyncio.create_task(flights.run(key, work, seconds)) for key in keys]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


def test_those_who_ask_the_same_share_one_computation() -> None:
    async def scenario() -> None:
        flights, work = SingleFlight[int](), Work()
        tasks = await started(flights, work, "a", "a", "b", "a")
        work.gate.set()
        assert [joined for _, joined in await asyncio.gather(*tasks)] == [False, True, False, True]
        assert work.begun == 2

    run(scenario)


def test_nothing_is_kept_afterwards() -> None:
    async def scenario() -> None:
        flights, work = SingleFlight[int](), Work()
        work.gate.set()
        assert await flights.run("a", work, 5.0) == (1, False)
        assert await flights.run("a", work, 5.0) == (2, False)

    run(scenario)


@pytest.mark.parametrize("who", [0, 1])
def test_cancelling_one_does_not_cancel_the_others(who: int) -> None:
    async def scenario() -> None:
        flights, work = SingleFlight[int](), Work()
        tasks = await started(flights, work, "a", "a", "a")
        tasks[who].cancel()
        await asyncio.sleep(0.01)
        work.gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(each, BaseException) for each in results] == [number == who for number in range(3)]
        assert work.cancelled == 0

    run(scenario)


def test_when_all_have_left_the_computation_ends() -> None:
    async def scenario() -> None:
        flights, work = SingleFlight[int](), Work()
        tasks = await started(flights, work, "a", "a")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)
        assert work.cancelled == 1
        (task,) = await started(flights, work, "a")
        work.gate.set()
        assert await task == (2, False)

    run(scenario)


def test_an_error_is_shared_by_those_who_waited_and_not_by_those_who_come_later() -> None:
    async def scenario() -> None:
        flights, work = SingleFlight[int](), Work(error=ValueError("no"))
        tasks = await started(flights, work, "a", "a")
        work.gate.set()
        assert [type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)] == [ValueError, ValueError]
        work.error = None
        assert await flights.run("a", work, 5.0) == (2, False)

    run(scenario)


def test_one_who_joins_waits_no_longer_than_his_own_time() -> None:
    async def scenario() -> None:
        flights, work = SingleFlight[int](), Work()
        (first,) = await started(flights, work, "a")
        with pytest.raises(TimeoutError):
            await flights.run("a", work, 0.05)
        work.gate.set()
        assert await first == (1, False)

    run(scenario)


def test_nobody_joins_a_computation_that_is_about_to_give_up() -> None:
    async def scenario() -> None:
        flights, work = SingleFlight[int](), Work()
        hurried = await started(flights, work, "a", seconds=0.5)
        patient = await started(flights, work, "a", seconds=10.0)
        work.gate.set()
        assert [joined for _, joined in await asyncio.gather(*hurried, *patient)] == [False, False]

    run(scenario)
