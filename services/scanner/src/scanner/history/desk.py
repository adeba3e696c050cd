"""What the doors of this room work with: products, and the ledger with what people say of pushes. Knows no HTTP."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scanner.history.ledger import Entry, Later, Push, Share, entry_of, share_of, shares_by_week, shares_of, supporting
from scanner.store.history.product_store import ProductStore


class Pushes(Protocol):
    """What was pushed."""

    async def pushed(self, since: datetime) -> list[tuple[Push, Later]]:
        """What was pushed since a moment, the newest first, each with what came after it."""
        ...


class Verdicts(Protocol):
    """What people say of pushes."""

    async def of(self, opportunities: Sequence[str]) -> Mapping[str, str]:
        """right, wrong_price, not_this_product, not_worth_that or bought, by opportunity, as far as somebody said."""
        ...


@dataclass(frozen=True)
class Ledger:
    """Pushes with what came of them, the newest first, and the shares of right ones: of all, by rule, feed, pricer and week."""

    entries: list[Entry]
    all: Share
    rules: list[Share]
    feeds: list[Share]
    pricers: list[Share]
    weeks: list[Share]


@dataclass(frozen=True)
class HistoryDesk:
    """The open parts."""

    products: ProductStore
    pushes: Pushes
    verdicts: Verdicts
    now: Callable[[], datetime]

    async def ledger(self, days: int) -> Ledger:
        """That of so many days. A push counts for a pricer where that pricer's own estimate bore it out."""
        now = self.now()
        pushed = await self.pushes.pushed(now - timedelta(days=days))
        said = await self.verdicts.of([push.opportunity for push, _ in pushed])
        entries = [entry_of(push, later, said.get(push.opportunity), now) for push, later in pushed]
        return Ledger(
            entries,
            share_of("all", [each.verdict for each in entries]),
            shares_of(entries, lambda push: push.asked_by),
            shares_of(entries, lambda push: [push.feed]),
            shares_of(entries, supporting),
            shares_by_week(entries),
        )
