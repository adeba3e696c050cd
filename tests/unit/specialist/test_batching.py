"""Concurrent callers share batches; each gets its own answers, once, in order, or an error that says when to come back."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import request_context
from common.errors import DeadlineExceededError, OverloadedError, UnavailableError
from common.http.metrics import Metrics
from specialist.batching import Batcher, Limits, Rate
from specialist.metrics import BatchingMetrics
from tests.waiting import eventually

PATIENCE = 20.0  # seconds until a hanging test is given up


class Doubler:
    """Doubles numbers. With `gate` closed a computation waits until it is opened, and tells that it began."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate, self.began = threading.Event(), threading.Semaphore(0)
        self.gate.set()
        self.most_at_once = self.at_once = 0
        self.lock = threading.Lock()

    def __call__(self, items: Sequence[int]) -> list[int]:
        with self.lock:
            self.batches.append(list(items))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.began.release()
        assert self.gate.wait(PATIENCE)
        with self.lock:
            self.at_once -= 1
        if -1 in items:
            raise ValueError("poison")
        return [2 * item for item in items]


def run(case: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(PATIENCE):
            await case()

    asyncio.run(limited())


async def busy(batcher: Batcher[int, int], doubler: Doubler, item: int = 0) -> "asyncio.Task[list[int | Exception]]":
    """A computation that is under way and waits for the gate."""
    doubler.gate.clear()
    task = asyncio.create_task(batcher.submit([item]))
    while not doubler.began.acquire(blocking=False):  # noqa: ASYNC110 (it is a thread that is waited for)
        await asyncio.sleep(0.001)
    return task


def counted(metrics: BatchingMetrics, reason: str) -> float:
    return float(metrics.rejected.labels(reason)._value.get())


def test_a_lone_request_is_computed_at_once() -> None:
    async def case() -> None:
        doubler = Doubler()
        assert await Batcher(doubler, Limits(batch=8)).submit([21]) == [42]
        assert doubler.batches == [[21]]

    run(case)


def test_what_arrives_during_a_computation_forms_the_next_batch() -> None:
    async def case() -> None:
        doubler = Doubler()
        batcher = Batcher(doubler, Limits(batch=8))
        first = await busy(batcher, doubler)
        rest = [asyncio.create_task(batcher.submit([item])) for item in range(1, 6)]
        await eventually(lambda: len(batcher.queue) == 5)
        doubler.gate.set()
        assert await first == [0]
        assert [await task for task in rest] == [[2], [4], [6], [8], [10]]
        assert doubler.batches == [[0], [1, 2, 3, 4, 5]]

    run(case)


def test_a_second_worker_starts_on_a_full_batch_alone() -> None:
    async def case() -> None:
        doubler = Doubler()
        batcher = Batcher(doubler, Limits(batch=3, workers=2))
        tasks = [await busy(batcher, doubler)]
        tasks += [asyncio.create_task(batcher.submit([item])) for item in (1, 2)]
        await eventually(lambda: len(batcher.queue) == 2)
        assert len(doubler.batches) == 1
        tasks.append(asyncio.create_task(batcher.submit([3])))
        await eventually(lambda: len(doubler.batches) == 2)
        doubler.gate.set()
        await asyncio.gather(*tasks)
        assert doubler.batches == [[0], [1, 2, 3]]
        assert doubler.most_at_once == 2

    run(case)


def test_of_two_devices_neither_is_idle_while_something_waits() -> None:
    async def case() -> None:
        doubler = Doubler()
        batcher = Batcher(doubler, Limits(batch=3, workers=4, devices=2))
        first, second = await busy(batcher, doubler), await busy(batcher, doubler, 1)
        waiting = asyncio.create_task(batcher.submit([2, 3]))
        await asyncio.sleep(0.02)
        assert doubler.batches == [[0], [1]], "both devices compute: a part of a batch waits for company"
        whole = asyncio.create_task(batcher.submit([4]))
        await eventually(lambda: len(doubler.batches) == 3)
        assert sorted(doubler.batches[2]) == [2, 3, 4], "a whole one is tokenised meanwhile"
        doubler.gate.set()
        assert await asyncio.gather(first, second, waiting, whole) == [[0], [2], [4, 6], [8]]

    run(case)


def test_a_large_request_goes_in_slices_and_single_ones_pass_it() -> None:
    async def case() -> None:
        doubler = Doubler()
        batcher = Batcher(doubler, Limits(batch=4))
        first = await busy(batcher, doubler)
        large = asyncio.create_task(batcher.submit(range(100, 120)))
        await eventually(lambda: len(batcher.queue) == 20)
        single = asyncio.create_task(batcher.submit([7]))
        await eventually(lambda: len(batcher.queue) == 21)
        doubler.gate.set()
        assert await large == [2 * item for item in range(100, 120)]
        assert (await single, await first) == ([14], [0])
        assert 7 in doubler.batches[1]
        assert max(map(len, doubler.batches)) <= 4

    run(case)


def test_a_poisonous_item_fails_alone() -> None:
    async def case() -> None:
        doubler = Doubler()
        found = await Batcher(doubler, Limits(batch=8)).submit([1, -1, 3])
        assert isinstance(found[1], ValueError)
        assert [found[0], found[2]] == [2, 6]
        assert doubler.batches == [[1, -1, 3], [1], [-1], [3]]

    run(case)


def test_a_poisonous_item_does_not_harm_another_caller() -> None:
    async def case() -> None:
        doubler = Doubler()
        batcher = Batcher(doubler, Limits(batch=8))
        first = await busy(batcher, doubler)
        bad, good = asyncio.create_task(batcher.submit([-1])), asyncio.create_task(batcher.submit([4]))
        await eventually(lambda: len(batcher.queue) == 2)
        doubler.gate.set()
        assert isinstance((await bad)[0], ValueError)
        assert (await good, await first) == ([8], [0])

    run(case)


def test_an_error_of_the_service_fails_the_batch_without_trying_each_item() -> None:
    calls = []

    def down(items: Sequence[int]) -> list[int]:
        calls.append(len(items))
        raise UnavailableError("the peer is away")

    async def case() -> None:
        found = await Batcher(down, Limits(batch=8)).submit([1, 2, 3])
        assert [type(each) for each in found] == [UnavailableError] * 3
        assert calls == [3]

    run(case)


def test_a_wrong_number_of_results_is_an_error_not_a_mix_up() -> None:
    async def case() -> None:
        found = await Batcher[int, int](lambda items: list(items)[1:], Limits()).submit([1, 2])
        assert [type(each) for each in found] == [RuntimeError, RuntimeError]

    run(case)


def test_past_the_bound_a_request_is_sent_away_with_the_time_the_queue_needs() -> None:
    async def case() -> None:
        doubler = Doubler()
        metrics = BatchingMetrics()
        batcher = Batcher(doubler, Limits(batch=2, queue=10), metrics)
        first = await busy(batcher, doubler)
        waiting = asyncio.create_task(batcher.submit(range(8)))
        await eventually(lambda: len(batcher.queue) == 8)
        batcher.rate.items, batcher.rate.seconds = 2.0, 1.0
        with pytest.raises(OverloadedError, match="8 items wait already") as refused:
            await batcher.submit([1, 2, 3])
        assert refused.value.retry_after == pytest.approx(4.0)
        assert counted(metrics, "full") == 3
        assert len(batcher.queue) == 8
        doubler.gate.set()
        await asyncio.gather(first, waiting)

    run(case)


def test_a_cancelled_request_is_never_computed() -> None:
    async def case() -> None:
        doubler, metrics = Doubler(), BatchingMetrics()
        batcher = Batcher(doubler, Limits(batch=4), metrics)
        first = await busy(batcher, doubler)
        leaving = [asyncio.create_task(batcher.submit(items)) for items in ([5], range(50, 60))]
        staying = asyncio.create_task(batcher.submit([6]))
        await eventually(lambda: len(batcher.queue) == 12)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        assert len(batcher.queue) == 1
        doubler.gate.set()
        await asyncio.gather(first, staying)
        assert doubler.batches == [[0], [6]]
        assert counted(metrics, "gone") == 11

    run(case)


def test_a_request_that_waits_too_long_is_told_so_and_not_computed() -> None:
    async def case() -> None:
        doubler = Doubler()
        batcher = Batcher(doubler, Limits(batch=4, wait=0.05))
        first = await busy(batcher, doubler)
        with pytest.raises(DeadlineExceededError, match="waited too long") as late:
            await batcher.submit([9])
        assert late.value.retry_after is not None
        doubler.gate.set()
        assert await first == [0], "what was under way in time gets its answer"
        assert doubler.batches == [[0]]

    run(case)


def test_the_callers_deadline_ends_a_request_that_is_half_done() -> None:
    async def case() -> None:
        doubler = Doubler()
        batcher = Batcher(doubler, Limits(batch=2))
        doubler.gate.clear()

        async def hurried() -> list[int | Exception]:
            request_context.deadline.set(asyncio.get_running_loop().time() + 0.05)
            return await batcher.submit(range(10))

        with pytest.raises(DeadlineExceededError, match="before the deadline"):
            await asyncio.create_task(hurried())
        assert len(batcher.queue) == 0
        doubler.gate.set()
        assert await batcher.submit([3]) == [6]
        assert doubler.batches == [[0, 1], [3]]

    run(case)


def test_one_callers_deadline_and_id_do_not_reach_the_computation_of_others() -> None:
    seen = []

    def look(items: Sequence[int]) -> Sequence[int]:
        seen.append((request_context.request_id.get(), request_context.deadline.get()))
        return items

    async def case() -> None:
        request_context.request_id.set("abc")
        request_context.deadline.set(asyncio.get_running_loop().time() + PATIENCE)
        await Batcher(look, Limits()).submit([1])

    run(case)
    assert seen == [(None, None)]


def test_closing_lets_what_waits_finish_and_takes_no_more() -> None:
    async def case() -> None:
        doubler = Doubler()
        batcher = Batcher(doubler, Limits(batch=2))
        tasks = [await busy(batcher, doubler), *(asyncio.create_task(batcher.submit([item])) for item in (1, 2, 3))]
        await eventually(lambda: len(batcher.queue) == 3)
        closing = asyncio.create_task(batcher.aclose(PATIENCE))
        await eventually(lambda: batcher._is_closing)
        doubler.gate.set()
        await closing
        assert [await task for task in tasks] == [[0], [2], [4], [6]]
        with pytest.raises(UnavailableError, match="shutting down"):
            await batcher.submit([4])

    run(case)


def test_closing_does_not_wait_for_ever() -> None:
    async def case() -> None:
        doubler = Doubler()
        batcher = Batcher(doubler, Limits(batch=1))
        under_way = await busy(batcher, doubler)
        waiting = asyncio.create_task(batcher.submit([1]))
        await eventually(lambda: len(batcher.queue) == 1)
        await batcher.aclose(drain=0.01)
        for task in (under_way, waiting):
            with pytest.raises(UnavailableError, match="shutting down"):
                await task
        doubler.gate.set()
        await eventually(lambda: not batcher._running)
        assert doubler.batches == [[0]]

    run(case)


def test_nothing_in_gives_nothing_out() -> None:
    run_nothing = Doubler()

    async def case() -> None:
        assert await Batcher(run_nothing, Limits()).submit([]) == []

    run(case)
    assert run_nothing.batches == []


REQUESTS = st.lists(st.tuples(st.lists(st.integers(-1, 50), min_size=1, max_size=12), st.integers(0, 3)), max_size=12)


@settings(max_examples=40, deadline=None)
@given(REQUESTS, st.integers(1, 6), st.integers(1, 3))
def test_every_caller_gets_its_own_results_once_and_in_order(asked: list[tuple[list[int], int]], size: int, workers: int) -> None:
    doubler = Doubler()

    async def one(batcher: Batcher[int, int], items: list[int], turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        found = await batcher.submit(items)
        assert [None if isinstance(each, ValueError) else each for each in found] == [None if i == -1 else 2 * i for i in items]

    async def case() -> None:
        batcher = Batcher(doubler, Limits(batch=size, workers=workers))
        await asyncio.gather(*(one(batcher, items, turns) for items, turns in asked))
        assert len(batcher.queue) == 0

    run(case)
    assert doubler.most_at_once <= workers
    assert all(len(batch) <= size for batch in doubler.batches)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 12), max_size=20), st.integers(1, 20))
