"""The cache keeps to its bounds: by number, by size, by age and by use."""

import random
import threading

from common.ttl_cache import TtlCache


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def held(cache: TtlCache[str, bytes], *keys: str) -> list[bool]:
    return [cache.get(key) is not None for key in keys]


def filled(cache: TtlCache[str, bytes], *keys: str, size: int = 100) -> TtlCache[str, bytes]:
    for key in keys:
        cache.put(key, b"x" * size)
    return cache


def test_what_was_put_is_found_until_its_time_is_over() -> None:
    clock = Clock()
    cache = filled(TtlCache[str, bytes](10, 60.0, size=1000, size_of=len, clock=clock), "a")
    clock.now += 59.9
    assert (cache.get("a"), cache.get("b")) == (b"x" * 100, None)
    assert (len(cache), cache.used) == (1, 100)
    clock.now += 0.1
    assert cache.get("a") is None
    assert (len(cache), cache.used) == (0, 0)


def test_what_is_put_again_lives_anew_and_counts_once() -> None:
    clock = Clock()
    cache = filled(TtlCache[str, bytes](10, 60.0, size=1000, size_of=len, clock=clock), "a", "a")
    clock.now += 50
    filled(cache, "a", size=300)
    clock.now += 50
    assert held(cache, "a") == [True]
    assert (len(cache), cache.used) == (1, 300)


def test_past_the_number_of_items_the_least_recently_used_goes() -> None:
    cache = filled(TtlCache[str, bytes](2, 60.0), "a", "b")
    assert held(cache, "a") == [True]
    assert held(filled(cache, "c"), "a", "b", "c") == [True, False, True]


def test_past_the_size_the_least_recently_used_go_and_what_is_larger_than_all_is_not_kept() -> None:
    cache = filled(TtlCache[str, bytes](100, 60.0, size=250, size_of=len), "a", "b")
    assert held(cache, "a") == [True]
    assert held(filled(cache, "c"), "a", "b", "c") == [True, False, True]
    assert held(filled(cache, "huge", size=251), "huge", "a", "c") == [False, True, True]
    assert held(filled(cache, "a", size=251), "a") == [False], "the former value is not the answer any more"


def test_without_room_nothing_is_kept() -> None:
    assert held(filled(TtlCache[str, bytes](0, 60.0), "a"), "a") == [False]


def test_what_is_dropped_is_gone_and_dropping_what_is_not_there_is_nothing() -> None:
    cache = filled(TtlCache[str, bytes](2, 60.0), "a")
    cache.drop("a")
    cache.drop("b")
    assert held(cache, "a") == [False]


def test_threads_do_not_disturb_each_other() -> None:
    cache = TtlCache[str, bytes](50, 0.001, size=2000, size_of=len)
    failures: list[Exception] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for _ in range(3000):
                filled(cache, str(chance.randrange(200)), size=chance.randrange(100))
                held(cache, str(chance.randrange(200)))
                assert len(cache) <= 50
                assert cache.used <= 2000
        except Exception as exc:  # noqa: BLE001 (a thread's failure must reach the test)
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
