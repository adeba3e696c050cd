"""The stores on SQLite and PostgreSQL: a database of the first release is brought to today's form, leases are fenced."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

import pytest
from sqlalchemy import Column, Double, Integer, MetaData, String, Table, Text, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from common.database import PART, asynchronous
from common.errors import InvalidInputError
from notifier.channels.roster import Roster
from notifier.notification import DeliveryPolicy, LeaseLostError, Next, OnUnknown, Stage, State
from notifier.service import Notifier
from notifier.store.channel_store import ChannelStore
from notifier.store.schema import channels, deliveries
from tests.integration.notifier.test_channel_store import NoCounts
from tests.unit.notifier.samples import FakeTarget, OpenStores, open_stores, opportunity

FIRST = MetaData()
ROWS = Table(  # as the first release had it, before there were migrations
    "notifications",
    FIRST,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(200), nullable=False, unique=True),
    Column("opportunity", Text, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("delivered", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("sent", Double),
    Column("owner", String(200), nullable=False),
    Column("leased_until", Double, nullable=False),
)


@pytest.fixture
def url(database_url: str) -> str:
    """Where an empty database is."""
    return database_url


def with_stores(url: str, work: Callable[[OpenStores], Awaitable[None]], policy: DeliveryPolicy | None = None) -> None:
    async def run() -> None:
        stores = await open_stores(url, policy)
        try:
            await work(stores)
        finally:
            await stores.database.engine.dispose()

    asyncio.run(run())


async def make_first(url: str) -> None:
    """A database of the first release: one sent to two addresses, one pending that one of them has, one that failed."""
    engine, now = create_async_engine(asynchronous(make_url(url))), time.time()
    rows = [("sent", "sent", ["phone", "mail"], ""), ("half", "pending", ["mail"], ""), ("dead", "failed", [], "refused")]
    async with engine.begin() as connection:
        await connection.run_sync(FIRST.create_all)
        for identifier, state, delivered, error in rows:
            body = opportunity(identifier).model_dump_json()
            facts = {"id": identifier, "opportunity": body, "state": state, "attempts": 3, "error": error}
            times = {"created": now, "updated": now, "sent": now if state == "sent" else None, "leased_until": now + 60}
            await connection.execute(
                insert(ROWS).values(facts | times | {"delivered": json.dumps(delivered), "owner": "notifier-1"})
            )
    await engine.dispose()


def test_a_database_of_the_first_release_keeps_what_it_knew_and_delivers_what_was_pending(url: str) -> None:
    asyncio.run(make_first(url))

    async def work(stores: OpenStores) -> None:
        assert await stores.notifications.adopt(["phone", "mail"]) == 1
        assert await stores.stages("sent") == {"phone": Stage.SENT, "mail": Stage.SENT}
        assert await stores.stages("half") == {"mail": Stage.SENT, "phone": Stage.WAITING}
        assert (await stores.state("half"), await stores.state("dead")) == (State.PENDING, State.FAILED)
        assert await stores.notifications.add([opportunity("sent"), opportunity("new")], ["phone"]) == ["new"]
        lease = await stores.deliveries.acquire("phone", "JSON (1)")
        assert lease
        attempt = await stores.deliveries.begin(lease)
        assert attempt
        assert attempt.opportunity.id == "half"
        assert await stores.deliveries.finish(attempt, Next(Stage.SENT)) is State.SENT
        found = await stores.notifications.get("dead")
        assert found
        assert (found.error, found.attempts) == ("refused", 3)

    with_stores(url, work)
    with_stores(url, lambda stores: stores.notifications.adopt(["phone"]))  # a second start does nothing more


def test_what_no_column_holds_is_the_askers_mistake_and_no_failure_of_the_database(url: str) -> None:
    """PostgreSQL's text has no character NUL and its integers end at 2**31; SQLite finds nothing."""
    is_sqlite = url.startswith("sqlite")

    async def work(stores: OpenStores) -> None:
        await stores.notifications.add([opportunity("a")], ["phone"])
        for ask in (
            lambda: stores.notifications.get("a\x00b"),
            lambda: stores.notifications.reopen("a\x00b", []),
            lambda: stores.notifications.page(before=None, limit=1, channel="a\x00b"),
            lambda: stores.notifications.page(before=10**18 - 1, limit=1),
        ):
            with nullcontext() if is_sqlite else pytest.raises(InvalidInputError):
                await ask()
        assert await stores.state("a") is State.PENDING

    with_stores(url, work)


