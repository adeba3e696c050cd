"""What the scanner's outbox says of an alert whose price has changed, and what a notifier sends then: SQLite and PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from common.deals import Opportunity
from notifier.notification import Next, Stage
from scanner.feeds.feed_list import WantedFeed
from scanner.store.store import open_store
from tests.unit.notifier.samples import OpenStores, open_stores
from tests.unit.scanner.intake.days import LINK, A, Days, told


class Both:
    """A scanner and a notifier over one database, with what lies between."""

    def __init__(self, days: Days, stores: OpenStores) -> None:
        self.days, self.stores = days, stores

    async def scan(self, price: float) -> None:
        await self.days.scan(told(f"Acme Drill for ${price:g}", LINK), days=0.01)

    async def publish(self) -> None:
        """Have the notifier store what waits."""
        rows = await self.days.store.outbox.unsent(50)
        found = [Opportunity.model_validate_json(row.body) for row in rows]
        of_now = {"created": datetime.now(UTC)}  # the scanner's days are not those of the notifier's clock
        await self.stores.notifications.add([each.model_copy(update=of_now) for each in found], ["phone"])
        await self.days.store.outbox.mark_sent([row.id for row in rows], self.days.now)

    async def pushed(self) -> list[float]:
        """Send all that waits; its prices."""
        prices = list[float]()
        lease = await self.stores.deliveries.acquire("phone", "phone")
        assert lease
        while attempt := await self.stores.deliveries.begin(lease):
            prices.append(attempt.opportunity.deal.price)
            await self.stores.deliveries.finish(attempt, Next(Stage.SENT))
        return prices


@pytest.mark.parametrize(
    ("prices", "pushed"),
    [
        ((60, 70), []),
        ((60, 59), [59.0]),
        ((60, 40), [40.0]),
        ((60, 70, 60), [60.0]),
        ((60, 59, 61), []),
        ((60, 40, 39), [39.0]),
        ((60, 70, 50, 49.5), [49.5]),
    ],
)
@pytest.mark.parametrize("is_stored_between", [False, True])
def test_a_channel_that_was_away_is_told_the_price_of_today_once(
    database_url: str, prices: tuple[float, ...], pushed: list[float], is_stored_between: bool
) -> None:
    async def work(both: Both) -> None:
        for price in prices:
            await both.scan(price)
            if is_stored_between:
                await both.publish()
        await both.publish()
        assert await both.pushed() == pushed
        await both.scan(prices[-1])
        await both.publish()
        assert await both.pushed() == []

    over(database_url, work)


def test_what_its_title_calls_over_is_not_told_any_more(database_url: str) -> None:
    async def work(both: Both) -> None:
        await both.scan(60)
        await both.days.scan(told("[Expired] Acme Drill for $60", LINK), days=0.01)
        await both.publish()
        assert await both.pushed() == []

    over(database_url, work)


def test_what_is_to_be_had_again_is_told(database_url: str) -> None:
    async def work(both: Both) -> None:
        await both.scan(60)
        await both.days.scan(told("[Expired] Acme Drill for $60", LINK), days=0.01)
        await both.publish()
        assert await both.pushed() == []
        await both.scan(60)
        await both.publish()
        assert await both.pushed() == [60.0]

    over(database_url, work)


def test_what_went_out_is_not_taken_back_and_a_few_cents_less_are_not_told_again(database_url: str) -> None:
    async def work(both: Both) -> None:
        for price, pushed in ((60, [60.0]), (59, []), (70, []), (60, []), (40, [40.0])):
            await both.scan(price)
            await both.publish()
            assert await both.pushed() == pushed

    over(database_url, work)


def over(url: str, work: Callable[[Both], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_store(url, lambda: None)
        await store.feeds.configure([WantedFeed(A, "A")], "environment")
        stores = await open_stores(url)
        try:
            await work(Both(Days(store), stores))
        finally:
            await stores.database.engine.dispose()
            await store.aclose()

    asyncio.run(run())
