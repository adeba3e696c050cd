"""The pricers that training.evaluate can ask: a service's name (loaded in this process), a URL, or a constant.

Each answers for a list of requests with prices and 80 % intervals in USD. Knows nothing of truths or files.
"""

import importlib
import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from pydantic import ValidationError

from common.artifact import read_artifact
from common.client import ServiceClient
from common.errors import InvalidInputError, UnavailableError
from common.pricer_app import LocalPricer, Pricer, ThreadedPricer
from common.pricing import BatchResponse, ItemError, PriceRequest, PriceResponse
from common.settings import artifacts_dir
from ensemble import combine

MEMBERS = ("frontier-rag", "random-forest", "specialist")
HTTP_TIMEOUT = 120.0  # seconds for one batch
HTTP_BATCH = 50  # rows: the specialist takes about a second for them on two cores


@dataclass(frozen=True)
class Answer:
    """A price and its 80 % interval, USD."""

    price: float
    low: float
    high: float


class EvaluatedPricer(Protocol):
    """Prices requests in their order; an error of ours when even one of them cannot be priced."""

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        ...


def _answer(position: int, result: PriceResponse | ItemError) -> Answer:
    if isinstance(result, ItemError):
        raise InvalidInputError(f"item {position} was not priced: {result.error.detail or result.error.title}", str(position))
    answer = Answer(result.price, result.low, result.high)
    if not all(math.isfinite(value) and value >= 0 for value in (answer.price, answer.low, answer.high)):
        raise UnavailableError(f"item {position} was priced with something else than prices: {answer}")
    return answer


def _answers(results: Sequence[PriceResponse | ItemError], wanted: int) -> list[Answer]:
    if len(results) != wanted:
        raise UnavailableError(f"{len(results)} results came for {wanted} items")
    return [_answer(position, result) for position, result in enumerate(results)]


class Constant:
    """The same price for everything: what any pricer must beat. Its interval is as wide as prices go."""

    def __init__(self, price: float) -> None:
        self.price = price

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        return [Answer(self.price, 0.0, 1000.0)] * len(requests)


class InProcess:
    """A service's pricer, loaded here."""

    def __init__(self, pricer: Pricer) -> None:
        self.pricer = pricer

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        return _answers(await self.pricer.price(requests), len(requests))


class OverHttp:
    """Anything that speaks the pricing API, through POST /price/batch."""

    def __init__(self, client: ServiceClient) -> None:
        self.client = client

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        body = {"items": [request.model_dump(exclude_none=True) for request in requests]}
        answered = await self.client.post("/price/batch", body)
        try:
            results = BatchResponse.model_validate(answered).results
        except ValidationError as exc:
            raise UnavailableError(f"the answer is not that of the pricing API: {exc.errors()[0]['msg']}") from exc
        return _answers(results, len(requests))


class Combined:
    """All members and the trained weights, as the ensemble service combines them."""

    def __init__(self, members: Mapping[str, EvaluatedPricer], weights: combine.Weights) -> None:
        self.members, self.weights = members, weights

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        columns = {name: await member.answer(requests) for name, member in self.members.items()}
        combined = [self.weights.combine({name: column[i].price for name, column in columns.items()}) for i in range(len(requests))]
        return [Answer(each.price, each.low, each.high) for each in combined]


async def load_member(name: str) -> InProcess:
    """A service's pricer by its name, from artifacts/. Every pricer's app module has load_pricer() for this."""
    loaded: Any = importlib.import_module(f"{name.replace('-', '_')}.app").load_pricer()
    if inspect.isawaitable(loaded):
        loaded = await loaded
    served = loaded if inspect.iscoroutinefunction(loaded.price) else ThreadedPricer(cast(LocalPricer, loaded))
    return InProcess(served)


async def load_ensemble() -> Combined:
    """The three members and their weights, from artifacts/."""
    artifact = read_artifact(artifacts_dir() / "ensemble", format_version=combine.FORMAT_VERSION, command=combine.COMMAND)
    weights = combine.load_weights(artifact.path("weights.json"))
    return Combined({name: await load_member(name) for name in MEMBERS}, weights)


async def load(name: str) -> EvaluatedPricer:
    """The pricer that `name` means; InvalidInputError when it means none."""
    if name.startswith(("http://", "https://")):
        return OverHttp(ServiceClient("the pricer", name, timeout=HTTP_TIMEOUT))
    if name.startswith("constant:"):
        return Constant(_dollars(name.removeprefix("constant:")))
    if name == "ensemble":
        return await load_ensemble()
    if name in MEMBERS:
        return await load_member(name)
    known = ", ".join((*MEMBERS, "ensemble", "constant:DOLLARS", "http(s)://host:port"))
    raise InvalidInputError(f"unknown pricer {name!r}; known are {known}", "pricer")


def _dollars(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not (math.isfinite(price) and price > 0):
        raise InvalidInputError(f"constant:{text} is not a price", "pricer")
    return price
