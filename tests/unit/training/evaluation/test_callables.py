"""Functions of the user are pricers, and what is wrong with them is said clearly."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.errors import InvalidInputError, UnavailableError
from common.pricing import PriceRequest
from training.evaluation.callables import FromCallable, find_callable, wants_requests
from training.evaluation.pricers import Answer

LAMP = PriceRequest(title="Brass lamp", description="Warm light")


def ask(function: Callable[..., Any], count: int = 2) -> list[Answer]:
    return asyncio.run(FromCallable("python:m:f", function).answer([LAMP] * count))


def by_length(texts: list[str]) -> list[float]:
    return [float(len(text)) for text in texts]


def from_requests(requests: Sequence[PriceRequest]) -> list[tuple[float, float, float]]:
    return [(float(len(request.title or "")), 1, 99) for request in requests]


async def later(texts: list[str]) -> np.ndarray:
    await asyncio.sleep(0)
    return np.array([[7.0, 6.0, 8.0]] * len(texts))


class Model:
    def __call__(self, requests: list[PriceRequest]) -> list[tuple[float, None, None]]:
        return [(3.0, None, None) for _ in requests]


def test_texts_are_given_unless_requests_are_asked_for() -> None:
    assert ask(by_length) == [Answer(float(len("Brass lamp\nWarm light")))] * 2
    assert ask(from_requests) == [Answer(10.0, 1.0, 99.0)] * 2
    assert not wants_requests(by_length)
    assert wants_requests(Model())


def test_async_functions_objects_and_arrays_will_do() -> None:
    assert ask(later) == [Answer(7.0, 6.0, 8.0)] * 2
    assert ask(Model()) == [Answer(3.0)] * 2
    assert ask(lambda texts: np.arange(len(texts))) == [Answer(0.0), Answer(1.0)]


@pytest.mark.parametrize(
    ("results", "message"),
    [
        (["cheap", 1.0], "item 0 was priced with 'cheap': expected a price"),
        ([1.0], "returned 1 results for 2 items"),
        ([1.0, (1.0, 2.0)], "item 1 was priced with 2 numbers"),
        ([1.0, -1.0], "item 1 was priced with something else than prices"),
        ([1.0, float("nan")], "item 1 was priced with something else than prices"),
        ([1.0, (2.0, 3.0, 1.0)], "item 1 was given an interval that ends before it begins"),
        (None, "python:m:f raised TypeError"),
    ],
)
def test_results_that_are_no_prices_are_named(results: object, message: str) -> None:
    with pytest.raises(UnavailableError, match=message):
        ask(lambda _: results)


def test_what_a_function_raises_is_reported() -> None:
    def broken(_: list[str]) -> list[float]:
        raise KeyError("weights")

    with pytest.raises(UnavailableError, match="python:m:f raised KeyError: 'weights'"):
        ask(broken)


def test_a_plain_function_runs_beside_the_loop_and_one_call_at_a_time() -> None:
    running, most = 0, 0

    def slow(texts: list[str]) -> list[float]:
        nonlocal running, most
        assert threading.current_thread() is not threading.main_thread()
        running += 1
        most = max(most, running)
        time.sleep(0.02)
        running -= 1
        return [1.0] * len(texts)

    async def four() -> None:
        pricer = FromCallable("f", slow)
        await asyncio.gather(*(pricer.answer([LAMP]) for _ in range(4)))

    asyncio.run(four())
    assert most == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module:f", "cannot be found: No module named"),
        ("json:no_such_function", "cannot be found"),
        ("json", "cannot be found"),
        ("json.decoder:FLAGS", "is no function"),
        (":f", "cannot be found"),
    ],
)
def test_a_name_that_means_no_function_is_refused(name: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        find_callable(name)


def test_a_function_is_found_by_module_and_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_pricer.py").write_text(
        "class Deep:\n    @staticmethod\n    def price(texts):\n        return [5.0 for _ in texts]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert ask(find_callable("own_pricer:Deep.price")) == [Answer(5.0)] * 2
