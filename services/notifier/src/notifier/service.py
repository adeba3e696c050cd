"""The use case: takes opportunities in, once each; sends again, tests, tidies. Each channel's own worker sends.

It knows nothing of Redis, HTTP, SQL or Apprise. An opportunity is safe once `receive` has returned: from then on the database
holds what is to be sent, and nobody needs the stream's entry any more.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from common.deals import Notice, Opportunity
from common.errors import InvalidInputError, NotFoundError
from notifier.activity.telling import Telling
from notifier.channels.routing import Route
from notifier.message import Push, push_of, test_push
from notifier.notification import Notification, OnUnknown, Sent, State

UNTRACED: Mapping[str, str] = {}
ROUND = 500  # rows of one sweep; a sweep that finds fewer was the last


class Store(Protocol):
    """Keeps notifications."""

    async def add(
        self, opportunities: Sequence[Opportunity], targets: Sequence[str], traces: Mapping[str, str] = UNTRACED
    ) -> list[str]:
        """Store those that are new, and apply revisions to what has not gone out, all or none; the ids of what is new.

        `traces`: the trace parents of some, by id.
        """
        ...

    async def add_notices(self, notices: Sequence[Notice], targets: Sequence[str]) -> list[str]:
        """Store those that are new; their ids."""
        ...

    async def adopt(self, targets: Sequence[str]) -> int:
        """Give pending ones of an earlier version their deliveries; how many it looked at."""
        ...

    async def get(self, identifier: str) -> Notification | None:
        """One notification."""
        ...

    async def reopen(self, identifier: str, targets: Sequence[str], again: str | None = None) -> Notification | None:
        """Make it pending where it is lacking, and on the channel `again` in any case; None where there is no such notification."""
        ...

    async def expire(self) -> int:
        """End what waits beyond its time."""
        ...

    async def forget(self, older_than: float) -> int:
        """Delete what came to its end long ago."""
        ...


class Target(Protocol):
    """A channel. `key` identifies it across restarts and tells nothing of it; `label` may be shown."""

    key: str
    label: str
    on_unknown: OnUnknown

    async def send(self, push: Push) -> Sent:
        """Send; bounded in time; never raises for a peer's fault."""
        ...


class Manners(Protocol):
    """How pushes are sent."""

    send_deadline: float
    throttle_pause: float
    unknown: OnUnknown | None
    dashboard_url: str

    @property
    def push_contact(self) -> str:
        """How push services reach who runs this."""
        ...

    @property
    def push_allowed(self) -> frozenset[str]:
        """Private hosts of push services that are asked all the same."""
        ...


class Routes(Protocol):
    """Says which channels an alert goes to."""

    async def routes(self, opportunities: Sequence[Opportunity]) -> Mapping[str, Route]:
        """By id."""
        ...

    async def remark(self, routes: Mapping[str, Route]) -> None:
        """Tell what a person should know of how they were chosen."""
        ...

    async def key_of(self, name: str) -> str:
        """Of the channel of that name, or key. InvalidInputError."""
        ...


