"""Delivers each opportunity once: claims it, sends to every address, retries with back-off, stores the outcome.

It knows nothing of Redis, HTTP, SQL or Apprise. A crash between a peer's "yes" and the store's commit is the one moment after
which a push can repeat: losing an alert would be worse.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from common.background import end
from common.deals import Opportunity
from common.errors import NotFoundError
from notifier.message import Push, push_of, test_push
from notifier.notification import Notification, RetryPolicy, Sent, State


class Store(Protocol):
    """Keeps notifications."""

    async def claim(self, opportunity: Opportunity) -> tuple[Notification, bool]:
        """The notification, made if new, and whether it is ours to deliver now."""
        ...

    async def record(self, notification: Notification, lease: float) -> None:
        """Store state, attempts, error and delivered; nobody else may claim it for `lease` seconds."""
        ...

    async def get(self, identifier: str) -> Notification | None:
        """One notification."""
        ...

    async def reset(self, identifier: str, *, forget_delivered: bool) -> Notification | None:
        """Make it pending again, with no attempts; None where there is no such notification."""
        ...

    async def unfinished(self) -> Sequence[Opportunity]:
        """Pending ones that are ours or whose claim has run out."""
        ...


class Target(Protocol):
    """An address. `key` identifies it across restarts and tells nothing of it; `label` may be shown."""

    key: str
    label: str

    async def send(self, push: Push) -> Sent:
        """Send; bounded in time; never raises for a peer's fault."""
        ...


class Counts(Protocol):
    """Counters for /metrics."""

    def finished(self, state: State) -> None:
        """A notification came to its end."""
        ...

    def retried(self) -> None:
        """One more attempt is planned."""
        ...


@dataclass
class Notifier:
    """The use case. `margin`: seconds a claim outlives the send that it covers."""

    store: Store
    targets: Sequence[Target]
    policy: RetryPolicy
    counts: Counts
    margin: float = 60.0
    _running: dict[str, asyncio.Task[State]] = field(default_factory=dict)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, opportunity: Opportunity) -> State:
        """The stored outcome: sent, logged or failed; pending only when told to stop. Joins a delivery that is under way."""
        task = self._running.get(opportunity.id) or self._start(opportunity)
        return await asyncio.shield(task)

    async def resend(self, identifier: str) -> Notification:
        """Send again to every address, in the background; one that is being delivered just goes on."""
        is_running = identifier in self._running
        notification = await (self.store.get(identifier) if is_running else self.store.reset(identifier, forget_delivered=True))
        if notification is None:
            raise NotFoundError(f"there is no notification {identifier}")
        if identifier not in self._running:
            self._start(notification.opportunity)
        return notification

    async def test(self) -> list[Sent]:
        """Send a test push to every address, once."""
        return list(await asyncio.gather(*(target.send(test_push()) for target in self.targets)))

    async def recover(self) -> None:
        """Take up what an earlier process left pending, also where its stream entry has gone."""
        for opportunity in await self.store.unfinished():
            if opportunity.id not in self._running:
                self._start(opportunity)

    async def stop(self, grace: float) -> None:
        """End waits at once and let sends under way finish and be recorded, for at most `grace` seconds."""
        self._stopping.set()
        tasks = list(self._running.values())
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        await end(tasks)

    def _start(self, opportunity: Opportunity) -> asyncio.Task[State]:
        task = asyncio.create_task(self._deliver(opportunity))
        self._running[opportunity.id] = task
        task.add_done_callback(lambda done: self._forget(opportunity.id, done))
        return task

    def _forget(self, identifier: str, task: asyncio.Task[State]) -> None:
        self._running.pop(identifier, None)
        if not task.cancelled() and task.exception():  # nobody may be waiting for it; the entry or the row stays pending
            structlog.get_logger().error("delivery_interrupted", opportunity=identifier, error=str(task.exception()))

    async def _deliver(self, opportunity: Opportunity) -> State:
        notification, is_ours = await self.store.claim(opportunity)
        while notification.state is State.PENDING and not is_ours:
            if not await self._pause(1.0):
                return State.PENDING
            notification, is_ours = await self.store.claim(opportunity)
        if notification.state is not State.PENDING:
            return notification.state
        return await self._finish(notification)

    async def _finish(self, notification: Notification) -> State:
        """Attempt until there is an outcome, and store it."""
        waited = 0.0
        while True:
            notification, wait = await self._attempt(notification, waited)
            await self.store.record(notification, wait + self.margin)
            if notification.state is not State.PENDING:
                self._report(notification)
                return notification.state
            self.counts.retried()
            if not await self._pause(wait):
                return State.PENDING
            waited += wait

    async def _attempt(self, notification: Notification, waited: float) -> tuple[Notification, float]:
        """Send to the addresses that lack it. The notification afterwards, and the seconds to wait if it is still pending."""
        if not self.targets:
            return replace(notification, state=State.LOGGED), 0.0
        notification, failures = await self._send(notification)
        attempts = notification.attempts + (not failures or any(failure.is_tried for failure in failures))
        if not failures:
            return replace(notification, state=State.SENT, attempts=attempts, error=""), 0.0
        error = "; ".join(f"{failure.target}: {failure.error}" for failure in failures)
        state = State.FAILED if self.policy.is_over(attempts, waited) else State.PENDING
        wait = max(self.policy.wait(attempts), *(failure.wait for failure in failures), 0.0)
        return replace(notification, state=state, attempts=attempts, error=error), wait

    async def _send(self, notification: Notification) -> tuple[Notification, list[Sent]]:
        """Each success is stored as it comes, so that neither a retry nor a restart repeats it."""
        push = push_of(notification.opportunity)
        lacking = [target for target in self.targets if target.key not in notification.delivered]
        failures = []
        for coming in asyncio.as_completed([_with_key(target.key, target.send(push)) for target in lacking]):
            key, answer = await coming
            if not answer.is_sent:
                failures.append(answer)
                continue
            notification = replace(notification, delivered=notification.delivered | {key})
            await self.store.record(notification, self.margin)
        return notification, failures

    def _report(self, notification: Notification) -> None:
        self.counts.finished(notification.state)
        log, push = structlog.get_logger(), push_of(notification.opportunity)
        facts = {"opportunity": notification.opportunity.id, "title": push.title}
        if notification.state is State.FAILED:
            log.error("not_sent", error=notification.error, attempts=notification.attempts, **facts)
        elif notification.state is State.LOGGED:
            log.info("deal", **facts, says=" · ".join(push.body.splitlines()))
        else:
            log.info("sent", **facts)

    async def _pause(self, seconds: float) -> bool:
        """Wait; False where the wait ended because everything is to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return not self._stopping.is_set()
        return False


async def _with_key(key: str, sending: Awaitable[Sent]) -> tuple[str, Sent]:
    return key, await sending
