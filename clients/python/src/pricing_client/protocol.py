"""What sync and async client share: requests, answers, when to try again, how items are cut into slices. Does no I/O."""

import itertools
import json
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from pricing_client.describing import DescribedBatch, Description, describe_body_of
from pricing_client.errors import (
    ApiError,
    DeadlineError,
    InvalidRequestError,
    PricingError,
    TooLargeError,
    UnexpectedAnswerError,
    error_of,
)
from pricing_client.explained import Attributes, PriceWords
from pricing_client.models import (
    AnyItem,
    AnyOffer,
    Batch,
    ItemError,
    JudgedBatch,
    Judgement,
    Price,
    Priced,
    body_of,
    judge_body_of,
)

MAX_ANSWER = 64 * 1024 * 1024  # bytes
MAX_BATCH = 1000
MAX_DESCRIBED = 100
LEAST = 0.001  # seconds of a limit that has passed: 0 would mean not to wait at all, which is another error
LONGEST_PAUSE = 10.0  # seconds between two tries where the service names no time
Model = TypeVar("Model", bound=BaseModel)
Result = TypeVar("Result")


class _Remaining(dict[str, float]):
    """httpx's time limits of one request, of which httpcore asks anew for connecting, headers and body: what is left by then."""

    def __init__(self, call: "Call") -> None:
        super().__init__(dict.fromkeys(("connect", "read", "write", "pool"), call.timeout))
        self._call = call

    def get(self, key: str, default: float | None = None) -> float | None:  # type: ignore[override] # as httpcore calls it
        """Seconds; next to none once the deadline has passed."""
        return max(self._call.until - self._call.clock(), LEAST) if key in self else default


@dataclass
class Call:
    """One question with its deadline, which all tries share. `clock` in seconds."""

    path: str
    body: object
    timeout: float
    headers: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    tries: int = 0

    def __post_init__(self) -> None:
        self.until = self.clock() + self.timeout
        self.content = json.dumps(self.body).encode()

    @property
    def remaining(self) -> float:
        """Seconds left; DeadlineError where none are."""
        seconds = self.until - self.clock()
        if seconds <= 0:
            raise DeadlineError(f"no answer within {self.timeout:g} s")
        return seconds

    def request(self, http: httpx.Client | httpx.AsyncClient, method: str = "POST") -> httpx.Request:
        """The next try's request. The service is told how long we wait, so that it computes nothing for nobody."""
        seconds = self.remaining
        headers = {"Content-Type": "application/json", "X-Deadline-Ms": str(int(seconds * 1000)), **self.headers}
        content = None if self.body is None else self.content
        request = http.build_request(method, self.path, content=content, headers=headers, timeout=seconds)
        request.extensions["timeout"] = _Remaining(self)
        return request

    def pause_after(self, error: PricingError, max_tries: int | None = None) -> float:
        """Seconds until the next try: as the service says, else growing with jitter. Raises `error` where none is worth it."""
        if not error.is_transient or self.tries + 1 == max_tries:
            raise error
        pause = (
            min(0.2 * 2**self.tries, LONGEST_PAUSE) * random.uniform(0.5, 1.0) if error.retry_after is None else error.retry_after
        )
        self.tries += 1
        if pause >= self.until - self.clock():
            raise error
        return pause


def price_call(item: AnyItem, timeout: float) -> Call:
    """POST /price."""
    return Call("/price", body_of(item), timeout)


def attributes_call(item: AnyItem, timeout: float) -> Call:
    """POST /price/attributes."""
    return Call("/price/attributes", body_of(item), timeout)


def words_call(item: AnyItem, timeout: float) -> Call:
    """POST /price/words."""
    return Call("/price/words", body_of(item), timeout)


def batch_call(items: Sequence[AnyItem], timeout: float, key: str | None = None) -> Call:
    """POST /price/batch with an Idempotency-Key, so that a try whose answer got lost is not computed twice."""
    _check_size(len(items), "; price_many takes any number")
    return Call("/price/batch", {"items": [body_of(item) for item in items]}, timeout, _key_header(key))


def judge_call(item: AnyItem, offer: AnyOffer, margin: float | None, timeout: float) -> Call:
    """POST /judge."""
    return Call("/judge", judge_body_of(item, offer, margin), timeout)


