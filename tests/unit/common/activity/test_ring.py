"""What was told last is kept, numbered, and heard by whoever listens."""

import asyncio
import threading

import pytest

from common.activity.ring import Ring
from common.errors import OverloadedError


def ring_of(*things: str, kept: int = 1000) -> Ring[str]:
    ring: Ring[str] = Ring(kept)
    for thing in things:
        ring.add(lambda _, thing=thing: thing)
    return ring


def test_the_newest_are_given_without_an_id_and_what_came_since_with_one() -> None:
    ring = ring_of("a", "b", "c")
    newest, last = ring.after(None, 2)
    assert newest == ["b", "c"]
    ring.add(lambda _: "d")
    assert ring.after(last)[0] == ["d"]
    assert ring.after(ring.after(last)[1]) == ([], ring.last)


def test_a_reader_that_takes_little_at_a_time_misses_nothing() -> None:
    ring = ring_of("a", "b", "c")
    first, last = ring.after("00000000-0", 2)
    assert (first, ring.after(last, 2)[0]) == (["a", "b"], ["c"])


def test_an_id_of_another_start_gives_all_that_is_kept() -> None:
    assert ring_of("a", "b").after("0123abcd-7")[0] == ["a", "b"]


def test_the_oldest_go_first_and_keep_no_memory() -> None:
    ring = ring_of(*map(str, range(50)), kept=10)
    assert ring.after("00000000-0")[0] == [str(number) for number in range(40, 50)]


def test_a_listener_hears_what_is_told_from_any_thread() -> None:
    async def play() -> list[str]:
        ring = ring_of("before")
        with ring.listening() as following:
            waiting = asyncio.ensure_future(anext(following))
            await asyncio.sleep(0)
            thread = threading.Thread(target=lambda: ring.add(lambda _: "now"))
            thread.start()
            heard = [(await asyncio.wait_for(waiting, 2))[1]]
            thread.join()
            ring.add(lambda _: "then")
            heard.append((await asyncio.wait_for(anext(following), 2))[1])
        assert not ring._listeners
        return heard

    assert asyncio.run(play()) == ["now", "then"]


def test_a_listener_that_was_away_hears_what_it_missed() -> None:
    async def play() -> list[str]:
        ring = ring_of("a")
        seen = ring.last
        ring.add(lambda _: "b")
        ring.add(lambda _: "c")
        with ring.listening(seen) as following:
            return [(await asyncio.wait_for(anext(following), 2))[1] for _ in range(2)]

    assert asyncio.run(play()) == ["b", "c"]


def test_too_many_listeners_are_refused() -> None:
    async def play() -> None:
        ring: Ring[str] = Ring(most_listeners=1)
        with ring.listening(), pytest.raises(OverloadedError), ring.listening():
            raise AssertionError
        with ring.listening():
            pass

    asyncio.run(play())
