"""Asks a pricer for a batch and gives a result for each item: a price, or why there is none. Fails only when the pricer does.

A URL is asked through POST /price/batch, with patience: this is the layer that retries, and an overloaded pricer has tries of its
own beside one that fails. "local" loads a service's pricer in this process. Knows no files.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from common.artifact import read_artifact
from common.client import ServiceClient
from common.errors import DeadlineExceededError, InvalidInputError, OverloadedError, UnavailableError
from common.pricing import ItemError, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.retry import Backoff
from common.settings import artifacts_dir
from ensemble import combine
from ensemble.service import Ensemble, TimeLimit
from training.evaluation.pricers import MEMBERS, ask_batch, checked, load_member

LOCAL, ENSEMBLE = "local", "ensemble"
RETRIES = 5  # of a pricer that failed
PAUSES = Backoff(first=1.0, longest=15.0, jitter=0.0)  # between them
OVERLOADED_TRIES = 60  # a pricer that says when to come back is believed longer
LONGEST_WAIT = 60.0  # seconds, whatever Retry-After says
PATIENCE = 600.0  # seconds that the ensemble gives its members for a batch, and for each item of it
DEADLINE_TRIES = 2  # a batch that was too slow twice will be so a third time

Sleep = Callable[[float], Awaitable[None]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Priced:
    """What became of one item: price and interval in USD and the model that gave them, or an error."""

    price: float | None = None
    low: float | None = None
    high: float | None = None
    model: str = ""
    error: str = ""
    degraded: str = ""  # the ensemble's members that could not contribute
    described: str = ""  # a text of the product, where one was asked for
    written_by: str = ""
    narrowed: float | None = None  # what ln(high / low) of frontier-rag's estimate becomes by that text


class Asked(Protocol):
    """Something that prices."""

    async def ask(self, requests: Sequence[PriceRequest]) -> list[Priced]:
        """One result for each request; PricingAgentError when the pricer itself cannot answer."""
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...


def priced_of(result: PriceResponse | ItemError) -> Priced:
    """A result of the pricing API."""
    if isinstance(result, ItemError):
        return Priced(error=result.error.detail or result.error.title)
    try:
        checked("the item", result.price, result.low, result.high)
    except UnavailableError as exc:
        return Priced(error=str(exc))
    return Priced(result.price, result.low, result.high, result.model, degraded=",".join(result.degraded))


async def patiently(call: Callable[[], Awaitable[T]], retries: int, sleep: Sleep, deadline_tries: int | None = None) -> T:
    """What `call` gives, which is tried again where a service fails or is overloaded; the last error where all is in vain."""
    failed = overloaded = late = 0
    while True:
        try:
            return await call()
        except OverloadedError as exc:
            overloaded += 1
            if overloaded == OVERLOADED_TRIES:
                raise
            wait = min(exc.retry_after or 0.0, LONGEST_WAIT)
        except UnavailableError as exc:
            late += isinstance(exc, DeadlineExceededError)
            if failed == retries or late == deadline_tries:
                raise
            failed += 1
            wait = PAUSES.pause(failed)
        await sleep(wait)


class OverHttp:
    """Anything that speaks the pricing API. `sleep` is for tests."""

    def __init__(self, client: ServiceClient, retries: int = RETRIES, sleep: Sleep = asyncio.sleep) -> None:
        self.client, self.retries, self.sleep = client, retries, sleep

    async def ask(self, requests: Sequence[PriceRequest]) -> list[Priced]:
        """See Asked.ask. A batch that is refused as a whole is asked for in halves, so that its culprit alone gets the error."""
        try:
            return await self._patiently(requests)
        except InvalidInputError as exc:
            if len(requests) == 1:
                return [Priced(error=str(exc))]
        middle = len(requests) // 2
        return [*await self.ask(requests[:middle]), *await self.ask(requests[middle:])]

    async def aclose(self) -> None:
        """See Asked.aclose."""
        await self.client.aclose()

    async def _patiently(self, requests: Sequence[PriceRequest]) -> list[Priced]:
        results = await patiently(lambda: ask_batch(self.client, requests), self.retries, self.sleep, DEADLINE_TRIES)
        return [priced_of(result) for result in results]


class InProcess:
    """A service's pricer, loaded here."""

    def __init__(self, pricer: Pricer) -> None:
        self.pricer = pricer

    async def ask(self, requests: Sequence[PriceRequest]) -> list[Priced]:
        """See Asked.ask."""
        return [priced_of(result) for result in await self.pricer.price(requests)]

    async def aclose(self) -> None:
        """See Asked.aclose: the process holds it to its end."""


class Member:
    """A pricer of this process in the place of the ensemble's peer behind HTTP."""

    def __init__(self, pricer: Pricer) -> None:
        self.pricer = pricer

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> Sequence[PriceResponse | ItemError]:
        """Results in order; `seconds` are those that the ensemble gives anyway."""
        return await self.pricer.price(requests)


async def load_local(name: str) -> InProcess:
    """The pricer of the service `name`, from artifacts/; the ensemble combines the others as its service does."""
    if name != ENSEMBLE:
        return InProcess((await load_member(name)).pricer)
    artifact = read_artifact(artifacts_dir() / ENSEMBLE, format_version=combine.FORMAT_VERSION, command=combine.COMMAND)
    weights = combine.load_weights(artifact.folder)
    members = {member: Member((await load_member(member)).pricer) for member in MEMBERS if weights.knows(member)}
    return InProcess(Ensemble(members, weights, artifact.version, TimeLimit(single=PATIENCE, per_item=PATIENCE)))


def local_name(pricer: str) -> str | None:
    """The service that "local" or "local:NAME" means, None for a URL. ValueError when it is neither."""
    if pricer.startswith(("http://", "https://")):
        return None
    kind, _, name = pricer.partition(":")
    if kind != LOCAL or (name or ENSEMBLE) not in (ENSEMBLE, *MEMBERS):
        known = ", ".join(f"{LOCAL}:{each}" for each in (ENSEMBLE, *MEMBERS))
        raise ValueError(f"unknown pricer {pricer!r}; known are http(s)://HOST:PORT, {LOCAL} and {known}")
    return name or ENSEMBLE


@dataclass(frozen=True)
class Asking:
    """How a pricer is asked: its name or URL, rows at once, seconds for them, how often again where it fails.

    `describer`: who writes a text of each row, "local" or frontier-rag's URL; "": nobody.
    """

    pricer: str
    batch: int = 50
    seconds: float = 120.0
    retries: int = RETRIES
    describer: str = ""


async def connect(asking: Asking) -> Asked:
    """The pricer that is meant."""
    name = local_name(asking.pricer)
    if name is not None:
        return await load_local(name)
    return OverHttp(ServiceClient("the pricer", asking.pricer, timeout=asking.seconds), asking.retries)