def judge_batch_call(
    offers: Sequence[tuple[AnyItem, AnyOffer]], margin: float | None, timeout: float, key: str | None = None
) -> Call:
    """POST /judge/batch with an Idempotency-Key, as batch_call."""
    _check_size(len(offers))
    bodies = [judge_body_of(item, offer, margin) for item, offer in offers]
    return Call("/judge/batch", {"items": bodies}, timeout, _key_header(key))


def describe_call(item: AnyItem, facts: Mapping[str, str] | None, timeout: float) -> Call:
    """POST /describe."""
    return Call("/describe", describe_body_of(item, facts), timeout)


def describe_batch_call(items: Sequence[tuple[AnyItem, Mapping[str, str] | None]], timeout: float, key: str | None = None) -> Call:
    """POST /describe/batch with an Idempotency-Key, as batch_call."""
    if not 1 <= len(items) <= MAX_DESCRIBED:
        raise ValueError(f"a batch to be described has 1 to {MAX_DESCRIBED} items, not {len(items)}")
    bodies = [describe_body_of(item, facts) for item, facts in items]
    return Call("/describe/batch", {"items": bodies}, timeout, _key_header(key))


def _key_header(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": f'"{key or uuid.uuid4()}"'}


def _check_size(items: int, remedy: str = "") -> None:
    if not 1 <= items <= MAX_BATCH:
        raise ValueError(f"a batch has 1 to {MAX_BATCH} items, not {items}{remedy}")


def price_of(response: httpx.Response) -> Price:
    """The price, or the error raised."""
    return _parsed(response, Price)


def attributes_of(response: httpx.Response) -> Attributes:
    """What would narrow a price, or the error raised."""
    return _parsed(response, Attributes)


def words_of(response: httpx.Response) -> PriceWords:
    """What each phrase is worth, or the error raised."""
    return _parsed(response, PriceWords)


def results_of(response: httpx.Response, count: int) -> list[Price | ItemError]:
    """`count` results, or the error raised."""
    return _counted(_parsed(response, Batch).results, count)


def judgement_of(response: httpx.Response) -> Judgement:
    """The judgement, or the error raised."""
    return _parsed(response, Judgement)


def judgements_of(response: httpx.Response, count: int) -> list[Judgement | ItemError]:
    """`count` results, or the error raised."""
    return _counted(_parsed(response, JudgedBatch).results, count)


def description_of(response: httpx.Response) -> Description:
    """The description, or the error raised."""
    return _parsed(response, Description)


def descriptions_of(response: httpx.Response, count: int) -> list[Description | ItemError]:
    """`count` results, or the error raised."""
    return _counted(_parsed(response, DescribedBatch).results, count)


def _counted(results: list[Result], count: int) -> list[Result]:
    if len(results) != count:
        raise UnexpectedAnswerError(f"{len(results)} results for {count} items")
    return results


def _parsed(response: httpx.Response, model: type[Model]) -> Model:
    if response.status_code != 200:
        raise error_of(response)
    try:
        return model.model_validate_json(response.content)
    except ValidationError as exc:
        raise UnexpectedAnswerError("what answered does not speak the pricing API") from exc


def slices(items: Iterable[AnyItem], size: int) -> Iterator[tuple[int, list[AnyItem]]]:
    """Items in slices, each with the index of its first."""
    if not 1 <= size <= MAX_BATCH:
        raise ValueError(f"a slice has 1 to {MAX_BATCH} items")
    source, first = iter(items), 0
    while part := list(itertools.islice(source, size)):
        yield first, part
        first += len(part)


def priced(first: int, items: Sequence[AnyItem], results: Sequence[Price | ItemError]) -> list[Priced]:
    """Items beside their results."""
    return [
        Priced(first + at, item, result) if isinstance(result, Price) else Priced(first + at, item, None, result.error)
        for at, (item, result) in enumerate(zip(items, results, strict=True))
    ]


def blamed(error: ApiError) -> list[Price | ItemError]:
    """The result of the one item that made the service refuse a whole request."""
    return [ItemError(error=error.problem)]


def is_divisible(error: PricingError) -> bool:
    """Whether a part of the items may be fine: the service refused the request for what is in it."""
    return isinstance(error, InvalidRequestError | TooLargeError)
