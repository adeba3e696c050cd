"""Serves one channel: its deliveries one after another, oldest first, each recorded before it goes out and settled before the next.

So at most one push of a channel is open at any moment, also with several instances, since a channel has one server at a time. A
channel that fails rests behind a breaker, and its oldest delivery is the probe; the others wait in the database until it is back.
Knows no SQL and no Apprise.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from common.background import BackgroundTask
from common.breaker import THRESHOLD, ByCooldown, CircuitBreaker
from common.errors import UnavailableError
from common.retry import Backoff, Retry, of_kinds
from common.tracing.span import entry, span
from notifier.activity.telling import Telling
from notifier.message import Push, push_of
from notifier.notification import Attempt, DeliveryPolicy, Lease, LeaseLostError, Next, OnUnknown, Outcome, Sent, Stage, State
from notifier.pace import Pace, wait
from notifier.service import Counts, Target
from notifier.times.digest_push import push_for

_AFTER_FAILURE = Backoff(0.2, 5.0, jitter=0.0)
_UNTIL_RECORDED = Retry(of_kinds(UnavailableError), None, _AFTER_FAILURE)


class Deliveries(Protocol):
    """Leases of channels, and attempts under them; every method raises UnavailableError."""

    lease: float

    async def acquire(self, channel: str, label: str) -> Lease | None:
        """Become the one who serves the channel."""
        ...

    async def renew(self, lease: Lease) -> bool:
        """Keep it."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give it back."""
        ...

    async def interrupt(self, lease: Lease, on_unknown: OnUnknown, pause: float) -> int:
        """Settle pushes that were open when an earlier owner ended."""
        ...

    async def has_due(self, channel: str) -> bool:
        """Whether something is to be sent."""
        ...

    async def begin(self, lease: Lease) -> Attempt | None:
        """Record that the oldest that is due is being sent. LeaseLostError."""
        ...

    async def finish(self, attempt: Attempt, after: Next) -> State | None:
        """Record what it led to; None where that does not count any more."""
        ...

    async def note(self, lease: Lease, problem: str, rests: float) -> None:
        """Remember how the channel is."""
        ...


class DeliveryCounts(Counts, Protocol):
    """Counters for /metrics."""

    def retried(self) -> None:
        """One more attempt is planned."""
        ...

    def pushed(self, label: str, seconds: float, found: float | None) -> None:
        """A push took so many seconds. `found`: how long ago that was, of a deal which the channel has now."""
        ...

    def channel(self, key: str, label: str, *, is_up: bool | None) -> None:
        """How the last push to a channel went; None: it is not ours, or not any more."""
        ...


