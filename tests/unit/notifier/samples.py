"""Opportunities and fakes for the notifier's tests."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from common.deals import Deal, Opportunity
from common.errors import NotFoundError, UnavailableError
from notifier.message import Push
from notifier.notification import Notification, Sent, State
from notifier.stream_data import DeadLetter, StreamEntry, StreamLag

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def opportunity(identifier: str = "opp-1", **deal: object) -> Opportunity:
    facts = {
        "title": "Cordless drill kit, 20 V",
        "description": "Brushless, two batteries",
        "price": 59.99,
        "url": "https://shop.example/drill?a=1&b=2",
        "retailer": "Example Tools",
        "feed": "https://feeds.example/tools.xml",
        "published": NOW,
    }
    offer = Deal.model_validate(facts | deal)
    figures = {"estimate": 129.5, "low": 98.0, "high": 171.25, "discount": 62.4, "chance": 0.924}
    evidence = [
        {"kind": "asked_price", "price": 82.0, "weight": 0.1, "words": "Asked: $59.99 at Example Tools."},
        {"kind": "estimate", "price": 120.0, "weight": 0.2, "words": "3 pricers say $120; similar ones $98 to $140."},
        {"kind": "next_best", "price": 131.0, "weight": 0.7, "words": "An editor says the lowest price elsewhere is $131."},
    ]
    return Opportunity.model_validate({"id": identifier, "deal": offer, **figures, "evidence": evidence, "created": NOW})


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something that another task does."""
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


@dataclass
class FakeTarget:
    """Answers what it is told to, in order, and then always yes."""

    key: str = "phone"
    answers: list[Sent] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    gate: asyncio.Event | None = None

    @property
    def label(self) -> str:
        return self.key

    async def send(self, push: Push) -> Sent:
        self.pushes.append(push)
        if self.gate:
            await self.gate.wait()
        return self.answers.pop(0) if self.answers else Sent(self.key, is_sent=True)


class FakeStore:
    """Rows in a dictionary. Identifiers in `elsewhere` are being delivered by another consumer, `broken` raises."""

    def __init__(self) -> None:
        self.rows: dict[str, Notification] = {}
        self.leases: dict[str, float] = {}
        self.elsewhere: set[str] = set()

    async def claim(self, opportunity: Opportunity) -> tuple[Notification, bool]:
        row = self.rows.setdefault(opportunity.id, _new(len(self.rows) + 1, opportunity))
        return row, row.state is State.PENDING and opportunity.id not in self.elsewhere

    async def record(self, notification: Notification, lease: float) -> None:
        self.rows[notification.opportunity.id] = notification
        self.leases[notification.opportunity.id] = lease

    async def get(self, identifier: str) -> Notification | None:
        return self.rows.get(identifier)

    async def reset(self, identifier: str, *, forget_delivered: bool) -> Notification | None:
        row = self.rows.get(identifier)
        if row is None:
            return None
        delivered = frozenset[str]() if forget_delivered else row.delivered
        self.rows[identifier] = replace(row, state=State.PENDING, attempts=0, error="", delivered=delivered)
        return self.rows[identifier]

    async def unfinished(self) -> Sequence[Opportunity]:
        return [row.opportunity for row in self.rows.values() if row.state is State.PENDING]

    async def page(self, *, before: int | None, limit: int, state: State | None = None) -> list[Notification]:
        rows = sorted(self.rows.values(), key=lambda row: -row.seq)
        return [row for row in rows if (before is None or row.seq < before) and state in (None, row.state)][:limit]

    async def prepare(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


class FakeStream:
    """A stream and its dead letters in memory. The next `failures` uses fail, all of them while it `is_down`."""

    def __init__(self, *entries: StreamEntry, failures: int = 0) -> None:
        self.waiting, self.given = list(entries), dict[str, StreamEntry]()
        self.failures, self.is_down, self.joins = failures, False, 0
        self.acknowledged: list[str] = []
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

    async def keep(self, identifiers: Sequence[str]) -> None:
        pass

    async def acknowledge(self, identifier: str) -> None:
        self._use()
        self.given.pop(identifier)
        self.acknowledged.append(identifier)

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

    def finished(self, state: State) -> None:
        self.states.append(state)

    def retried(self) -> None:
        self.retries += 1


def _new(seq: int, opportunity: Opportunity) -> Notification:
    return Notification(seq, opportunity, State.PENDING, 0, "", frozenset(), 1e9, 1e9)
