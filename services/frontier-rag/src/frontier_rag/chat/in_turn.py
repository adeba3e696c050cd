"""Asks several endpoints in order of preference, the first that can answers, all within one deadline.

Retries with jitter, the one layer of this path that does; skips what keeps failing, pays for no question twice, keeps to the
budget. Knows no client library, and not what is asked.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import structlog

from common.breaker import ByCooldown, CircuitBreaker
from common.request_context import remaining
from common.retry import Backoff, Retry
from common.ttl_cache import TtlCache
from frontier_rag.chat.answer_key import key_of
from frontier_rag.chat.chat_error import WORTH_RETRYING, ChatFailedError
from frontier_rag.chat.completion import Completion, Messages
from frontier_rag.chat.cost_meter import CostMeter, Usage, most_tokens
from frontier_rag.chat.daily_budget import Charge, DailyBudget
from frontier_rag.chat.endpoints import Endpoint

SHARE_OF_DEADLINE = 0.7  # the rest is for the local estimator and the way back
SHARE_OF_FIRST = 0.6  # of the time that is left, while other endpoints wait behind this one
LEAST = 0.05  # seconds; with less no endpoint is asked
FAIR = 1.0  # seconds; an endpoint that got less and was late is not blamed for it
PAUSES = Backoff(first=0.125, longest=2.0, jitter=1.0)
T = TypeVar("T")


class AsksOnce(Protocol):
    """One endpoint."""

    endpoint: Endpoint

    @property
    def most_out(self) -> int:
        """Tokens that an answer may take."""
        ...

    async def ask(self, messages: Messages, seconds: float) -> Completion:
        """One call; ChatFailedError says why there is no completion."""
        ...

    async def aclose(self) -> None:
        """Close its connections."""
        ...


@dataclass(frozen=True)
class ChatLimits:
    """Seconds for an answer with all tries at all endpoints, tries after the first, calls at a time at each endpoint."""

    seconds: float
    retries: int
    concurrency: int


@dataclass
class EndpointState:
    """An endpoint with what is known of it."""

    client: AsksOnce
    slots: asyncio.Semaphore
    breaker: CircuitBreaker = field(default_factory=lambda: CircuitBreaker(ByCooldown()))

    @property
    def name(self) -> str:
        """The endpoint's name."""
        return self.client.endpoint.name

    @property
    def model(self) -> str:
        """The model's name at the endpoint."""
        return self.client.endpoint.model


@dataclass(frozen=True)
class Money:
    """What counts and bounds the dollars."""

    meter: CostMeter
    budget: DailyBudget


@dataclass(frozen=True)
class Understood(Generic[T]):
    """How an answer is read: `read` raises ChatFailedError where it is none. `version` changes with the words of the question."""

    read: Callable[[str], T]
    version: str


