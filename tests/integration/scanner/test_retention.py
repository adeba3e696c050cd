"""What is old is forgotten in parts, each kind after its own time; what is still needed is kept however old it is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from common.database import PART
from scanner.planner.plan_data import Plan
from scanner.policy import Policy
from scanner.store.retention import Retention
from scanner.store.schema import outbox
from scanner.store.store import Store, open_store
from tests.unit.scanner.fakes import NOW, judgement, new_deal, past

KEPT = Retention(deals=timedelta(days=20), offers=timedelta(days=60), scans=timedelta(days=5), sent=timedelta(days=2))


def with_store(url: str, use: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_store(url, lambda: None, KEPT)
        await use(store)
        await store.aclose()

    asyncio.run(run())


async def fill(store: Store) -> None:
    """A deal that became an alert, and a scan with a plan, all of now."""
    await store.deals.add_deals([new_deal(past(0.5, 60.0))], NOW)
    (deal,) = await store.deals.unpriced(10)
    await store.deals.record_judged([Policy().judge(deal, judgement(200.0, 60.0), NOW)], NOW)
    await store.scans.begin("scan", NOW)
    await store.plans.record(Plan("plan", NOW, "done", frozenset(), (), 0, 0.0))


async def left(store: Store) -> dict[str, int]:
    return {
        "deals": len((await store.deals.page(None, 10)).items),
        "keys": len(await store.deals.known(["link:0.5:60.0"])),
        "opportunities": len((await store.opportunities.page(None, 10, now=NOW, state="all")).items),
        "offers": len((await store.offers.earlier([replace(past(-1), price=1.0)]))[0]),
        "alerts": await store.outbox.count_unsent(),
        "scans": len(await store.scans.newest(10)),
        "plans": len(await store.plans.newest(10)),
    }


ALL = dict.fromkeys(("deals", "keys", "opportunities", "offers", "alerts", "scans", "plans"), 1)
WITH_THE_DEAL = dict.fromkeys(("deals", "keys", "opportunities"), 0)


@pytest.mark.parametrize(
    ("days", "gone"),
    [
        (4.9, {}),
        (5.1, {"scans": 0, "plans": 0}),
        (20.1, {"scans": 0, "plans": 0} | WITH_THE_DEAL),
        (60.1, {"scans": 0, "plans": 0, "offers": 0} | WITH_THE_DEAL),
    ],
)
def test_each_kind_is_kept_for_its_own_time_and_an_alert_until_it_is_stored(
    database_url: str, days: float, gone: dict[str, int]
) -> None:
    async def use(store: Store) -> None:
        await fill(store)
        await store.scans.prune(NOW + timedelta(days=days))
        assert await left(store) == ALL | gone

    with_store(database_url, use)


def test_an_alert_that_was_stored_is_forgotten_after_a_time_and_its_deal_stays_known(database_url: str) -> None:
    async def use(store: Store) -> None:
        await fill(store)
        (row,) = await store.outbox.unsent(10)
        await store.outbox.mark_appended([(row.id, "1-0")], NOW)
        await store.outbox.mark_sent([row.id], NOW)
        await store.scans.prune(NOW + timedelta(days=1.9))
        assert row.id in await rows(store)
        await store.scans.prune(NOW + timedelta(days=2.1))
        assert await rows(store) == []
        assert await left(store) == ALL | {"alerts": 0}

    async def rows(store: Store) -> list[int]:
        async with store.outbox._engine.connect() as connection:
            return list(await connection.scalars(select(outbox.c.id)))

    with_store(database_url, use)


def test_more_than_one_part_goes_and_what_is_seen_again_in_between_stays(database_url: str) -> None:
    async def use(store: Store) -> None:
        many = [new_deal(past(1 + at, 60.0)) for at in range(2 * PART + 3)]
        await store.deals.add_deals(many, NOW)
        await store.deals.mark_seen([many[7].keys[0]], NOW + timedelta(days=19))
        await store.scans.prune(NOW + timedelta(days=21))
        assert set(await store.deals.known([key for each in many for key in each.keys])) == set(many[7].keys)

    with_store(database_url, use)


def test_two_replicas_that_tidy_at_once_do_not_disturb_each_other(database_url: str) -> None:
    async def use(store: Store) -> None:
        other = await open_store(database_url, lambda: None, KEPT)
        await store.deals.add_deals([new_deal(past(1 + at, 60.0)) for at in range(PART + 3)], NOW)
        await asyncio.gather(*(each.scans.prune(NOW + timedelta(days=100)) for each in (store, other)))
        await other.aclose()
        assert (await store.deals.page(None, 10)).items == []

    with_store(database_url, use)
