"""Opportunities, fakes and an open store for the notifier's tests."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from common.deals import Deal, Opportunity
from common.errors import NotFoundError, UnavailableError
from notifier.message import Push
from notifier.notification import DeliveryPolicy, OnUnknown, Outcome, Sent, Stage, State
from notifier.store.delivery_store import DeliveryStore
from notifier.store.notification_store import NotificationStore
from notifier.store.schema import Database, open_database
from notifier.stream_data import DeadLetter, StreamEntry, StreamLag

PUBLISHED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def opportunity(identifier: str = "opp-1", created: datetime | None = None, **deal: object) -> Opportunity:
    facts = {
        "title": "Cordless drill kit, 20 V",
        "description": "Brushless, two batteries",
        "price": 59.99,
        "url": "https://shop.example/drill?a=1&b=2",
        "retailer": "Example Tools",
        "feed": "https://feeds.example/tools.xml",
        "published": PUBLISHED,
    }
    offer, created = Deal.model_validate(facts | deal), created or datetime.now(UTC)
    figures = {"estimate": 129.5, "low": 98.0, "high": 171.25, "discount": 62.4, "chance": 0.924}
    evidence = [
        {"kind": "asked_price", "price": 82.0, "weight": 0.1, "words": "Asked: $59.99 at Example Tools."},
        {"kind": "estimate", "price": 120.0, "weight": 0.2, "words": "3 pricers say $120; similar ones $98 to $140."},
        {"kind": "next_best", "price": 131.0, "weight": 0.7, "words": "An editor says the lowest price elsewhere is $131."},
    ]
    return Opportunity.model_validate({"id": identifier, "deal": offer, **figures, "evidence": evidence, "created": created})


@dataclass
class FakeTarget:
    """Answers what it is told to, in order, and then always yes."""

    key: str = "phone"
    answers: list[Sent] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    gate: asyncio.Event | None = None
    on_unknown: OnUnknown = OnUnknown.REPEAT

    @property
    def label(self) -> str:
        return self.key

    @property
    def ids(self) -> list[str]:
        return [push.id for push in self.pushes]

    async def send(self, push: Push) -> Sent:
        self.pushes.append(push)
        if self.gate:
            await self.gate.wait()
        return self.answers.pop(0) if self.answers else Sent(self.key, Outcome.SENT)


@dataclass
class OpenStores:
    """Both stores over one SQLite file; `of` is another instance's view of the same."""

    database: Database
    policy: DeliveryPolicy
    notifications: NotificationStore
    deliveries: DeliveryStore

    def of(self, owner: str, lease: float = 30.0) -> DeliveryStore:
        return DeliveryStore(self.database, owner, lease, self.policy.longest_pause)

    async def stages(self, identifier: str = "opp-1") -> dict[str, Stage]:
        found = await self.notifications.get(identifier)
        assert found
        return {each.channel: each.stage for each in found.deliveries}

    async def state(self, identifier: str = "opp-1") -> State:
        found = await self.notifications.get(identifier)
        assert found
        return found.state


async def open_stores(url: str, policy: DeliveryPolicy | None = None, owner: str = "one", lease: float = 30.0) -> OpenStores:
    database, policy = open_database(url), policy or DeliveryPolicy(base=0, unknown_pause=0)
    await database.prepare()
    deliveries = DeliveryStore(database, owner, lease, policy.longest_pause)
    return OpenStores(database, policy, NotificationStore(database, policy), deliveries)


@asynccontextmanager
async def opened(folder: Path, policy: DeliveryPolicy | None = None) -> AsyncIterator[OpenStores]:
    """Stores over a file in the folder, closed at the end."""
    stores = await open_stores(sqlite(folder), policy)
    try:
        yield stores
    finally:
        await stores.database.engine.dispose()


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'notifier.sqlite3'}"


class FakeStream:
    """A stream and its dead letters in memory. The next `failures` uses fail, all of them while it `is_down`."""

    def __init__(self, *entries: StreamEntry, failures: int = 0) -> None:
        self.waiting, self.given = list(entries), dict[str, StreamEntry]()
        self.failures, self.is_down, self.joins = failures, False, 0
        self.acknowledged: list[str] = []
        self.stored: list[str] = []
        self.buried: list[str] = []
        self.letters: list[DeadLetter] = []

    def publish(self, opportunity: Opportunity, identifier: str = "1-0") -> None:
        self.waiting.append(StreamEntry(identifier, {b"opportunity": opportunity.model_dump_json().encode()}))

    async def join(self) -> None:
        self.joins += 1
        self._use()

    async def new(self, count: int, block: int) -> list[StreamEntry]:
        await asyncio.sleep(0.001)
        if self.is_down:
            self._use()
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        self.given |= {entry.id: entry for entry in taken}
        return taken

    async def ours(self, after: str, count: int) -> list[StreamEntry]:
        return [entry for identifier, entry in self.given.items() if identifier > after][:count]

    async def abandoned(self, idle: int, start: str, count: int) -> tuple[str, list[StreamEntry]]:
        return "0-0", []

    async def acknowledge(self, identifiers: Sequence[str], stored: Sequence[str]) -> None:
        self._use()
        for identifier in identifiers:
            self.given.pop(identifier)
        self.acknowledged += identifiers
        self.stored += stored

    async def report(self) -> None:
        self._use()

    async def leave(self) -> None:
        self._use()

    async def bury(self, entry: StreamEntry, reason: str) -> None:
        self.given.pop(entry.id)
        self.buried.append(entry.id)

    async def lag(self) -> StreamLag:
        return StreamLag(len(self.waiting), len(self.given))

    async def page(self, before: str | None, limit: int) -> list[DeadLetter]:
        self._use()
        return [letter for letter in reversed(self.letters) if before is None or letter.id < before][:limit]

    async def get(self, identifier: str) -> DeadLetter:
        for letter in self.letters:
            if letter.id == identifier:
                return letter
        raise NotFoundError(f"there is no dead letter {identifier}")

    async def revive(self, letter: DeadLetter) -> str:
        self.letters.remove(letter)
        self.waiting.append(StreamEntry("9-0", letter.fields))
        return "9-0"

    async def aclose(self) -> None:
        pass

    def _use(self) -> None:
        if self.is_down or self.failures:
            self.failures = max(0, self.failures - 1)
            raise UnavailableError("Redis: connection refused")


class FakeCounts:
    def __init__(self) -> None:
        self.states: list[State] = []
        self.retries = 0
        self.up: dict[str, bool] = {}  # as it was when it was served last
        self.pushes: list[tuple[str, bool]] = []

    def finished(self, state: State) -> None:
        self.states.append(state)

    def retried(self) -> None:
        self.retries += 1

    def channel(self, key: str, label: str, *, is_up: bool | None) -> None:
        if is_up is not None:
            self.up[label] = is_up

    def pushed(self, label: str, seconds: float, found: float | None) -> None:
        self.pushes.append((label, found is not None))
