"""The pricers that training.evaluate asks live: a service's own, loaded in this process, anything behind a URL, or a constant.

Each answers for a list of requests with prices and 80 % intervals in USD. Knows nothing of truths or files.
"""

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from pydantic import ValidationError

from common.artifact import read_artifact
from common.client import ServiceClient
from common.errors import InvalidInputError, OverloadedError, UnavailableError
from common.pricers import PRICERS
from common.pricing import BatchResponse, ItemError, PriceRequest, PriceResponse
from common.pricing_api.pricer import LocalPricer, Pricer, ThreadedPricer
from common.retry import Backoff, Retry
from common.settings import artifacts_dir
from ensemble import combine
from ensemble.groups import is_known, told_known
from ensemble.rule import lead_of
from training.data.rows import PRICE_MAX
from training.evaluation.evaluation_file import MOST_DOLLARS

MODULES = {pricer.name: pricer.module for pricer in sorted(PRICERS, key=lambda pricer: pricer.name)}
MEMBERS = tuple(MODULES)
HTTP_TIMEOUT = 120.0  # seconds for one batch
LONGEST_PAUSE = 60.0  # seconds, whatever a service that has too much to do asks for
Result = PriceResponse | ItemError


@dataclass(frozen=True)
class Answer:
    """A price and its 80 % interval, USD; None where the pricer gives no interval. `model`, `member`: whom it says it is from."""

    price: float
    low: float | None = None
    high: float | None = None
    model: str = field(default="", compare=False)
    member: str | None = field(default=None, compare=False)
    is_identified: bool = field(default=False, compare=False)  # whether it has found the product itself
    is_known: bool | None = field(default=None, compare=False)  # whether anything near is known; None: it looks nothing up


def checked(where: str, price: float, low: float | None, high: float | None) -> Answer:
    """The answer if these can be prices (0 to MOST_DOLLARS, low <= high), else UnavailableError naming `where`."""
    answer = Answer(price, low, high)
    given = [value for value in (price, low, high) if value is not None]
    has_half = (low is None) != (high is None)
    if has_half or not all(0 <= value <= MOST_DOLLARS for value in given):
        raise UnavailableError(f"{where} was priced with something else than prices: {answer}")
    if low is not None and high is not None and low > high:
        raise UnavailableError(f"{where} was given an interval that ends before it begins: {answer}")
    return answer


class EvaluatedPricer(Protocol):
    """Prices requests in their order; an error of ours when even one of them cannot be priced."""

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        ...


def _answer(position: int, result: Result) -> Answer:
    if isinstance(result, ItemError):
        raise InvalidInputError(f"item {position} was not priced: {result.error.detail or result.error.title}", str(position))
    answer = checked(f"item {position}", result.price, result.low, result.high)
    answer = replace(answer, model=result.model, member=result.member)
    return replace(answer, is_identified=result.is_identified, is_known=told_known(result))


def _answers(results: Sequence[Result]) -> list[Answer]:
    return [_answer(position, result) for position, result in enumerate(results)]


def _counted(results: Sequence[Result], wanted: int) -> Sequence[Result]:
    if len(results) != wanted:
        raise UnavailableError(f"{len(results)} results came for {wanted} items")
    return results


class Constant:
    """The same price for everything: what any pricer must beat. Its interval is as wide as prices go."""

    def __init__(self, price: float) -> None:
        self.price = price

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        return [Answer(self.price, 0.0, PRICE_MAX)] * len(requests)


class InProcess:
    """A service's pricer, loaded here."""

    def __init__(self, pricer: Pricer) -> None:
        self.pricer = pricer

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        return _answers(_counted(await self.pricer.price(requests), len(requests)))


def _asked_pause(error: Exception) -> float | None:
    return min(error.retry_after or 0.0, LONGEST_PAUSE) if isinstance(error, OverloadedError) else None


OVERLOADED = Retry(_asked_pause, tries=4, backoff=Backoff(first=1.0, longest=10.0, growth=3.0))


async def ask_batch(client: ServiceClient, requests: Sequence[PriceRequest]) -> Sequence[Result]:
    """One result for each request from whatever speaks the pricing API; UnavailableError for another answer than that."""
    answered = await client.post("/price/batch", {"items": [each.model_dump(exclude_none=True) for each in requests]})
    try:
        results = BatchResponse.model_validate(answered).results
    except ValidationError as exc:
        raise UnavailableError(f"the answer is not that of the pricing API: {exc.errors()[0]['msg']}") from exc
    return _counted(results, len(requests))


class OverHttp:
    """Anything that speaks the pricing API, through POST /price/batch. Retries, and that alone where a service is overloaded."""

    def __init__(self, client: ServiceClient, retry: Retry = OVERLOADED) -> None:
        self.client, self.retry = client, retry

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        return _answers(await self.retry.acall(lambda: ask_batch(self.client, requests)))


class Combined:
    """All members and the trained weights, as the ensemble service combines them."""

    def __init__(self, members: Mapping[str, EvaluatedPricer], weights: combine.Weights) -> None:
        self.members, self.weights = members, weights

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        columns = {name: await member.answer(requests) for name, member in self.members.items()}
        rows = ({name: column[i] for name, column in columns.items()} for i in range(len(requests)))
        return [self.combined(request, row) for request, row in zip(requests, rows, strict=True)]

    def combined(self, request: PriceRequest, answers: Mapping[str, Answer]) -> Answer:
        """What the ensemble says to a request by its pricers' answers."""
        members = {combine.member_of(name, answer.member): answer for name, answer in answers.items()}
        intervals = {
            name: (each.low, each.high) for name, each in members.items() if each.low is not None and each.high is not None
        }
        identified = [name for name, each in members.items() if each.is_identified]
        known = is_known(each.is_known for each in members.values())
        group = self.weights.category_words.group_of(request, known)
        looking = [name for name, each in members.items() if each.is_known is not None]
        lead = lead_of(request.text, identified, looking)
        found = self.weights.combine({name: each.price for name, each in members.items()}, group, intervals, lead)
        return Answer(found.price, found.low, found.high, is_known=known)


async def load_member(name: str) -> InProcess:
    """A service's pricer by its name, from artifacts/. Every pricer's app module has load_pricer() for this."""
    loaded: Any = importlib.import_module(f"{MODULES[name]}.app").load_pricer()
    if inspect.isawaitable(loaded):
        loaded = await loaded
    served = loaded if inspect.iscoroutinefunction(loaded.price) else ThreadedPricer(cast(LocalPricer, loaded))
    return InProcess(served)


async def load_ensemble() -> Combined:
    """The members and their weights, from artifacts/. A pricer without weights changes nothing and is not loaded."""
    weights = load_ensemble_weights()
    return Combined({name: await load_member(name) for name in MEMBERS if weights.knows(name)}, weights)


def load_ensemble_weights() -> combine.Weights:
    """The weights alone, from artifacts/."""
    artifact = read_artifact(artifacts_dir() / "ensemble", format_version=combine.FORMAT_VERSION, command=combine.COMMAND)
    return combine.load_weights(artifact.folder)