class EndpointsInTurn(Generic[T]):
    """Asks `clients` in order of preference; `cache` remembers their answers, by answer_key.key_of."""

    def __init__(
        self, clients: Sequence[AsksOnce], limits: ChatLimits, money: Money, understood: Understood[T], cache: TtlCache[bytes, T]
    ) -> None:
        self.limits, self.meter, self.budget, self.cache = limits, money.meter, money.budget, cache
        self.understood, self.metrics = understood, money.meter.metrics
        self._retry = Retry(judge, 1 + limits.retries, PAUSES)
        self.endpoints = [EndpointState(client, asyncio.Semaphore(limits.concurrency)) for client in clients]

    async def answer(self, messages: Messages, since: float | None = None) -> tuple[T, str]:
        """The answer of the first endpoint that has one, within the deadline of the request being served, and its model.

        `since`: when the limit began to run (time.monotonic), where this is not the first question. ChatFailedError: none has.
        Its reason is `budget` where that kept one from being asked, else that of the preferred endpoint.
        """
        now = time.monotonic()
        until = min(
            (since or now) + self.limits.seconds, now + SHARE_OF_DEADLINE * remaining(self.limits.seconds / SHARE_OF_DEADLINE)
        )
        failures = list[ChatFailedError]()
        for endpoint in self.endpoints:
            left = until - time.monotonic()
            share = 1.0 if endpoint is self.endpoints[-1] else SHARE_OF_FIRST
            try:
                return await self._ask_or_recall(endpoint, messages, share * left), endpoint.model
            except ChatFailedError as exc:
                self.metrics.calls.labels(endpoint.name, exc.reason).inc()
                structlog.get_logger().warning("chat_endpoint_failed", endpoint=endpoint.name, reason=exc.reason, why=str(exc))
                failures.append(exc)
        raise next((each for each in failures if each.reason == "budget"), failures[0])

    async def aclose(self) -> None:
        """Close the connections."""
        for endpoint in self.endpoints:
            await endpoint.client.aclose()

    async def _ask_or_recall(self, endpoint: EndpointState, messages: Messages, seconds: float) -> T:
        """What the endpoint said to the same question before, or says now."""
        key = key_of(endpoint.name, self.understood.version, messages[-1]["content"])
        if (kept := self.cache.get(key)) is not None:
            self.metrics.cache.labels("hit").inc()
            return kept
        answer = await self._ask(endpoint, messages, seconds)
        self.metrics.calls.labels(endpoint.name, "ok").inc()
        self.metrics.cache.labels("miss").inc()
        self.cache.put(key, answer)
        return answer

    async def _ask(self, endpoint: EndpointState, messages: Messages, seconds: float) -> T:
        """What one endpoint says within `seconds`, its retries included."""
        if seconds < LEAST:
            raise ChatFailedError("timeout", "no time is left")
        if not endpoint.breaker.allows():
            raise ChatFailedError("skipped", f"{endpoint.name} failed of late and is left alone for a while")
        until, retries = time.monotonic() + seconds, self.metrics.retries.labels(endpoint.name)
        try:
            return await self._retry.acall(
                lambda: self._try(endpoint, messages, until), seconds, note=lambda error, pause: retries.inc()
            )
        except ChatFailedError as exc:
            self._blame(endpoint, exc, seconds)
            raise

    def _blame(self, endpoint: EndpointState, error: ChatFailedError, seconds: float) -> None:
        is_fair = error.reason != "timeout" or seconds >= min(FAIR, SHARE_OF_FIRST * self.limits.seconds)
        if error.is_of_endpoint and is_fair:
            endpoint.breaker.failed(error.pause)

    async def _try(self, endpoint: EndpointState, messages: Messages, until: float) -> T:
        """One call, in its turn and within the budget."""
        try:
            async with asyncio.timeout(until - time.monotonic()):
                await endpoint.slots.acquire()
        except TimeoutError as exc:
            raise ChatFailedError("busy", f"{self.limits.concurrency} calls to {endpoint.name} are under way") from exc
        try:
            completion = await self._pay(endpoint, messages, until - time.monotonic())
        finally:
            endpoint.slots.release()
        if completion.problem is None or not completion.problem.is_of_endpoint:
            endpoint.breaker.succeeded()
        if completion.problem:
            raise completion.problem
        return self.understood.read(completion.text)

    async def _pay(self, endpoint: EndpointState, messages: Messages, seconds: float) -> Completion:
        """A call whose most is set aside before, and whose cost is written after, also where nobody waits for it any more."""
        model, most = endpoint.model, most_tokens(messages, endpoint.client.most_out)
        aside = self.meter.dollars(model, most)
        self.budget.set_aside(aside)
        usage: Usage | None = None
        is_billed, started = True, time.monotonic()
        try:
            completion = await endpoint.client.ask(messages, seconds)
            usage = completion.usage
        except ChatFailedError as exc:
            is_billed = exc.was_sent
            raise
        finally:
            self.metrics.seconds.labels(endpoint.name).observe(time.monotonic() - started)
            charge = (
                Charge(model, self.meter.note(model, usage or most, is_assumed=usage is None), usage or most) if is_billed else None
            )
            await self.budget.settle(aside, charge)
        return completion


def judge(error: Exception) -> float | None:
    """Seconds that an endpoint asks to be left alone after a failure that may pass; None after one that will not."""
    return (error.pause or 0.0) if isinstance(error, ChatFailedError) and error.reason in WORTH_RETRYING else None
