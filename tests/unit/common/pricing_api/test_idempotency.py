"""One answer for each key and body; a failure frees the key; nobody finds another caller's answer; memory is bounded."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from common import request_context
from common.errors import ConflictError, DeadlineExceededError, InvalidInputError, UnavailableError
from common.pricing_api.idempotency import AnswerStore, Entry, Made, MemoryAnswers, SharedAnswers, answer_once, key_of


class Work:
    """Answers with a number that grows."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> Made:
        self.times += 1
        return Made(str(self.times).encode())


class DyingStore:
    """A shared store that can go away."""

    def __init__(self) -> None:
        self.is_away, self.answers = False, MemoryAnswers()

    async def claim(self, key: str, fingerprint: str) -> Entry | None:
        self._check()
        return await self.answers.claim(key, fingerprint)

    async def keep(self, key: str, fingerprint: str, answer: bytes) -> None:
        self._check()
        await self.answers.keep(key, fingerprint, answer)

    async def release(self, key: str) -> None:
        self._check()
        await self.answers.release(key)

    def _check(self) -> None:
        if self.is_away:
            raise UnavailableError("away")


def ask(store: AnswerStore, work: Callable[[], Awaitable[Made]], *, key: str = "k", body: bytes = b"{}") -> tuple[bytes, bool]:
    return asyncio.run(answer_once(store, key, body, work))


def test_a_repetition_gets_the_first_answer() -> None:
    store, work = MemoryAnswers(), Work()
    assert [ask(store, work) for _ in range(3)] == [(b"1", False), (b"1", True), (b"1", True)]
    assert ask(store, work, key="other") == (b"2", False)


def test_another_body_under_the_same_key_is_refused() -> None:
    store, work = MemoryAnswers(), Work()
    ask(store, work)
    with pytest.raises(InvalidInputError) as caught:
        ask(store, work, body=b"[]")
    assert (caught.value.field, work.times) == ("Idempotency-Key", 1)


def test_a_repetition_while_the_first_is_under_way_is_sent_away() -> None:
    async def scene() -> None:
        store, gate = MemoryAnswers(), asyncio.Event()

        async def slow() -> Made:
            await gate.wait()
            return Made(b"done")

        first = asyncio.create_task(answer_once(store, "k", b"{}", slow))
        await asyncio.sleep(0)
        with pytest.raises(ConflictError) as caught:
            await answer_once(store, "k", b"{}", slow)
        assert caught.value.retry_after
        with pytest.raises(InvalidInputError):
            await answer_once(store, "k", b"other", slow)
        gate.set()
        assert await first == (b"done", False)
        assert await answer_once(store, "k", b"{}", slow) == (b"done", True)

    asyncio.run(scene())


def test_a_failure_or_a_caller_who_leaves_frees_the_key() -> None:
    async def fail() -> Made:
        raise UnavailableError("no")

    async def leave() -> Made:
        raise asyncio.CancelledError

    store, work = MemoryAnswers(), Work()
    for failing, error in ((fail, UnavailableError), (leave, asyncio.CancelledError)):
        with pytest.raises(error):
            ask(store, failing)
    assert ask(store, work) == (b"1", False)


def test_work_ends_with_its_request_and_frees_the_key() -> None:
    """What still went on after its claim could be done a second time."""
    store, work = MemoryAnswers(), Work()

    async def endless() -> Made:
        await asyncio.sleep(60)
        raise AssertionError

    async def run() -> None:
        request_context.deadline.set(time.monotonic() + 0.05)
        with pytest.raises(DeadlineExceededError):
            await answer_once(store, "k", b"{}", endless)

    asyncio.run(run())
    assert ask(store, work) == (b"1", False)


def test_what_another_try_may_better_is_given_and_not_kept() -> None:
    answers = iter([Made(b"half", is_complete=False), Made(b"whole")])

    async def better() -> Made:
        return next(answers)

    store = SharedAnswers(DyingStore(), MemoryAnswers())
    assert [ask(store, better) for _ in range(3)] == [(b"half", False), (b"whole", False), (b"whole", True)]


def test_an_answer_is_forgotten_after_its_time() -> None:
    now = [0.0]
    store, work = MemoryAnswers(10, clock=lambda: now[0]), Work()
    ask(store, work)
    now[0] = 10.5
    assert ask(store, work) == (b"2", False)


def test_memory_keeps_the_newest_within_its_bytes() -> None:
    async def large() -> Made:
        return Made(b"x" * 40)

    store = MemoryAnswers(max_bytes=100)
    for number in range(5):
        ask(store, large, key=f"k{number}")
    assert [ask(store, large, key=f"k{number}")[1] for number in (4, 3)] == [True, True]
    assert not ask(store, large, key="k0")[1]


@pytest.mark.parametrize("moment", ["before", "between"])
def test_a_store_that_dies_costs_no_answer(moment: str) -> None:
    shared = DyingStore()
    store = SharedAnswers(shared, MemoryAnswers())

    async def dying() -> Made:
        shared.is_away = True
        return Made(b"first")

    shared.is_away = moment == "before"
    assert ask(store, dying) == (b"first", False)
    assert ask(store, dying) == (b"first", True)


def test_two_replicas_share_answers() -> None:
    shared, work = DyingStore(), Work()
    one, two = (SharedAnswers(shared, MemoryAnswers()) for _ in range(2))
    assert [ask(each, work) for each in (one, two, one)] == [(b"1", False), (b"1", True), (b"1", True)]


def test_a_quoted_key_and_a_bare_one_are_the_same_and_callers_are_apart() -> None:
    assert key_of('"8e03978e-40d5"', "shop", "/p") == key_of(" 8e03978e-40d5 ", "shop", "/p")
    assert len({key_of("k", "shop", "/p"), key_of("k", "other", "/p"), key_of("k", "shop", "/q"), key_of("j", "shop", "/p")}) == 4


@pytest.mark.parametrize("header", ["", '""', '"', "a b", "ü", '"a"b', "x" * 256, "a\x00"])
def test_a_malformed_key_is_refused(header: str) -> None:
    with pytest.raises(InvalidInputError):
        key_of(header, "shop", "/p")
