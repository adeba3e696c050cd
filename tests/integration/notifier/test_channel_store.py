"""Channels on SQLite and PostgreSQL: all or none, names, and what waits for one that was removed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from common.errors import InvalidInputError
from notifier.channels.channel import ChannelRecord, ChannelSettings, Origin
from notifier.channels.roster import Roster
from notifier.notification import Next, Stage, State
from notifier.service import Notifier
from notifier.store.channel_store import ChannelStore
from tests.unit.notifier.samples import OpenStores, open_stores, opportunity


class NoCounts:
    """Counts nothing."""

    def finished(self, state: State) -> None:
        """A notification came to its end."""


def with_store(url: str, work: Callable[[OpenStores, ChannelStore], Awaitable[None]]) -> None:
    async def run() -> None:
        stores = await open_stores(url)
        try:
            await work(stores, ChannelStore(stores.database))
        finally:
            await stores.database.engine.dispose()

    asyncio.run(run())


def record(name: str, key: str = "", **settings: object) -> ChannelRecord:
    made = ChannelSettings.model_validate(settings)
    return ChannelRecord(key or name.lower(), Origin.OWN, name, f"json://{name.lower()}.example", "", made)


def test_channels_are_kept_as_they_were_given_and_changed_by_who_knows_their_last_form(database_url: str) -> None:
    async def work(_: OpenStores, kept: ChannelStore) -> None:
        phone = record("Phone", template="{{ price }}", filter={"include": ["drill"]}, priority={"high": "urgent"})
        await kept.put([phone])
        assert await kept.all() == [replace(phone, revision=1)]
        (first,) = await kept.all()
        await kept.put([replace(first, name="Tablet")])
        with pytest.raises(InvalidInputError):
            await kept.put([replace(first, name="Watch")])
        assert [(each.name, each.revision) for each in await kept.all()] == [("Tablet", 2)]

    with_store(database_url, work)


def test_a_name_is_one_channels_whatever_its_case_and_what_goes_wrong_adds_nothing(database_url: str) -> None:
    async def work(_: OpenStores, kept: ChannelStore) -> None:
        await kept.put([record("Phone")])
        with pytest.raises(InvalidInputError):
            await kept.put([record("Mail"), record("PHONE", "other")])
        with pytest.raises(InvalidInputError, match="50 channels"):
            await kept.put([record(f"c{number}") for number in range(50)])
        assert [each.name for each in await kept.all()] == ["Phone"]
        await kept.remove("phone")
        await kept.put([record("Phone", "again")])

    with_store(database_url, work)


def test_what_waits_for_a_channel_that_was_removed_ends_and_what_may_have_arrived_is_told(database_url: str) -> None:
    async def work(stores: OpenStores, kept: ChannelStore) -> None:
        await kept.put([record("Phone")])
        await stores.notifications.add([opportunity("a"), opportunity("b")], ["phone", "mail"])
        await stores.notifications.add([opportunity("c")], ["phone"])
        lease = await stores.deliveries.acquire("phone", "Phone")
        assert lease
        attempt = await stores.deliveries.begin(lease)
        assert attempt
        await stores.deliveries.finish(attempt, Next(Stage.WAITING, repeats=1))
        await kept.remove("phone")
        assert await stores.stages("a") == {"phone": Stage.UNKNOWN, "mail": Stage.WAITING}
        assert await stores.stages("b") == {"phone": Stage.WITHDRAWN, "mail": Stage.WAITING}
        assert await stores.state("c") is State.WITHDRAWN
        await stores.notifications.add([opportunity("d")], ["phone"])  # by an instance that had not heard of it
        assert await kept.sweep() == 1
        assert await kept.sweep() == 0
        assert await stores.stages("d") == {"phone": Stage.WITHDRAWN}

    with_store(database_url, work)


def test_a_push_that_is_open_when_its_channel_is_removed_is_heard_out(database_url: str) -> None:
    async def work(stores: OpenStores, kept: ChannelStore) -> None:
        await kept.put([record("Phone")])
        await stores.notifications.add([opportunity("a")], ["phone"])
        lease = await stores.deliveries.acquire("phone", "Phone")
        assert lease
        attempt = await stores.deliveries.begin(lease)
        assert attempt
        await kept.remove("phone")
        assert await stores.stages("a") == {"phone": Stage.SENDING}
        assert await stores.deliveries.finish(attempt, Next(Stage.SENT)) is State.SENT

    with_store(database_url, work)


def test_remarks_and_what_a_channel_is_noted_for_are_kept(database_url: str) -> None:
    async def work(stores: OpenStores, kept: ChannelStore) -> None:
        await kept.put([record("Phone")])
        await stores.notifications.add([opportunity("a")], [])
        await kept.remark({"a": "one"})
        await kept.remark({"a": "two"})
        assert await kept.remarks(["a", "b"]) == {"a": "two"}
        await kept.note("phone", "line 2")
        assert await kept.switch_off("phone", "410")
        (phone,) = await kept.all()
        assert (phone.trouble, phone.stopped, phone.settings.enabled) == ("line 2", "410", False)
        await stores.notifications.forget(-1.0)
        assert await kept.remarks(["a"]) == {}

    with_store(database_url, work)


def test_a_late_revision_of_what_was_forgotten_keeps_no_later_alert_back(database_url: str) -> None:
    """It is passed over; that it names a channel which is not there any more is nothing to remember then."""
    over = datetime.now(UTC) - timedelta(days=1)
    late = opportunity("forgotten", expires=over).model_copy(update={"revision": 2, "channels": ["Removed"]})

    async def work(stores: OpenStores, kept: ChannelStore) -> None:
        notifier = Notifier(stores.notifications, [], NoCounts(), routing=Roster(kept, []))
        await notifier.receive([late, opportunity("new").model_copy(update={"channels": ["Removed"]})])
        assert await stores.notifications.get("forgotten") is None
        assert await stores.state("new") is State.LOGGED
        assert await kept.remarks(["forgotten", "new"]) == {"new": "There is no channel Removed: it went to all."}

    with_store(database_url, work)


def test_a_channel_that_is_off_is_not_switched_off_again_and_can_be_changed(database_url: str) -> None:
    async def work(stores: OpenStores, kept: ChannelStore) -> None:
        await kept.put([record("Phone")])
        assert await kept.switch_off("phone", "410 of the first")
        (off,) = await kept.all()
        assert not await kept.switch_off("phone", "410 of the second")
        assert await kept.all() == [off]
        on = replace(off, stopped="", settings=off.settings.model_copy(update={"enabled": True}))
        await kept.put([on])  # nothing changed meanwhile
        (again,) = await kept.all()
        assert (again.stopped, again.settings.enabled) == ("", True)
        await kept.remove("phone")
        assert not await kept.switch_off("phone", "410 of the third")
        assert not await kept.switch_off("nobody", "410")

    with_store(database_url, work)