def test_never_more_wait_than_the_bound_and_each_is_answered_or_refused(sizes: list[int], bound: int) -> None:
    doubler = Doubler()

    async def case() -> None:
        batcher = Batcher(doubler, Limits(batch=4, queue=bound))
        first = await busy(batcher, doubler)
        tasks = [asyncio.create_task(batcher.submit([1] * size)) for size in sizes]
        await asyncio.sleep(0)
        assert len(batcher.queue) <= bound
        doubler.gate.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, OverloadedError) or each == [2] * size for each, size in zip(found, sizes, strict=True))
        assert sum(not isinstance(each, OverloadedError) for each in found) >= any(size <= bound for size in sizes)
        await first

    run(case)


def test_overlapping_batches_count_their_time_once() -> None:
    rate = Rate()
    assert rate.per_second == 0.0
    rate.note(10, started=0.0, ended=1.0)
    rate.note(10, started=0.5, ended=2.0)
    assert rate.per_second == pytest.approx(10.0)
    rate.note(10, started=100.0, ended=101.0)  # idle time in between is not work
    assert rate.per_second == pytest.approx(10.0)


def test_sizes_waits_and_refusals_show_in_the_exposition() -> None:
    metrics = Metrics()

    async def case() -> None:
        batcher = Batcher(Doubler(), Limits(batch=4, queue=4), BatchingMetrics(metrics.registry))
        await batcher.submit([1, 2, 3])
        with pytest.raises(OverloadedError):
            await batcher.submit(range(5))

    run(case)
    shown = metrics.exposition().decode()
    assert 'batch_items_bucket{le="4.0"} 1.0' in shown
    assert "batch_wait_seconds_count 3.0" in shown
    assert 'batch_rejected_items_total{reason="full"} 5.0' in shown
    assert "batch_queue_items 0.0" in shown
