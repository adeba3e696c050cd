"""The memory cache keeps to its bounds, and its keys tell apart what is priced apart."""

import asyncio

import pytest

from common.pricing import PriceRequest
from ensemble.cache import MemoryCache, key_of


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def filled(cache: MemoryCache, *keys: str, size: int = 100) -> MemoryCache:
    for key in keys:
        asyncio.run(cache.put({key: b"x" * size}))
    return cache


def held(cache: MemoryCache, *keys: str) -> list[bool]:
    return [each is not None for each in asyncio.run(cache.get(keys))]


def test_what_was_put_is_found_until_its_time_is_over() -> None:
    clock = Clock()
    cache = filled(MemoryCache(10, 10_000, ttl=60, clock=clock), "a")
    clock.now = 59.9
    assert asyncio.run(cache.get(["a", "b"])) == [b"x" * 100, None]
    clock.now = 60.0
    assert held(cache, "a") == [False]
    assert (len(cache), cache.used) == (0, 0)


def test_past_the_number_of_items_the_least_recently_used_goes() -> None:
    cache = filled(MemoryCache(2, 10_000, ttl=60), "a", "b")
    assert held(cache, "a") == [True]
    assert held(filled(cache, "c"), "a", "b", "c") == [True, False, True]


def test_past_the_bytes_the_oldest_go_and_what_is_larger_than_all_is_not_kept() -> None:
    cache = filled(MemoryCache(100, 1000, ttl=60), "a", "b", "c")
    assert held(cache, "a", "b", "c") == [False, True, True]
    assert cache.used <= 1000
    assert held(filled(cache, "huge", size=5000), "huge") == [False]


def test_an_entry_that_is_put_again_counts_once() -> None:
    cache = filled(MemoryCache(10, 10_000, ttl=60), "a", "a", "a")
    used = cache.used
    assert (len(cache), used) == (1, filled(MemoryCache(10, 10_000, ttl=60), "b").used)


LAMP = PriceRequest(description="A lamp,\n8 W", title="Lamp", category="Home")


@pytest.mark.parametrize(
    "same",
    [
        PriceRequest(description="A  lamp, 8 W ", title="Lamp", category="Home"),
        PriceRequest(description="A lamp,\t8\u00a0W", title=" Lamp", category="Home"),
    ],
)
def test_white_space_does_not_tell_requests_apart(same: PriceRequest) -> None:
    assert key_of(LAMP, ["v1"]) == key_of(same, ["v1"])


def test_where_the_first_line_ends_does_since_pricers_take_it_for_the_name() -> None:
    ends = ("\n", " ", "\u2028")  # the last ends a line for the specialist alone
    told = [PriceRequest(description=f"Acme phone{end}black, 128 GB") for end in ends]
    told += [PriceRequest(description="Acme phone black,\n128 GB")]
    told += [PriceRequest(title=f"Acme phone{end}black", description="128 GB") for end in ends[:2]]
    assert len({key_of(each, []) for each in told}) == len(told)
    same = PriceRequest(description="Acme  phone\r\n\r\nblack,\n128 GB")
    assert key_of(same, []) == key_of(told[0], [])


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert key_of(PriceRequest(description="Caf\u00e9"), []) == key_of(PriceRequest(description="Cafe\u0301"), [])


@pytest.mark.parametrize(
    "other",
    [
        PriceRequest(description="a lamp, 8 W", title="Lamp", category="Home"),
        PriceRequest(description="A lamp, 8 W", title="Lamp"),
        PriceRequest(description="A lamp, 8 W", category="Home"),
        PriceRequest(description="Lamp A lamp, 8 W", category="Home"),
        PriceRequest(description="A lamp, 8 W", title="Home", category="Lamp"),
    ],
)
def test_case_title_and_category_do(other: PriceRequest) -> None:
    assert key_of(LAMP, ["v1"]) != key_of(other, ["v1"])


def test_so_do_the_versions_of_the_models() -> None:
    assert key_of(LAMP, ["ensemble@1", "specialist=a"]) != key_of(LAMP, ["ensemble@1", "specialist=b"])
