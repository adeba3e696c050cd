"""A chat model prices a product with its neighbours as context: the first of several endpoints that can, within one deadline.

Retries with jitter, the one layer of this path that does; skips what keeps failing, pays for no question twice, keeps to the
budget. Knows no client library.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

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
from frontier_rag.chat.prompt import build_messages, prompt_version, read_price
from frontier_rag.products import Neighbour

SHARE_OF_DEADLINE = 0.7  # the rest is for the local estimator and the way back
SHARE_OF_FIRST = 0.6  # of the time that is left, while other endpoints wait behind this one
LEAST = 0.05  # seconds; with less no endpoint is asked
FAIR = 1.0  # seconds; an endpoint that got less and was late is not blamed for it
PAUSES = Backoff(first=0.125, longest=2.0, jitter=1.0)


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
class ChatAnswer:
    """A price in dollars and the model that said it."""

    price: float
    model: str


@dataclass(frozen=True)
class Pace:
    """Seconds for an answer with all tries at all endpoints, tries after the first, calls at a time at each endpoint."""

    seconds: float
    retries: int
    concurrency: int
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass
class Line:
    """An endpoint with what is known of it."""

    client: AsksOnce
    slots: asyncio.Semaphore
    breaker: CircuitBreaker = field(default_factory=lambda: CircuitBreaker(ByCooldown()))

    @property
    def name(self) -> str:
        """The endpoint's name."""
        return self.client.endpoint.name


Answers = TtlCache[bytes, float]  # prices by answer_key.key_of


class ChatModel:
    """Asks `clients` in order of preference; `cache` remembers their answers."""

    def __init__(self, clients: Sequence[AsksOnce], pace: Pace, meter: CostMeter, budget: DailyBudget, cache: Answers) -> None:
        self.pace, self.meter, self.budget, self.cache = pace, meter, budget, cache
        self.metrics = meter.metrics
        self._retry = Retry(judge, 1 + pace.retries, PAUSES, asleep=pace.sleep)
        self.lines = [Line(client, asyncio.Semaphore(pace.concurrency)) for client in clients]

    async def price(self, text: str, near: Sequence[Neighbour]) -> ChatAnswer:
        """The answer of the first endpoint that has one, within the deadline of the request being served.

        ChatFailedError: none has. Its reason is `budget` where that kept one from being asked, else that of the preferred endpoint.
        """
        until = time.monotonic() + SHARE_OF_DEADLINE * remaining(self.pace.seconds / SHARE_OF_DEADLINE)
        messages, failures = build_messages(text, near), list[ChatFailedError]()
        for line in self.lines:
            left = until - time.monotonic()
            try:
                return await self._ask_or_recall(line, messages, left if line is self.lines[-1] else SHARE_OF_FIRST * left)
            except ChatFailedError as exc:
                self.metrics.calls.labels(line.name, exc.reason).inc()
                structlog.get_logger().warning("chat_endpoint_failed", endpoint=line.name, reason=exc.reason, why=str(exc))
                failures.append(exc)
        raise next((each for each in failures if each.reason == "budget"), failures[0])

    async def _ask_or_recall(self, line: Line, messages: Messages, seconds: float) -> ChatAnswer:
        """What the endpoint said to the same question before, or says now."""
        model, key = line.client.endpoint.model, key_of(line.name, prompt_version(), messages[-1]["content"])
        if (kept := self.cache.get(key)) is not None:
            self.metrics.cache.labels("hit").inc()
            return ChatAnswer(kept, model)
        price = await self._ask(line, messages, seconds)
        self.metrics.calls.labels(line.name, "ok").inc()
        self.metrics.cache.labels("miss").inc()
        self.cache.put(key, price)
        return ChatAnswer(price, model)

    def note(self, outcome: str) -> None:
        """Count what became of a product."""
        self.metrics.answers.labels(outcome).inc()

    async def aclose(self) -> None:
        """Close the connections."""
        for line in self.lines:
            await line.client.aclose()

    async def _ask(self, line: Line, messages: Messages, seconds: float) -> float:
        """The price that one endpoint says within `seconds`, its retries included."""
        if seconds < LEAST:
            raise ChatFailedError("timeout", "no time is left")
        if not line.breaker.allows():
            raise ChatFailedError("skipped", f"{line.name} failed of late and is left alone for a while")
        until, retries = time.monotonic() + seconds, self.metrics.retries.labels(line.name)
        try:
            return await self._retry.acall(
                lambda: self._try(line, messages, until), seconds, note=lambda error, pause: retries.inc()
            )
        except ChatFailedError as exc:
            self._blame(line, exc, seconds)
            raise

    def _blame(self, line: Line, error: ChatFailedError, seconds: float) -> None:
        is_fair = error.reason != "timeout" or seconds >= min(FAIR, SHARE_OF_FIRST * self.pace.seconds)
        if error.is_of_endpoint and is_fair:
            line.breaker.failed(error.pause)

    async def _try(self, line: Line, messages: Messages, until: float) -> float:
        """One call, in its turn and within the budget."""
        try:
            async with asyncio.timeout(until - time.monotonic()):
                await line.slots.acquire()
        except TimeoutError as exc:
            raise ChatFailedError("busy", f"{self.pace.concurrency} calls to {line.name} are under way") from exc
        try:
            completion = await self._pay(line, messages, until - time.monotonic())
        finally:
            line.slots.release()
        if completion.problem is None or not completion.problem.is_of_endpoint:
            line.breaker.succeeded()
        if completion.problem:
            raise completion.problem
        return read_price(completion.text)

    async def _pay(self, line: Line, messages: Messages, seconds: float) -> Completion:
        """A call whose most is set aside before, and whose cost is written after, also where nobody waits for it any more."""
        model, most = line.client.endpoint.model, most_tokens(messages, line.client.most_out)
        aside = self.meter.dollars(model, most)
        self.budget.set_aside(aside)
        usage: Usage | None = None
        is_billed, started = True, time.monotonic()
        try:
            completion = await line.client.ask(messages, seconds)
            usage = completion.usage
        except ChatFailedError as exc:
            is_billed = exc.was_sent
            raise
        finally:
            self.metrics.seconds.labels(line.name).observe(time.monotonic() - started)
            charge = (
                Charge(model, self.meter.note(model, usage or most, is_assumed=usage is None), usage or most) if is_billed else None
            )
            await self.budget.settle(aside, charge)
        return completion


def judge(error: Exception) -> float | None:
    """Seconds that an endpoint asks to be left alone after a failure that may pass; None after one that will not."""
    return (error.pause or 0.0) if isinstance(error, ChatFailedError) and error.reason in WORTH_RETRYING else None
