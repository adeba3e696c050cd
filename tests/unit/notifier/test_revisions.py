"""A later revision of an alert takes its place where that has not gone out; a withdrawn one goes out nowhere."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from common.deals import Opportunity
from common.errors import InvalidInputError
from notifier.entry_handler import handle_entries
from notifier.notification import Attempt, Next, OnUnknown, Stage, State
from notifier.service import Notifier
from notifier.stream_data import StreamEntry
from tests.unit.notifier.samples import FakeCounts, FakeTarget, OpenStores, opened, opportunity

WHY = "its price is 90.00 USD now"


class World:
    """A notifier over a real store, and what its channels are given."""

    def __init__(self, stores: OpenStores, *channels: str) -> None:
        self.stores, self.counts = stores, FakeCounts()
        self.notifier = Notifier(stores.notifications, [FakeTarget(each) for each in channels], self.counts)

    async def receive(self, *revisions: Opportunity) -> None:
        await self.notifier.receive(revisions)

    async def begin(self, channel: str = "phone") -> Attempt | None:
        lease = await self.stores.deliveries.acquire(channel, channel)
        assert lease
        return await self.stores.deliveries.begin(lease)

    async def send(self, channel: str = "phone") -> float | None:
        """The price that is pushed; None where nothing is."""
        attempt = await self.begin(channel)
        if attempt is None:
            return None
        await self.stores.deliveries.finish(attempt, Next(Stage.SENT))
        return attempt.opportunity.deal.price


def revision(number: int, price: float = 59.99, withdrawn: str | None = None, age: timedelta = timedelta(0)) -> Opportunity:
    found = opportunity(created=datetime.now(UTC) - age, price=price)
    return found.model_copy(update={"revision": number, "withdrawn": withdrawn})


def in_world(folder: Path, work: Callable[[World], Awaitable[None]], *channels: str) -> World:
    async def run() -> World:
        async with opened(folder) as stores:
            world = World(stores, *channels)
            await work(world)
        return world

    return asyncio.run(run())


def test_what_waits_is_withdrawn_and_what_was_sent_is_not_taken_back(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive(revision(0))
        assert await world.send("mail") == 59.99
        await world.receive(revision(1, withdrawn=WHY))
        assert await world.stores.stages() == {"phone": Stage.WITHDRAWN, "mail": Stage.SENT}
        assert await world.send("phone") is None
        assert await world.stores.state() is State.SENT
        found = await world.stores.notifications.get("opp-1")
        assert found
        assert (WHY in found.error, found.sent is not None) == (True, True)

    in_world(tmp_path, work, "phone", "mail")


def test_a_correction_goes_out_once_in_the_place_of_the_first(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive(revision(0))
        assert await world.send("mail") == 59.99
        for _ in range(2):
            await world.receive(revision(1, price=58.0))
        assert [await world.send("phone"), await world.send("phone"), await world.send("mail")] == [58.0, None, None]
        await world.receive(revision(0), revision(2, price=57.0))
        assert [await world.send("phone"), await world.send("mail")] == [None, None]
        found = await world.stores.notifications.get("opp-1")
        assert found
        assert found.opportunity.deal.price == 58.0  # what was told last, and not what came after

    in_world(tmp_path, work, "phone", "mail")


def test_revisions_count_by_their_number_in_whatever_order_they_come(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive(revision(2, price=57.0), revision(1, withdrawn=WHY))
        await world.receive(revision(0))
        await world.receive(revision(1, price=58.0))
        assert [await world.send(), await world.send()] == [57.0, None]

    in_world(tmp_path, work, "phone")


def test_one_that_is_withdrawn_before_it_comes_is_never_told_and_one_that_is_no_longer_is_told_once(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive(revision(1, withdrawn=WHY))
        await world.receive(revision(0))
        assert (await world.send(), await world.stores.state()) == (None, State.WITHDRAWN)
        await world.receive(revision(2, price=55.0))
        assert [await world.send(), await world.send()] == [55.0, None]

    in_world(tmp_path, work, "phone")


def test_without_a_channel_one_that_is_withdrawn_is_not_logged_and_its_return_is(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        for each in (revision(1, withdrawn=WHY), revision(2, withdrawn=WHY), revision(0)):
            await world.receive(each)
            assert (await world.stores.state(), world.counts.states) == (State.WITHDRAWN, [])
        await world.receive(revision(3, price=55.0))
        await world.receive(revision(4, withdrawn=WHY))
        assert (await world.stores.state(), world.counts.states) == (State.LOGGED, [State.LOGGED])

    in_world(tmp_path, work)


def test_a_push_that_is_open_is_heard_out_and_not_tried_again(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive(revision(0))
        attempt = await world.begin()
        assert attempt
        await world.receive(revision(1, withdrawn=WHY))
        assert await world.stores.stages() == {"phone": Stage.SENDING}
        await world.stores.deliveries.finish(attempt, Next(Stage.WAITING, error="HTTP 500"))
        assert await world.begin() is None
        assert await world.stores.state() is State.WITHDRAWN

    in_world(tmp_path, work, "phone")


def test_what_may_have_arrived_is_told_as_unknown_and_not_as_withdrawn(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive(revision(0))
        attempt = await world.begin()
        assert attempt
        await world.stores.deliveries.finish(attempt, Next(Stage.WAITING, repeats=1))
        await world.receive(revision(1, withdrawn=WHY))
        assert await world.stores.stages() == {"phone": Stage.UNKNOWN}
        await world.receive(revision(2))
        assert await world.begin() is None

    in_world(tmp_path, work, "phone")


def test_a_push_that_was_open_at_a_crash_is_not_repeated_where_it_is_withdrawn(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive(revision(0), opportunity("opp-2"))
        assert await world.begin()
        await world.receive(revision(1, withdrawn=WHY))
        other = world.stores.of("one")  # the same owner, in a later term
        lease = await other.acquire("phone", "phone")
        assert lease
        assert await other.interrupt(lease, OnUnknown.REPEAT, 0) == 1
        attempt = await other.begin(lease)
        assert attempt
        assert attempt.opportunity.id == "opp-2"
        assert await world.stores.stages() == {"phone": Stage.UNKNOWN}

    in_world(tmp_path, work, "phone")


def test_a_revision_of_what_was_told_and_forgotten_is_passed_over(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive(revision(3, price=50.0, age=timedelta(days=2)))
        assert await world.stores.notifications.get("opp-1") is None

    in_world(tmp_path, work, "phone")


def test_what_was_withdrawn_is_not_sent_again_by_hand(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive(revision(0))
        await world.receive(revision(1, withdrawn=WHY))
        with pytest.raises(InvalidInputError, match=WHY):
            await world.notifier.resend("opp-1")

    in_world(tmp_path, work, "phone")


def test_each_revision_is_reported_by_an_id_of_its_own(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        entries = [
            StreamEntry(f"{n}-0", {b"opportunity": each.model_dump_json().encode()})
            for n, each in enumerate([revision(0), revision(1, withdrawn=WHY)])
        ]
        first, second = await handle_entries(world.notifier, entries)
        assert (first.stored, second.stored) == ("opp-1", revision(1).stored_as)
        assert second.stored != revision(2).stored_as
        assert await world.stores.state() is State.WITHDRAWN

    in_world(tmp_path, work, "phone")
