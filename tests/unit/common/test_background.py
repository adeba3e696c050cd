"""Background work: started once, ended for certain whoever is cancelled meanwhile, kept alive, and heard of when it fails."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine
from contextvars import ContextVar

import pytest
import structlog
from structlog.typing import EventDict

from common import background
from common.background import BackgroundTask, TaskSet, end, heed_cancellation

WHO = ContextVar("WHO", default="nobody")


class Work:
    """Goes on until it is cancelled, and then needs `turns` turns of the event loop to end well."""

    def __init__(self, turns: int = 0) -> None:
        self.turns, self.begun, self.ended, self.cancellations = turns, 0, 0, 0
        self.seen: list[str] = []

    async def run(self) -> None:
        self.begun += 1
        self.seen.append(WHO.get())
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancellations += 1
            for _ in range(self.turns):
                await asyncio.sleep(0)
            self.ended += 1
            raise


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def logged(case: Callable[[], Coroutine[None, None, None]]) -> list[EventDict]:
    with structlog.testing.capture_logs() as found:
        asyncio.run(case())
    return found


def test_it_runs_until_it_is_stopped_and_stop_waits_for_its_end() -> None:
    work = Work(turns=5)

    async def case() -> None:
        task = BackgroundTask("work", work.run)
        task.start()
        await turns()
        assert (task.is_running, work.begun, work.ended) == (True, 1, 0)
        await task.stop()
        assert (task.is_running, work.ended) == (False, 1)

    assert logged(case) == []


def test_stopping_one_that_was_never_started_or_has_ended_does_nothing() -> None:
    work = Work()

    async def case() -> None:
        task = BackgroundTask("work", work.run)
        await task.stop()
        assert not task.is_running
        task.start()
        await turns()
        await task.stop()
        await task.stop()

    assert logged(case) == []
    assert (work.begun, work.cancellations) == (1, 1)


def test_two_who_stop_it_at_once_both_wait_for_its_end() -> None:
    work = Work(turns=5)

    async def case() -> None:
        task = BackgroundTask("work", work.run)
        task.start()
        await turns()

        async def stop() -> int:
            await task.stop()
            return work.ended

        assert await asyncio.gather(stop(), stop()) == [1, 1]

    asyncio.run(case())


def test_it_runs_once_at_a_time_and_may_begin_anew() -> None:
    work = Work()

    async def case() -> None:
        task = BackgroundTask("work", work.run)
        task.start()
        task.start()
        await turns()
        assert work.begun == 1
        await task.stop()
        task.start()
        await turns()
        assert (work.begun, task.is_running) == (2, True)
        await task.stop()

    asyncio.run(case())


def test_a_caller_who_is_cancelled_leaves_after_the_tasks_end_and_disturbs_it_no_further() -> None:
    work = Work(turns=10)

    async def case() -> None:
        task = BackgroundTask("work", work.run)
        task.start()
        await turns()
        stopping = asyncio.create_task(task.stop())
        await turns()
        stopping.cancel()
        await turns()
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        assert (stopping.cancelled(), work.cancellations, work.ended) == (True, 1, 1)

    asyncio.run(case())


def test_a_deadline_around_stop_is_kept_after_the_tasks_end() -> None:
    work = Work(turns=10)

    async def case() -> None:
        task = BackgroundTask("work", work.run)
        task.start()
        await turns()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await task.stop()
        assert work.ended == 1

    asyncio.run(case())


def test_a_failure_is_logged_with_its_name_and_its_traceback() -> None:
    error = ValueError("odd row")

    async def fail() -> None:
        raise error

    async def case() -> None:
        task = BackgroundTask("relay", fail)
        task.start()
        await turns()
        assert not task.is_running
        await task.stop()

    (line,) = logged(case)
    assert line == {
        "event": "background_task_ended",
        "log_level": "error",
        "task": "relay",
        "why": "ValueError('odd row')",
        "exc_info": error,
    }


def test_a_failure_while_it_is_being_stopped_is_logged_and_stops_nobody() -> None:
    async def fail_at_the_end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("disk full")

    async def case() -> None:
        task = BackgroundTask("relay", fail_at_the_end)
        task.start()
        await turns()
        await task.stop()

    assert [line["why"] for line in logged(case)] == ["OSError('disk full')"]


def test_an_end_by_the_cancellation_of_what_it_waited_for_is_logged() -> None:
    async def wait_for_a_cancelled_one() -> None:
        other = asyncio.get_running_loop().create_future()
        other.cancel()
        await other

    async def case() -> None:
        task = BackgroundTask("relay", wait_for_a_cancelled_one)
        task.start()
        await turns()

    (line,) = logged(case)
    assert (line["event"], line["task"], line["log_level"]) == ("background_task_ended", "relay", "error")


def test_work_that_returns_has_done_what_there_was_to_do() -> None:
    async def case() -> None:
        task = BackgroundTask("once", turns)
        task.start()
        await turns(5)
        assert not task.is_running
        await task.stop()

    assert logged(case) == []


def test_a_background_task_knows_nothing_of_the_request_that_started_it_and_one_of_a_set_does() -> None:
    beside, within = Work(), Work()

    async def case() -> None:
        WHO.set("a request")
        task, tasks = BackgroundTask("beside", beside.run), TaskSet()
        task.start()
        tasks.start("within", within.run())
        await turns()
        await task.stop()
        await tasks.stop()

    asyncio.run(case())
    assert (beside.seen, within.seen) == (["nobody"], ["a request"])


def test_tasks_that_nobody_else_holds_are_kept_while_they_run_and_let_go_afterwards() -> None:
    waited_for: weakref.WeakSet[asyncio.Future[int]] = weakref.WeakSet()
    done = list[int]()

    async def work() -> None:
        future = asyncio.get_running_loop().create_future()  # known to this task alone: both could be collected together
        waited_for.add(future)
        done.append(await future)

    async def case() -> None:
        task, tasks = BackgroundTask("one", work), TaskSet()
        task.start()
        for _ in range(3):
            tasks.start("one of a set", work())
        await turns()
        gc.collect()
        assert (len(waited_for), len(tasks)) == (4, 3)
        for future in waited_for:
            future.set_result(7)
        await turns()
        assert (done, task.is_running, len(tasks)) == ([7, 7, 7, 7], False, 0)

    asyncio.run(case())


def test_stopping_a_set_waits_for_the_end_of_all_and_names_those_that_fail() -> None:
    slow, quick = Work(turns=8), Work()

    async def fail() -> None:
        raise ValueError("odd row")

    async def case() -> None:
        tasks = TaskSet()
        await tasks.stop()
        for name, work in (("slow", slow.run()), ("quick", quick.run()), ("bad", fail())):
            tasks.start(name, work)
        await turns()
        assert len(tasks) == 2
        await tasks.stop()
        assert (len(tasks), slow.ended, quick.ended) == (0, 1, 1)

    assert [(line["task"], line["why"]) for line in logged(case)] == [("bad", "ValueError('odd row')")]


def test_ending_tasks_hides_their_errors_and_waits_for_those_that_end_slowly() -> None:
    work = Work(turns=5)

    async def fail() -> None:
        raise ValueError("odd row")

    async def case() -> None:
        await end([])
        tasks = [asyncio.create_task(work.run()), asyncio.create_task(fail()), asyncio.create_task(turns(0))]
        await turns()
        await end(tasks)
        assert [task.done() for task in tasks] == [True] * 3
        assert (tasks[0].cancelled(), tasks[2].cancelled(), work.ended) == (True, False, 1)

    asyncio.run(case())


def test_a_task_that_has_lost_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "AGAIN", 0.01)
    heard: list[int] = []

    async def loses_the_first() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard.append(1)
                if len(heard) > 1:
                    raise

    async def case() -> None:
        task = asyncio.create_task(loses_the_first())
        await asyncio.sleep(0)
        await end([task])
        assert task.cancelled()

    asyncio.run(case())
    assert len(heard) == 2


def test_a_loop_that_outlasts_failures_can_hear_that_it_was_cancelled() -> None:
    async def case() -> None:
        task = asyncio.current_task()
        assert task is not None
        heed_cancellation()  # nobody has cancelled it
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            heed_cancellation()
        task.uncancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(0)

    asyncio.run(case())
