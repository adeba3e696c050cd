"""What is tried again, after which pauses, and when there is an end."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.retry import Backoff, Judge, Retry, of_kinds


class PassingError(Exception):
    """Another try may succeed, after `asked` seconds."""

    def __init__(self, asked: float = 0.0) -> None:
        super().__init__(f"asked {asked}")
        self.asked = asked


def judge(error: Exception) -> float | None:
    return error.asked if isinstance(error, PassingError) else None


@dataclass
class Work:
    """Fails with each of the errors, then succeeds. Keeps the pauses that were taken, which take no time."""

    errors: list[Exception]
    tries: int = 0
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> int:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.tries

    async def later(self) -> int:
        return self()

    async def rest(self, seconds: float) -> None:
        self.pauses.append(seconds)


def sync(retry: Retry, work: Work, seconds: float = math.inf, note: Callable[[Exception, float], None] | None = None) -> int:
    return replace(retry, sleep=work.pauses.append).call(work, seconds, note)


def in_a_loop(retry: Retry, work: Work, seconds: float = math.inf, note: Callable[[Exception, float], None] | None = None) -> int:
    return asyncio.run(replace(retry, asleep=work.rest).acall(work.later, seconds, note))


How = Callable[..., int]
EVEN = Backoff(first=1.0, longest=5.0, growth=2.0, jitter=0.0)


@pytest.fixture(params=[sync, in_a_loop])
def how(request: pytest.FixtureRequest) -> How:
    made: How = request.param
    return made


def passing(times: int) -> list[Exception]:
    return [PassingError() for _ in range(times)]


def test_what_succeeds_is_done_once(how: How) -> None:
    work = Work([])
    assert how(Retry(judge), work) == 1
    assert work.pauses == []


def test_a_passing_failure_is_tried_again_after_pauses_that_grow_to_the_longest(how: How) -> None:
    work = Work(passing(5))
    assert how(Retry(judge, None, EVEN), work) == 6
    assert work.pauses == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_after_the_last_try_its_error_is_raised(how: How) -> None:
    work = Work([PassingError(), PassingError(), PassingError(0.125)])
    with pytest.raises(PassingError, match=r"0\.125"):
        how(Retry(judge, 3, EVEN), work)
    assert (work.tries, len(work.pauses)) == (3, 2)


def test_what_would_fail_again_is_raised_at_once(how: How) -> None:
    work = Work([PassingError(), ValueError("lasting"), PassingError()])
    with pytest.raises(ValueError, match="lasting"):
        how(Retry(judge, None, EVEN), work)
    assert work.tries == 2


def test_a_pause_is_no_shorter_than_the_peer_asks_for_and_at_most_a_tenth_longer(how: How) -> None:
    work = Work([PassingError(30.0), PassingError(0.5)])
    how(Retry(judge, None, EVEN), work)
    assert 30.0 <= work.pauses[0] <= 33.0
    assert work.pauses[1] == 2.0


def test_no_pause_is_begun_that_ends_after_the_deadline(how: How) -> None:
    work, started = Work([PassingError(), PassingError(60.0)]), time.monotonic()
    with pytest.raises(PassingError, match="60"):
        how(Retry(judge, None, EVEN), work, 50.0)
    assert work.pauses == [1.0]
    assert time.monotonic() - started < 30


def test_the_time_that_tries_take_counts(how: How) -> None:
    class Slow(Work):
        def __call__(self) -> int:
            time.sleep(0.02)
            return super().__call__()

    work = Slow(passing(9))
    with pytest.raises(PassingError):
        how(Retry(judge, None, replace(EVEN, first=0.0)), work, 0.01)
    assert work.tries == 1


def test_each_failure_that_another_try_follows_is_told_with_its_pause(how: How) -> None:
    told: list[tuple[str, float]] = []
    with pytest.raises(PassingError):
        how(Retry(judge, 3, EVEN), Work(passing(9)), note=lambda error, pause: told.append((str(error), pause)))
    assert told == [("asked 0.0", 1.0), ("asked 0.0", 2.0)]


def test_a_cancelled_try_is_not_repeated() -> None:
    work = Work([])

    async def scene() -> None:
        async def hang() -> None:
            work.tries += 1
            await asyncio.sleep(3600)

        task = asyncio.create_task(Retry(lambda _: 0.0, None).acall(hang))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scene())
    assert work.tries == 1


def test_kinds_of_failures_pass_with_their_subclasses() -> None:
    found: Judge = of_kinds(OSError, ValueError)
    assert [found(error) for error in (ConnectionError(), ValueError(), KeyError())] == [0.0, 0.0, None]


@given(st.integers(1, 10**9), st.floats(0, 100), st.floats(0, 1000), st.floats(1, 10), st.floats(0, 2), st.floats(0, 1e5))
def test_a_pause_lies_between_what_is_due_and_its_jitter(
    failures: int, first: float, longest: float, growth: float, jitter: float, asked: float
) -> None:
    pause = Backoff(first, longest, growth, jitter).pause(failures, asked)
    assert asked <= pause
    assert pause <= max(longest * (1 + jitter), asked * 1.1) + 1e-9
