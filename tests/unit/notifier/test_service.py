"""The use case: each opportunity is taken in once, for every channel; sending again spares those that have it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from common.errors import InvalidInputError, NotFoundError
from notifier.notification import Next, Outcome, Sent, Stage, State
from notifier.service import Notifier
from notifier.store.schema import deliveries, notifications
from tests.unit.notifier.samples import FakeCounts, FakeTarget, OpenStores, opened, opportunity


def in_world(tmp_path: Path, work: Callable[[OpenStores, Notifier], Awaitable[None]], *targets: FakeTarget) -> FakeCounts:
    counts = FakeCounts()

    async def run() -> None:
        async with opened(tmp_path) as stores:
            await work(stores, Notifier(stores.notifications, targets, counts))

    asyncio.run(run())
    return counts


async def deliver(stores: OpenStores, channel: str, outcome: Stage = Stage.SENT) -> str:
    """One push of a channel; its id."""
    lease = await stores.deliveries.acquire(channel, channel)
    assert lease
    attempt = await stores.deliveries.begin(lease)
    assert attempt
    await stores.deliveries.finish(attempt, Next(outcome, error="" if outcome is Stage.SENT else "refused"))
    return attempt.push_id


def test_an_opportunity_is_taken_in_once_for_each_channel(tmp_path: Path) -> None:
    async def work(stores: OpenStores, notifier: Notifier) -> None:
        await notifier.receive([opportunity(), opportunity(), opportunity("opp-2")])
        await notifier.receive([opportunity()])
        assert [each.id for each in await stores.notifications.page(before=None, limit=9)] == ["opp-2", "opp-1"]
        assert await stores.stages() == {"phone": Stage.WAITING, "mail": Stage.WAITING}

    in_world(tmp_path, work, FakeTarget("phone"), FakeTarget("mail"))


def test_what_was_sent_is_not_opened_by_a_repeat(tmp_path: Path) -> None:
    async def work(stores: OpenStores, notifier: Notifier) -> None:
        await notifier.receive([opportunity()])
        await deliver(stores, "phone")
        await notifier.receive([opportunity()])
        assert await stores.state() is State.SENT

    in_world(tmp_path, work, FakeTarget("phone"))


def test_without_a_channel_it_is_logged(tmp_path: Path) -> None:
    async def work(stores: OpenStores, notifier: Notifier) -> None:
        await notifier.receive([opportunity()])
        await notifier.receive([opportunity()])
        assert await stores.state() is State.LOGGED

    assert in_world(tmp_path, work).states == [State.LOGGED]


def test_sending_again_spares_the_channels_that_have_it(tmp_path: Path) -> None:
    async def work(stores: OpenStores, notifier: Notifier) -> None:
        await notifier.receive([opportunity()])
        await deliver(stores, "phone")
        first = await deliver(stores, "mail", Stage.FAILED)
        assert await stores.state() is State.FAILED
        assert (await notifier.resend("opp-1")).state is State.PENDING
        assert await stores.stages() == {"phone": Stage.SENT, "mail": Stage.WAITING}
        assert await deliver(stores, "mail") == first  # a receiver that has it after all drops it

    in_world(tmp_path, work, FakeTarget("phone"), FakeTarget("mail"))


def test_sending_again_to_a_chosen_channel_is_another_push(tmp_path: Path) -> None:
    async def work(stores: OpenStores, notifier: Notifier) -> None:
        await notifier.receive([opportunity()])
        first = await deliver(stores, "phone")
        await deliver(stores, "mail", Stage.FAILED)
        await notifier.resend("opp-1", "phone")
        assert await stores.stages() == {"phone": Stage.WAITING, "mail": Stage.FAILED}
        assert await deliver(stores, "phone") != first

    in_world(tmp_path, work, FakeTarget("phone"), FakeTarget("mail"))


def test_sending_again_reaches_a_channel_that_was_not_there_then(tmp_path: Path) -> None:
    async def work(stores: OpenStores, notifier: Notifier) -> None:
        await stores.notifications.add([opportunity()], [])
        await notifier.resend("opp-1")
        assert await stores.stages() == {"phone": Stage.WAITING}

    in_world(tmp_path, work, FakeTarget("phone"))


def test_sending_again_what_or_where_there_is_nothing_is_refused(tmp_path: Path) -> None:
    async def work(_: OpenStores, notifier: Notifier) -> None:
        with pytest.raises(NotFoundError):
            await notifier.resend("nothing")
        with pytest.raises(InvalidInputError):
            await notifier.resend("nothing", "no such channel")

    in_world(tmp_path, work, FakeTarget("phone"))


def test_a_test_push_goes_to_every_channel_under_an_id_of_its_own(tmp_path: Path) -> None:
    phone, mail = FakeTarget("phone"), FakeTarget("mail", answers=[Sent("mail", Outcome.NOT_SENT, "refused")])

    async def work(_: OpenStores, notifier: Notifier) -> None:
        assert [each.is_sent for each in await notifier.test()] == [True, False]

    in_world(tmp_path, work, phone, mail)
    assert phone.ids[0] != mail.ids[0]


def test_what_came_to_its_end_long_ago_is_forgotten(tmp_path: Path) -> None:
    async def work(stores: OpenStores, notifier: Notifier) -> None:
        await notifier.receive([opportunity(f"opp-{n}") for n in range(600)])
        await deliver(stores, "phone")
        async with stores.database.writer() as connection:
            old = notifications.update().where(notifications.c.seq <= 550)
            await connection.execute(old.values(state="sent", updated=1.0))
        await notifier.tidy()
        assert len(await stores.notifications.page(before=None, limit=999)) == 50
        async with stores.database.reader() as connection:
            left = (await connection.execute(deliveries.select())).all()
        assert len(left) == 50

    in_world(tmp_path, work, FakeTarget("phone"))