@dataclass
class ChannelWorker:
    """One target's. Never dies of a missing database."""

    target: Target
    deliveries: Deliveries
    policy: DeliveryPolicy
    counts: DeliveryCounts
    pace: Pace = field(default_factory=Pace)
    render: Callable[..., Push] = push_of  # of an opportunity, an id, and whether it is a repeat
    telling: Telling = field(default_factory=Telling)

    def __post_init__(self) -> None:
        self._breaker = CircuitBreaker(ByCooldown(self.pace.probe_first, self.pace.probe_longest, self.pace.clock), self.pace.clock)
        self._serving = BackgroundTask(f"channel {self.target.label}", self.run)
        self._beating = BackgroundTask(f"lease of {self.target.label}", self._beat)
        self._news, self._stopping, self._idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._lease: Lease | None = None
        self._failures = 0
        self._is_up: bool | None = None  # as the last push told; None: it is not ours
        self._problem: str | None = None  # as it was noted last; None: an earlier term noted something or nothing
        self._idle.set()

    def start(self) -> None:
        """Begin to serve."""
        self._serving.start()
        self._beating.start()

    def wake(self) -> None:
        """There may be something to send."""
        self._news.set()

    async def stop(self, grace: float) -> None:
        """Begin no push, let one under way be recorded, for at most `grace` seconds, and let others serve the channel."""
        self._stopping.set()
        await wait(self._idle, grace)
        await self._serving.stop()
        await self._beating.stop()
        self._show(None)
        if self._lease:
            with contextlib.suppress(UnavailableError):
                await self.deliveries.release(self._lease)

    async def run(self) -> None:
        """Serve until cancelled."""
        failures = 0
        while True:
            try:
                await self._serve(await self._acquire())
            except LeaseLostError as exc:
                structlog.get_logger().warning("channel_lost", target=self.target.label, why=str(exc))
                failures = 0
            except UnavailableError as exc:
                structlog.get_logger().warning("channel_put_off", target=self.target.label, why=str(exc))
                failures += 1
            except Exception:  # noqa: BLE001 (a worker: one odd row must not end the channel for good)
                structlog.get_logger().exception("channel_failed", target=self.target.label)
                failures += 1
            self._lease = None  # another term: whatever the last one left open is looked at
            await asyncio.sleep(_AFTER_FAILURE.pause(failures) if failures else 0)

    async def _acquire(self) -> Lease:
        while (lease := await self.deliveries.acquire(self.target.key, self.target.label)) is None:
            self._show(None)
            await self.pace.wait(self._stopping, self.deliveries.lease / 3)
        if lease.rests:
            self._breaker.failed(lease.rests)
        self._lease, self._problem = lease, None
        found = await self.deliveries.interrupt(lease, self.target.on_unknown, self.policy.unknown_pause)
        if found:
            structlog.get_logger().warning("pushes_were_open", target=self.target.label, count=found)
        return lease

    async def _serve(self, lease: Lease) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            if not await self.deliveries.has_due(self.target.key):
                await self.pace.wait(self._news, self.pace.poll)
            elif await self._is_allowed():
                await self._send_one(lease)
        await asyncio.Event().wait()  # to be cancelled by `stop`

    async def _is_allowed(self) -> bool:
        """Wait until the breaker lets a push pass; False where everything is to stop."""
        while not self._breaker.allows():
            if self._stopping.is_set():
                return False
            await self.pace.wait(self._stopping, self.pace.poll / 4)
        return True

    async def _send_one(self, lease: Lease) -> None:
        self._idle.clear()
        try:
            attempt = await self.deliveries.begin(lease)
            if attempt is None:
                self._breaker.ended()
                self.telling.nothing_due(self.target.label)
                return
            with entry("deliver", {"channel": self.target.label}, parent=attempt.traceparent):
                sent = await self._push(attempt)
                await self._settle(attempt, sent)
            await self._judge(lease, sent)
        finally:
            self._idle.set()

    async def _push(self, attempt: Attempt) -> Sent:
        begun = time.perf_counter()
        with span("push", kind="client") as called:
            sent = await self.target.send(push_for(attempt, self.render))
            called.put({"outcome": sent.outcome.value})
            if not sent.is_sent:
                called.fail(sent.outcome.value)
        deal = attempt.opportunity if sent.is_sent else None
        found = time.time() - deal.created.timestamp() if deal else None
        self.counts.pushed(self.target.label, time.perf_counter() - begun, found)
        return sent

    async def _settle(self, attempt: Attempt, sent: Sent) -> None:
        """Record the outcome, for as long as that takes: until then the channel's turn is not over."""
        after = self.policy.after(attempt, sent, self.target.on_unknown)
        log = structlog.get_logger().bind(opportunity=attempt.id, target=self.target.label)
        state = await _UNTIL_RECORDED.acall(
            lambda: self.deliveries.finish(attempt, after), note=lambda error, _: log.warning("outcome_put_off", why=str(error))
        )
        if after.stage is Stage.WAITING:
            self.counts.retried()
        if after.stage in (Stage.FAILED, Stage.UNKNOWN):
            log.error("not_sent" if after.stage is Stage.FAILED else "perhaps_sent", error=after.error)
        elif after.stage is Stage.SENT:
            log.info("sent")
        if state not in (None, State.PENDING):
            self.counts.finished(state)
        self.telling.settled(attempt, self.target.label, after.stage, after.error)

    async def _judge(self, lease: Lease, sent: Sent) -> None:
        """What the answer says of the channel: a refusal of one push shows that somebody is there."""
        is_up = sent.outcome in (Outcome.SENT, Outcome.REFUSED)
        self._show(is_up)
        if is_up:
            self._breaker.succeeded()
            self._failures = 0
        else:
            self._failures += 1
            own = self.policy.wait(self._failures) if self._failures < THRESHOLD else 0.0
            self._breaker.failed(max(own, sent.wait))
        problem = "" if is_up else sent.error
        if problem != self._problem and (problem or self._problem):
            self.telling.fares(self.target.label, problem)
        if problem != self._problem or sent.wait:
            await self.deliveries.note(lease, problem, sent.wait)
            self._problem = problem

    def _show(self, is_up: bool | None) -> None:
        self._is_up = is_up
        self.counts.channel(self.target.key, self.target.label, is_up=is_up)

    async def _beat(self) -> None:
        """Renew the lease, also while a push takes long, and show today's name. Whether it was lost shows where it is needed."""
        while True:
            await asyncio.sleep(self.deliveries.lease / 3)
            with contextlib.suppress(UnavailableError):
                if self._lease is not None:
                    self._show(self._is_up if await self.deliveries.renew(self._lease) else None)
