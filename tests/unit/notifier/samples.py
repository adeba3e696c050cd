"""Opportunities and fakes for the notifier's tests."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from common.deals import Deal, Opportunity
from notifier.message import Push
from notifier.notification import Notification, Sent, State

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
    return Opportunity(id=identifier, deal=offer, estimate=129.5, low=98.0, high=171.25, discount=69.51, created=NOW)


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