def test_words_of_an_entry_that_no_column_holds_keep_no_later_alert_back(url: str) -> None:
    async def work(stores: OpenStores) -> None:
        odd = opportunity("a", title="a\x00b").model_copy(update={"channels": ["no\x00body"]})
        notifier = Notifier(
            stores.notifications, [FakeTarget()], NoCounts(), routing=Roster(ChannelStore(stores.database), [FakeTarget()])
        )
        await notifier.receive([odd])
        await notifier.receive([odd.model_copy(update={"revision": 1, "withdrawn": "it\x00is over"}), opportunity("b")])
        assert (await stores.stages("a"), await stores.stages("b")) == ({"phone": Stage.WITHDRAWN}, {"phone": Stage.WAITING})

    with_stores(url, work)


def test_a_channel_has_one_owner_and_a_lease_that_ran_out_is_fenced(url: str) -> None:
    async def work(stores: OpenStores) -> None:
        await stores.notifications.add([opportunity("a"), opportunity("b")], ["phone"])
        frozen, other = stores.of("frozen", lease=0.2), stores.of("other", lease=30.0)
        lease = await frozen.acquire("phone", "phone")
        assert lease
        assert await frozen.begin(lease)
        assert await stores.of("third", lease=0.2).acquire("phone", "phone") is None
        await asyncio.sleep(0.3)
        taken = await stores.of("other", lease=0.2).acquire("phone", "phone")
        assert taken
        assert taken.generation == lease.generation + 1
        assert not await frozen.renew(lease)
        with pytest.raises(LeaseLostError):
            await frozen.begin(lease)
        assert await other.interrupt(taken, OnUnknown.REPEAT, 0.0) == 1
        assert await other.interrupt(taken, OnUnknown.REPEAT, 0.0) == 0

    with_stores(url, work)


def test_a_late_success_of_an_earlier_owner_counts_and_its_failure_does_not(url: str) -> None:
    async def work(stores: OpenStores) -> None:
        await stores.notifications.add([opportunity("a"), opportunity("b")], ["phone"])
        frozen = stores.of("frozen", lease=-1.0)
        lease = await frozen.acquire("phone", "phone")
        assert lease
        first = await frozen.begin(lease)
        second = await frozen.begin(lease)
        assert first
        assert second
        taken = await stores.deliveries.acquire("phone", "phone")
        assert taken
        await stores.deliveries.interrupt(taken, OnUnknown.REPEAT, 3600.0)
        assert await frozen.finish(first, Next(Stage.SENT)) is State.SENT
        assert await frozen.finish(second, Next(Stage.FAILED)) is None
        assert await stores.stages("b") == {"phone": Stage.WAITING}

    with_stores(url, work)


def test_a_late_success_does_not_end_the_attempt_that_came_after_it(url: str) -> None:
    async def work(stores: OpenStores) -> None:
        await stores.notifications.add([opportunity("a")], ["phone"])
        frozen = stores.of("frozen", lease=-1.0)
        lease = await frozen.acquire("phone", "phone")
        assert lease
        first = await frozen.begin(lease)
        taken = await stores.deliveries.acquire("phone", "phone")
        assert first
        assert taken
        await stores.deliveries.interrupt(taken, OnUnknown.REPEAT, 0.0)
        second = await stores.deliveries.begin(taken)
        assert second
        assert (second.push_id, second.token != first.token) == (first.push_id, True)
        assert await frozen.finish(first, Next(Stage.SENT)) is None
        assert await stores.deliveries.finish(second, Next(Stage.SENT)) is State.SENT

    with_stores(url, work)


@pytest.mark.parametrize("ahead", [7200.0, 1e9])
def test_a_lease_that_ends_later_than_any_can_does_not_hold_a_channel(url: str, ahead: float) -> None:
    """As after a reboot, which sets a machine's steady clock back, or where an owner's clock was ahead."""

    async def work(stores: OpenStores) -> None:
        assert await stores.deliveries.acquire("phone", "phone")
        async with stores.database.writer() as connection:
            until = await stores.database.steady_time(connection) + ahead
            await connection.execute(channels.update().values(leased_until=until))
        assert await stores.of("other").acquire("phone", "phone")

    with_stores(url, work)


@pytest.mark.parametrize("back", [1000.0, 7200.0, 3 * 86_400.0])
def test_what_was_put_off_by_a_clock_that_was_set_back_since_is_due(url: str, back: float) -> None:
    async def work(stores: OpenStores) -> None:
        await stores.notifications.add([opportunity("a")], ["phone"])
        async with stores.database.writer() as connection:
            await connection.execute(deliveries.update().values(due=time.time() + 290.0))
        assert not await stores.deliveries.has_due("phone")
        async with stores.database.writer() as connection:
            await connection.execute(deliveries.update().values(due=time.time() + 290.0 + back))
        assert await stores.deliveries.has_due("phone")

    with_stores(url, work, DeliveryPolicy(cap=60.0, unknown_pause=300.0))