class ToAll:
    """Every alert goes to every target."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets

    async def routes(self, opportunities: Sequence[Opportunity]) -> Mapping[str, Route]:
        """All."""
        return {each.id: Route(tuple(target.key for target in self._targets)) for each in opportunities}

    async def remark(self, routes: Mapping[str, Route]) -> None:
        """There is nothing to say."""

    async def key_of(self, name: str) -> str:
        """By name or key."""
        for target in self._targets:
            if name in (target.key, target.label):
                return target.key
        raise InvalidInputError(f"there is no channel {name}", "channel")


class Counts(Protocol):
    """Counters for /metrics."""

    def finished(self, state: State) -> None:
        """A notification came to its end."""
        ...


@dataclass
class Notifier:
    """`keep`: seconds for which a notification that came to its end is kept. `wake` is called where there is something to send.

    `routing`: which channels an alert goes to; None: to all.
    """

    store: Store
    targets: Sequence[Target]
    counts: Counts
    keep: float = 30 * 86_400.0
    wake: Callable[[], None] = lambda: None
    routing: Routes | None = None
    telling: Telling = field(default_factory=Telling)

    def __post_init__(self) -> None:
        self._routing: Routes = self.routing or ToAll(self.targets)

    async def receive(self, opportunities: Sequence[Opportunity], traces: Mapping[str, str] = UNTRACED) -> None:
        """Store what is new; what is known was sent already, or is about to be, as its last revision says.

        `traces`: the trace parents of some, by id, in which they will be sent.
        """
        latest = {each.id: each for each in sorted(opportunities, key=lambda each: each.revision)}
        routes = await self._routing.routes(list(latest.values()))
        fresh = set[str]()
        for keys, those in _by_route(latest.values(), routes):
            new = set(await self.store.add(those, keys, traces))
            fresh |= new
            for each in those:
                if each.id in new and not keys:
                    self._log(each)
        await self._routing.remark(routes)
        self.telling.received([each for each in latest.values() if each.id in fresh or each.revision], len(self.targets))
        self.wake()

    async def receive_notices(self, notices: Sequence[Notice]) -> None:
        """Store what is new, and is no deal."""
        new = set(await self.store.add_notices(notices, self._keys))
        self.telling.noticed([each.title for each in notices if each.id in new])
        self.wake()
        if not self.targets:
            for each in {each.id: each for each in notices if each.id in new}.values():
                self.counts.finished(State.LOGGED)
                structlog.get_logger().info("notice", id=each.id, title=each.title, says=each.text)

    async def resend(self, identifier: str, channel: str | None = None) -> Notification:
        """Send again to the channels that do not have it; to `channel`, by name or key, also where it has it.

        NotFoundError where there is none; InvalidInputError for a channel that is not there, and for what was withdrawn.
        """
        again = None if channel is None else await self._routing.key_of(channel)
        known = await self.store.get(identifier)
        if known and known.opportunity and known.opportunity.withdrawn:
            raise InvalidInputError(f"it was withdrawn: {known.opportunity.withdrawn}", "identifier")
        keys = await self._keys_for(known) if known and again is None else [again] if again else []
        notification = await self.store.reopen(identifier, keys, again)
        if notification is None:
            raise NotFoundError(f"there is no notification {identifier}")
        self.wake()
        return notification

    async def test(self) -> list[Sent]:
        """Send a test push to every channel, once."""
        return list(await asyncio.gather(*(target.send(test_push()) for target in self.targets)))

    async def recover(self) -> None:
        """Take up what an earlier version left pending; what this one did is in the database as it is."""
        while await self.store.adopt(self._keys) == ROUND:
            pass

    async def tidy(self) -> None:
        """End what waits beyond its time, and forget what ended long ago."""
        while await self.store.expire() == ROUND:
            pass
        while await self.store.forget(self.keep) == ROUND:
            pass

    @property
    def _keys(self) -> list[str]:
        return [target.key for target in self.targets]

    async def _keys_for(self, notification: Notification) -> list[str]:
        """Of the channels that take it. InvalidInputError where there are some, and none does."""
        if notification.opportunity is None:
            return self._keys
        keys = (await self._routing.routes([notification.opportunity]))[notification.id].keys
        if self.targets and not keys:
            raise InvalidInputError("no channel takes it, by their filters: name one", "channel")
        return list(keys)

    def _log(self, opportunity: Opportunity) -> None:
        push = push_of(opportunity)
        self.counts.finished(State.LOGGED)
        says = " · ".join(push.body.splitlines())
        structlog.get_logger().info("deal", opportunity=opportunity.id, title=push.title, says=says)


def _by_route(
    opportunities: Iterable[Opportunity], routes: Mapping[str, Route]
) -> Iterator[tuple[tuple[str, ...], list[Opportunity]]]:
    """Those that go to the same channels together: what is stored at once."""
    found: dict[tuple[str, ...], list[Opportunity]] = {}
    for each in opportunities:
        found.setdefault(routes[each.id].keys, []).append(each)
    yield from found.items()
