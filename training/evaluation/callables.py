"""Python functions as pricers: `python:package.module:function`.

The function takes a list of texts (title on the first line, the rest on the second) or, where its first parameter is annotated
with PriceRequest, a list of requests. It returns as many results in the same order, each a price or (price, low, high) in USD;
`async def` is awaited, anything else runs in a thread, one call at a time. Knows nothing of truths.
"""

import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from anyio import CapacityLimiter, to_thread

from common.errors import InvalidInputError, PricingAgentError, UnavailableError
from common.pricing import PriceRequest
from training.evaluation.pricers import Answer, checked

PREFIX = "python:"


def find_callable(name: str) -> Callable[..., Any]:
    """What `package.module:function` (or `module:object.method`) means; InvalidInputError where it means nothing."""
    module_name, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, ValueError, AttributeError) as exc:
        raise InvalidInputError(f"{PREFIX}{name} cannot be found: {exc or type(exc).__name__}", "pricer") from exc
    if not callable(found):
        raise InvalidInputError(f"{PREFIX}{name} is no function", "pricer")
    function: Callable[..., Any] = found
    return function


def wants_requests(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is annotated with PriceRequest, as in list[PriceRequest]."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # some functions written in C tell nothing of theirs
        return False
    return bool(parameters) and "PriceRequest" in str(parameters[0].annotation)


def _answer(where: str, value: object) -> Answer:
    try:
        numbers = np.asarray(value, np.float64).ravel().tolist()
    except (TypeError, ValueError) as exc:
        raise UnavailableError(f"{where} was priced with {value!r:.80}: expected a price or (price, low, high)") from exc
    if len(numbers) not in (1, 3):
        raise UnavailableError(f"{where} was priced with {len(numbers)} numbers: expected a price or (price, low, high)")
    low, high = (None if np.isnan(end) else end for end in (numbers[1:] or [np.nan, np.nan]))
    return checked(where, numbers[0], low, high)


class FromCallable:
    """A function of the user's. What it raises is reported as ours, so that the estimates before it are kept."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name, self.function = name, function
        self.takes_requests = wants_requests(function)
        self.limiter = CapacityLimiter(1)

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        given = list(requests) if self.takes_requests else [request.text for request in requests]
        try:
            results = list(await self._call(given))
        except PricingAgentError:
            raise
        except Exception as exc:  # foreign code may raise anything
            raise UnavailableError(f"{self.name} raised {type(exc).__name__}: {exc}") from exc
        if len(results) != len(requests):
            raise UnavailableError(f"{self.name} returned {len(results)} results for {len(requests)} items")
        return [_answer(f"item {position}", result) for position, result in enumerate(results)]

    async def _call(self, given: list[Any]) -> Any:
        if inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(type(self.function).__call__):
            return await self.function(given)
        result = await to_thread.run_sync(self.function, given, limiter=self.limiter)
        return await result if inspect.isawaitable(result) else result