@pytest.mark.parametrize(
    ("asked", "ahead", "rests"), [(90.0, 0.0, 90.0), (90.0, 1e9, 0.0), (90.0, 7200.0, 0.0), (9e9, 0.0, 3600.0)]
)
def test_a_peers_rest_is_by_a_clock_that_nobody_sets_and_never_endless(url: str, asked: float, ahead: float, rests: float) -> None:
    """`ahead`: by how much the clock was ahead when the rest began, as before a reboot; an earlier version noted Unix time."""

    async def work(stores: OpenStores) -> None:
        lease = await stores.deliveries.acquire("phone", "phone")
        assert lease
        await stores.deliveries.note(lease, "HTTP 429", asked)
        async with stores.database.writer() as connection:
            await connection.execute(channels.update().values(rests_until=channels.c.rests_until + ahead))
        again = await stores.deliveries.acquire("phone", "phone")
        assert again
        assert rests - 5 <= again.rests <= rests

    with_stores(url, work)


def test_two_channels_that_end_at_the_same_moment_end_their_notification(url: str) -> None:
    async def work(stores: OpenStores) -> None:
        both = ["phone", "mail"]
        for number in range(10):
            await stores.notifications.add([opportunity(f"o-{number}")], both)
            stores_of_each = [stores.of("one"), (await open_stores(url)).of("one")]
            leases = [await each.acquire(channel, channel) for each, channel in zip(stores_of_each, both, strict=True)]
            attempts = [await each.begin(lease) for each, lease in zip(stores_of_each, leases, strict=True) if lease]
            await asyncio.gather(
                *(each.finish(attempt, Next(Stage.SENT)) for each, attempt in zip(stores_of_each, attempts, strict=True) if attempt)
            )
            await stores_of_each[1]._database.engine.dispose()
            assert await stores.state(f"o-{number}") is State.SENT

    with_stores(url, work)


def test_a_push_that_was_open_at_five_crashes_is_not_tried_a_sixth_time(url: str) -> None:
    async def work(stores: OpenStores) -> None:
        await stores.notifications.add([opportunity("a")], ["phone"])
        for number in range(5):
            lease = await stores.of(f"crash-{number}", lease=-1.0).acquire("phone", "phone")
            assert lease
            await stores.of(lease.owner, lease=-1.0).interrupt(lease, OnUnknown.REPEAT, 0.0)
            assert await stores.of(lease.owner, lease=-1.0).begin(lease)
        taken = await stores.deliveries.acquire("phone", "phone")
        assert taken
        await stores.deliveries.interrupt(taken, OnUnknown.REPEAT, 0.0)
        assert await stores.state("a") is State.UNKNOWN
        assert await stores.deliveries.begin(taken) is None

    with_stores(url, work)


def test_what_ended_long_ago_is_forgotten_in_parts_with_its_deliveries_and_what_is_open_is_not(url: str) -> None:
    async def work(stores: OpenStores) -> None:
        ended = [opportunity(f"ended-{number}") for number in range(PART + 1)]
        await stores.notifications.add(ended, [])
        await stores.notifications.add([opportunity("sent"), opportunity("open")], ["phone"])
        lease = await stores.deliveries.acquire("phone", "phone")
        assert lease
        attempt = await stores.deliveries.begin(lease)
        assert attempt
        assert await stores.deliveries.finish(attempt, Next(Stage.SENT)) is State.SENT
        assert await stores.notifications.forget(3600.0) == 0
        assert [await stores.notifications.forget(-1.0) for _ in range(3)] == [PART, 2, 0]
        assert [each.id for each in await stores.notifications.page(before=None, limit=10)] == ["open"]
        async with stores.database.reader() as connection:
            assert list(await connection.scalars(select(deliveries.c.notification))) == ["open"]

    with_stores(url, work)


def test_a_push_is_part_of_the_trace_that_led_to_its_alert(url: str) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    async def work(stores: OpenStores) -> None:
        await stores.notifications.add([opportunity("traced"), opportunity("alone")], ["phone"], {"traced": trace})
        lease = await stores.deliveries.acquire("phone", "phone")
        assert lease
        found = {}
        for _ in range(2):
            attempt = await stores.deliveries.begin(lease)
            assert attempt
            found[attempt.id] = attempt.traceparent
            await stores.deliveries.finish(attempt, Next(Stage.SENT))
        assert found == {"traced": trace, "alone": None}

    with_stores(url, work)
