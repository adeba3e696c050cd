"""A channel is served one push at a time, each recorded before and after; what fails waits, what is unknown is told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from common.errors import UnavailableError
from notifier.channel_worker import ChannelWorker
from notifier.message import Push
from notifier.notification import DeliveryPolicy, Next, OnUnknown, Outcome, Sent, Stage, State
from notifier.pace import Pace
from notifier.store.delivery_store import DeliveryStore
from notifier.store.schema import deliveries
from tests.unit.notifier.samples import FakeCounts, FakeTarget, OpenStores, opened, opportunity
from tests.waiting import eventually

DOWN = Sent("phone", Outcome.NOT_SENT, "HTTP 500")
SILENT = Sent("phone", Outcome.UNKNOWN, "no answer")
REFUSED = Sent("phone", Outcome.REFUSED, "HTTP 400")


@dataclass
class World:
    """A store, a channel and its worker, with time that passes when somebody waits for it."""

    stores: OpenStores
    phone: FakeTarget
    now: float = 0.0
    counts: FakeCounts = field(default_factory=FakeCounts)

    def worker(self, deliveries: DeliveryStore | None = None, target: FakeTarget | None = None) -> ChannelWorker:
        pace = Pace(poll=1.0, clock=lambda: self.now, wait=self._wait)
        return ChannelWorker(target or self.phone, deliveries or self.stores.deliveries, self.stores.policy, self.counts, pace)

    async def _wait(self, wake: asyncio.Event, seconds: float) -> None:
        if not wake.is_set():
            self.now += seconds
        await asyncio.sleep(0)

    async def receive(self, *identifiers: str) -> None:
        await self.stores.notifications.add([opportunity(each) for each in identifiers or ("opp-1",)], ["phone"])

    async def until_state(self, state: State, identifier: str = "opp-1") -> None:
        for _ in range(6000):
            if await self.stores.state(identifier) is state:
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"{identifier} did not become {state}")


def in_world(tmp_path: Path, work: Callable[[World], Awaitable[None]], policy: DeliveryPolicy | None = None) -> World:
    async def run() -> World:
        async with opened(tmp_path, policy) as stores:
            world = World(stores, FakeTarget())
            await work(world)
        return world

    return asyncio.run(run())


def test_what_waits_is_sent_in_order_and_recorded(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive("a", "b", "c")
        worker = world.worker()
        worker.start()
        await world.until_state(State.SENT, "c")
        await worker.stop(5)
        assert await world.stores.stages("a") == {"phone": Stage.SENT}

    world = in_world(tmp_path, work)
    assert len(set(world.phone.ids)) == 3
    assert world.counts.states == [State.SENT] * 3


def test_one_push_is_open_at_a_time_and_its_success_is_recorded_before_the_next(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        open_now, most = 0, 0

        class Watched(FakeTarget):
            async def send(self, push: Push) -> Sent:
                nonlocal open_now, most
                found = await world.stores.notifications.page(before=None, limit=50)
                sending = [one.stage for each in found for one in each.deliveries if one.stage is Stage.SENDING]
                open_now, most = len(sending), max(most, len(sending))
                sent_before = [each for each in found if each.state is State.SENT]
                assert len(sent_before) == len(self.pushes)
                return await super().send(push)

        target = Watched()
        await world.receive(*(f"o-{n}" for n in range(8)))
        workers = [world.worker(target=target), world.worker(world.stores.of("two"), target)]
        for worker in workers:
            worker.start()
        await world.until_state(State.SENT, "o-7")
        for worker in workers:
            await worker.stop(5)
        assert (open_now, most, len(target.pushes)) == (1, 1, 8)

    in_world(tmp_path, work)


def test_a_channel_that_is_away_for_an_hour_loses_nothing_and_is_asked_rarely(tmp_path: Path) -> None:
    class Away(FakeTarget):
        async def send(self, push: Push) -> Sent:
            answer = await super().send(push)
            return DOWN if world_of[0].now < 3600 else answer

    world_of: list[World] = []

    async def work(world: World) -> None:
        world_of.append(world)
        world.phone = Away()
        await world.receive("a", "b", "c")
        worker = world.worker()
        worker.start()
        for each in ("a", "b", "c"):
            await world.until_state(State.SENT, each)
        await worker.stop(5)

    policy = DeliveryPolicy(base=2.0, cap=300.0, patience=86_400.0)
    world = in_world(tmp_path, work, policy)
    tried = len(world.phone.pushes) - 3
    assert 10 <= tried <= 25  # after 2, 4, 10, 20, 40 ... 300 s
    assert 3600 <= world.now <= 3600 + 2 * 300
    assert len(set(world.phone.ids)) == 3


def test_a_peers_retry_after_is_waited_for_and_not_asked_before(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        world.phone.answers = [Sent("phone", Outcome.NOT_SENT, "HTTP 429", wait=90.0)]
        await world.receive()
        worker = world.worker()
        worker.start()
        await world.until_state(State.SENT)
        await worker.stop(5)

    world = in_world(tmp_path, work)
    assert 90 <= world.now <= 95
    assert len(world.phone.pushes) == 2


def test_a_peers_retry_after_outlives_the_process(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        world.phone.answers = [Sent("phone", Outcome.NOT_SENT, "HTTP 429", wait=900.0)]
        await world.receive()
        first = world.worker()
        first.start()
        await eventually(lambda: world.phone.pushes)
        await first.stop(5)
        again = await world.stores.of("two").acquire("phone", "phone")
        assert again
        assert 890 <= again.rests <= 900

    in_world(tmp_path, work)


def test_a_silent_channel_gets_a_push_twice_at_most_under_one_id_and_the_person_is_told(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        world.phone.answers = [SILENT] * 9
        await world.receive()
        worker = world.worker()
        worker.start()
        await world.until_state(State.UNKNOWN)
        await worker.stop(5)

    world = in_world(tmp_path, work)
    assert len(world.phone.pushes) == 2
    assert len(set(world.phone.ids)) == 1
    assert world.counts.states == [State.UNKNOWN]


@pytest.mark.parametrize("on_unknown", [OnUnknown.AFTER_CRASH, OnUnknown.ASK])
def test_a_silent_channel_gets_a_push_once_where_a_repeat_would_be_seen(tmp_path: Path, on_unknown: OnUnknown) -> None:
    async def work(world: World) -> None:
        world.phone.answers, world.phone.on_unknown = [SILENT] * 9, on_unknown
        await world.receive()
        worker = world.worker()
        worker.start()
        await world.until_state(State.UNKNOWN)
        await worker.stop(5)

    assert len(in_world(tmp_path, work).phone.pushes) == 1


def test_a_push_that_is_refused_itself_fails_and_does_not_hold_the_others_up(tmp_path: Path) -> None:
    class Picky(FakeTarget):
        async def send(self, push: Push) -> Sent:
            answer = await super().send(push)
            return REFUSED if "Odd" in push.title else answer

    async def work(world: World) -> None:
        world.phone = Picky()
        odd = opportunity("odd", title="Odd thing")
        await world.stores.notifications.add([odd, opportunity("good")], ["phone"])
        worker = world.worker()
        worker.start()
        await world.until_state(State.FAILED, "odd")
        await world.until_state(State.SENT, "good")
        await worker.stop(5)

    world = in_world(tmp_path, work, DeliveryPolicy(refusals=3, base=0))
    assert sorted(push.title.rpartition(": ")[2] for push in world.phone.pushes) == ["Cordless drill kit, 20 V"] + ["Odd thing"] * 3
    assert world.counts.up == {"phone": True}


@pytest.mark.parametrize("on_unknown", [OnUnknown.REPEAT, OnUnknown.AFTER_CRASH])
def test_a_push_that_was_open_at_a_crash_is_repeated_under_its_id(tmp_path: Path, on_unknown: OnUnknown) -> None:
    async def work(world: World) -> None:
        world.phone.on_unknown = on_unknown
        await world.receive()
        lease = await world.stores.of("dead", lease=-1.0).acquire("phone", "phone")
        assert lease
        attempt = await world.stores.of("dead", lease=-1.0).begin(lease)
        assert attempt
        worker = world.worker()
        worker.start()
        await world.until_state(State.SENT)
        await worker.stop(5)
        assert world.phone.ids == [attempt.push_id]
        assert "You may have this already" in world.phone.pushes[0].body

    in_world(tmp_path, work)


def test_a_push_that_was_open_at_a_crash_is_left_to_a_person_where_the_channel_says_so(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        world.phone.on_unknown = OnUnknown.ASK
        await world.receive()
        dead = world.stores.of("dead", lease=-1.0)
        lease = await dead.acquire("phone", "phone")
        assert lease
        await dead.begin(lease)
        worker = world.worker()
        worker.start()
        await world.until_state(State.UNKNOWN)
        await worker.stop(5)
        assert world.phone.pushes == []

    in_world(tmp_path, work)


class Failing(DeliveryStore):
    """The database is away when the first outcomes are to be recorded."""

    failures = 2

    async def finish(self, attempt: object, after: Next) -> State | None:
        if self.failures:
            self.failures -= 1
            raise UnavailableError("the disk is full")
        return await super().finish(attempt, after)  # type: ignore[arg-type]


def test_while_an_outcome_cannot_be_recorded_no_other_push_goes_out(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.receive("a", "b")
        deliveries = Failing(world.stores.database, "one", 30.0, 300.0)
        worker = world.worker(deliveries)
        worker.start()
        await eventually(lambda: deliveries.failures == 0)
        assert len(world.phone.pushes) == 1
        await world.until_state(State.SENT, "b")
        await worker.stop(5)
        assert len(world.phone.pushes) == 2

    in_world(tmp_path, work)


def test_stopping_lets_a_push_under_way_be_recorded_and_the_channel_go(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        world.phone.gate = asyncio.Event()
        await world.receive("a", "b")
        worker = world.worker()
        worker.start()
        await eventually(lambda: world.phone.pushes)
        stopping = asyncio.create_task(worker.stop(30))
        await asyncio.sleep(0.01)
        world.phone.gate.set()
        await stopping
        assert (await world.stores.state("a"), await world.stores.state("b")) == (State.SENT, State.PENDING)
        assert len(world.phone.pushes) == 1
        assert await world.stores.of("two").acquire("phone", "phone")

    in_world(tmp_path, work)


def test_a_channel_that_another_instance_serves_is_left_to_it(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        other = world.stores.of("two", lease=3600.0)
        assert await other.acquire("phone", "phone")
        await world.receive()
        worker = world.worker(world.stores.of("one", lease=3600.0))
        worker.start()
        await asyncio.sleep(0.1)
        await worker.stop(5)
        assert world.phone.pushes == []

    in_world(tmp_path, work)


def test_a_channels_trouble_is_shown_until_it_is_over(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        world.phone.answers = [DOWN]
        await world.receive()
        world.phone.gate = asyncio.Event()
        world.phone.gate.set()
        worker = world.worker()
        worker.start()
        await eventually(lambda: world.phone.pushes)
        world.phone.gate.clear()
        await eventually(lambda: len(world.phone.pushes) == 2)
        (state,) = await world.stores.deliveries.states()
        assert (state.problem, state.waiting) == ("HTTP 500", 1)
        assert state.failing_since
        world.phone.gate.set()
        await world.until_state(State.SENT)
        await worker.stop(5)
        (state,) = await world.stores.deliveries.states()
        assert (state.problem, state.failing_since, state.waiting) == ("", None, 0)

    in_world(tmp_path, work)


def test_what_waited_beyond_its_patience_is_not_sent(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        stale = opportunity("stale", created=datetime.now(UTC) - timedelta(hours=25))
        await world.stores.notifications.add([stale, opportunity("fresh")], ["phone"])
        worker = world.worker()
        worker.start()
        await world.until_state(State.SENT, "fresh")
        assert not await world.stores.deliveries.has_due("phone")
        await worker.stop(5)
        assert len(world.phone.pushes) == 1
        assert await world.stores.notifications.expire() == 1
        assert await world.stores.state("stale") is State.EXPIRED

    in_world(tmp_path, work)


def test_what_may_have_arrived_before_it_was_over_is_told_as_unknown(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        world.phone.answers = [SILENT]
        await world.receive()
        worker = world.worker()
        worker.start()
        await eventually(lambda: world.counts.retries)
        await worker.stop(5)
        async with world.stores.database.writer() as connection:
            await connection.execute(deliveries.update().values(expires=1.0))
        assert await world.stores.notifications.expire() == 1
        assert await world.stores.state() is State.UNKNOWN

    in_world(tmp_path, work, DeliveryPolicy(unknown_pause=3600))
