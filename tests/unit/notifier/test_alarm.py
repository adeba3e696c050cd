"""A person is told on a channel that works what another does not deliver: once, in words, and by who serves it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.alarm import Alarm
from notifier.message import notice_of
from notifier.notification import Next, Outcome, Sent, Stage
from notifier.store.schema import channels
from notifier.store.trouble_store import TroubleStore
from notifier.trouble import BadEnd, Trouble
from tests.unit.notifier.samples import FakeTarget, OpenStores, opened, opportunity


@dataclass
class World:
    """A phone that has its troubles, a mailbox beside it, and the instance "one" that serves both."""

    stores: OpenStores
    phone: FakeTarget = field(default_factory=lambda: FakeTarget("phone"))
    mail: FakeTarget = field(default_factory=lambda: FakeTarget("mail"))
    now: float = 0.0

    def alarm(self, owner: str = "one", after: float = 0.0) -> Alarm:
        troubles = TroubleStore(self.stores.database, owner, after)
        return Alarm(troubles, [self.phone, self.mail], 300.0, lambda: self.now)

    async def note(self, problem: str, channel: str = "phone") -> None:
        lease = await self.stores.deliveries.acquire(channel, channel)
        assert lease
        await self.stores.deliveries.note(lease, problem, 0.0)

    async def end(self, identifier: str, stage: Stage, title: str = "Drill") -> None:
        """An alert whose push to the phone comes to such an end."""
        await self.stores.notifications.add([opportunity(identifier, title=title)], ["phone"])
        lease = await self.stores.deliveries.acquire("phone", "phone")
        assert lease
        attempt = await self.stores.deliveries.begin(lease)
        assert attempt
        await self.stores.deliveries.finish(attempt, Next(stage, error="" if stage is Stage.SENT else "why"))


def in_world(tmp_path: Path, work: Callable[[World], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opened(tmp_path) as stores:
            await work(World(stores))

    asyncio.run(run())


def test_a_channel_that_fails_is_told_on_another_once_and_again_when_it_fails_anew(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        alarm = world.alarm()
        await world.stores.notifications.add([opportunity("waits")], ["phone"])
        for episode in (1, 2):
            await world.note("HTTP 500")
            for _ in range(3):
                await alarm.look()
                world.now += 300.0
            assert len(world.mail.pushes) == episode
            await world.note("")
            await alarm.look()
        assert world.phone.pushes == []
        push = world.mail.pushes[0]
        assert push.title == "Alerts to phone need a look"
        assert push.body.endswith(": HTTP 500\n1 wait for it.")
        assert len(set(world.mail.ids)) == 2

    in_world(tmp_path, work)


def test_what_fails_for_a_moment_is_not_told(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.note("HTTP 500")
        await world.alarm(after=300.0).look()
        assert world.mail.pushes == []
        async with world.stores.database.writer() as connection:
            await connection.execute(channels.update().values(failing_since=channels.c.failing_since + 7200))  # set back since
        await world.alarm(after=300.0).look()
        assert len(world.mail.pushes) == 1

    in_world(tmp_path, work)


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Stage.UNKNOWN, "May have arrived: Drill"),
        (Stage.EXPIRED, "Over before it could be sent: Drill"),
        (Stage.FAILED, "Refused: Drill"),
        (Stage.SENT, ""),
    ],
)
def test_an_alert_that_came_to_a_bad_end_is_told_once(tmp_path: Path, stage: Stage, words: str) -> None:
    async def work(world: World) -> None:
        await world.end("a", stage)
        for _ in range(3):
            await world.alarm().look()
        assert [push.body for push in world.mail.pushes] == ([words] if words else [])

    in_world(tmp_path, work)


def test_one_that_was_sent_again_and_came_to_a_bad_end_again_is_told_again(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.end("a", Stage.UNKNOWN)
        await world.alarm().look()
        await world.stores.notifications.reopen("a", ["phone"])
        await world.alarm().look()
        assert len(world.mail.pushes) == 1
        await world.end("a", Stage.FAILED)
        await world.alarm().look()
        assert [push.body for push in world.mail.pushes] == ["May have arrived: Drill", "Refused: Drill"]

    in_world(tmp_path, work)


def test_what_goes_wrong_push_by_push_is_told_together(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        alarm = world.alarm()
        for number in range(6):
            await world.end(f"o-{number}", Stage.UNKNOWN, f"Drill {number}")
            await alarm.look()
            world.now += 50.0
        await alarm.look()
        bodies = [push.body for push in world.mail.pushes]
        assert bodies == ["May have arrived: Drill 0", "May have arrived: Drill 1; Drill 2; Drill 3; and 2 more"]

    in_world(tmp_path, work)


def test_a_channels_bad_ends_are_told_on_itself_once_it_works_where_there_is_no_other(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.end("a", Stage.UNKNOWN)
        await world.note("silence")
        alone = Alarm(TroubleStore(world.stores.database, "one", 0.0), [world.phone], 0.0)
        await alone.look()
        assert world.phone.pushes == []
        await world.note("")
        await alone.look()
        assert [push.body for push in world.phone.pushes] == ["May have arrived: Drill"]

    in_world(tmp_path, work)


@pytest.mark.parametrize(("outcome", "notices"), [(Outcome.NOT_SENT, 2), (Outcome.REFUSED, 2), (Outcome.UNKNOWN, 1)])
def test_a_notice_that_did_not_go_out_goes_out_later_and_one_that_may_have_is_not_repeated(
    tmp_path: Path, outcome: Outcome, notices: int
) -> None:
    async def work(world: World) -> None:
        await world.note("HTTP 500")
        world.mail.answers = [Sent("mail", outcome)]
        alarm = world.alarm()
        for _ in range(3):
            await alarm.look()
            world.now += 300.0
        assert len(world.mail.pushes) == notices
        assert len(set(world.mail.ids)) == 1

    in_world(tmp_path, work)


def test_a_channel_that_fails_itself_is_not_asked_to_tell(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.note("HTTP 500")
        await world.note("HTTP 503", "mail")
        await world.alarm().look()
        assert world.phone.pushes == world.mail.pushes == []
        await world.note("", "mail")
        await world.alarm().look()
        assert len(world.mail.pushes) == 1

    in_world(tmp_path, work)


def test_only_who_serves_a_channel_tells_of_it(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.note("HTTP 500")
        await world.alarm("two").look()
        assert world.mail.pushes == []

    in_world(tmp_path, work)


def test_a_notice_says_all_in_words_that_cannot_speak_to_the_service_that_shows_them() -> None:
    since = datetime(2026, 11, 29, 9, 3, tzinfo=UTC).timestamp()
    ended = (BadEnd("a", Stage.EXPIRED, "<b>Lamp</b> @everyone"), BadEnd("b", Stage.UNKNOWN, "Drill"))
    push = notice_of(Trouble("key", "ntfy (1)", "HTTP 500 [x]", 0, since, ended))
    assert push.title == "Alerts to ntfy (1) need a look"
    assert push.body.splitlines() == [
        "It fails since 09:03 UTC on 29 November: HTTP 500 (x)",
        "None waits for it.",
        "May have arrived: Drill",
        "Over before it could be sent: ‹b›Lamp‹/b› ＠everyone",
    ]
