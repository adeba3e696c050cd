"""A channel refuses, throttles, hangs, is slow or cuts: it costs only itself, and what may have arrived is told."""

import time

import pytest

from tests.faults.ledger import TABLE, Tally
from tests.faults.processes import World
from tests.waiting import until


def test_500_for_a_while(world: World, is_long: bool) -> None:
    pause, receiver = 60.0 if is_long else 4.0, world.receiver()
    receiver.manner = "500"
    world.redis.start()
    world.notifier()
    world.publish(3)
    until(lambda: receiver.asked)
    time.sleep(pause)
    receiver.manner = "ok"
    world.settle()
    tally = Tally.of(f"channel answers 500 for {pause:g} s", world.published, receiver.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)


@pytest.mark.parametrize(("short", "long"), [(1, 5), (3, 90)])
def test_429_with_retry_after(world: World, is_long: bool, short: int, long: int) -> None:
    wait, receiver = long if is_long else short, world.receiver()
    receiver.manner, receiver.retry_after = "429", str(wait)
    world.redis.start()
    world.notifier()
    world.publish(3)
    until(lambda: receiver.asked)
    receiver.manner = "ok"
    world.settle(wait + 60.0)
    asked = receiver.asked[1] - receiver.asked[0]
    tally = Tally.of(f"429, Retry-After {wait}", world.published, receiver.titles, remark=f"asked again after {asked:.1f} s")
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)
    assert wait <= asked <= wait + 10
    assert len(receiver.asked) == 4


@pytest.mark.parametrize("manner", ["cut", "hang"])
@pytest.mark.parametrize("unknown", [None, "ask"])
def test_takes_the_push_and_is_never_heard_of_again(world: World, is_long: bool, manner: str, unknown: str | None) -> None:
    """Not repeated, since it most likely arrived, and told."""
    receiver, count = world.receiver(), 10 if is_long else 2
    receiver.manner = manner
    world.redis.start()
    world.notifier(NOTIFIER_SEND_DEADLINE="1", **{"NOTIFIER_UNKNOWN": unknown} if unknown else {})
    world.publish(count)
    world.settle(240)
    told, how = world.states()["unknown"], f"; NOTIFIER_UNKNOWN={unknown}" if unknown else ""
    tally = Tally.of(f"plain channel takes each push: {manner}{how}", world.published, receiver.titles, told=told)
    TABLE.append(tally)
    assert (tally.lost, tally.extra, told) == (0, 0, count)
    assert len(receiver.asked) == count


@pytest.mark.parametrize("manner", ["cut", "hang"])
def test_takes_the_push_and_is_never_heard_of_again_but_drops_what_it_knows(world: World, is_long: bool, manner: str) -> None:
    """Repeated once under its id, and told in any case."""
    receiver, count = world.receiver(drops_known=True), 10 if is_long else 2
    receiver.manner = manner
    world.redis.start()
    world.notifier(NOTIFIER_SEND_DEADLINE="1", NOTIFIER_UNKNOWN="repeat")
    world.publish(count)
    world.settle(240)
    told = world.states()["unknown"]
    fault = f"channel that drops known ids takes each push: {manner}; NOTIFIER_UNKNOWN=repeat"
    tally = Tally.of(fault, world.published, receiver.titles, told=told)
    TABLE.append(tally)
    assert (tally.lost, tally.extra, told) == (0, 0, count)
    assert len(receiver.asked) == 2 * count


def test_once_silent_then_heard(world: World, is_long: bool) -> None:
    """Only the push of which nothing was heard is in doubt; the others follow."""
    receiver = world.receiver()
    receiver.manner = "cut"
    world.redis.start()
    world.notifier()
    world.publish(5)
    until(lambda: receiver.taken)
    receiver.manner = "ok"
    world.settle()
    told = world.states()["unknown"]
    tally = Tally.of("plain channel takes a push and cuts, then answers", world.published, receiver.titles, told=told)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)
    assert 1 <= told < 5


@pytest.mark.parametrize(("short", "long"), [(1.0, 12.0), (2.0, 25.0)])
def test_slow(world: World, is_long: bool, short: float, long: float) -> None:
    seconds = long if is_long else short
    receiver = world.receiver(seconds=seconds)
    world.redis.start()
    world.notifier(NOTIFIER_SEND_DEADLINE="30" if is_long else "5")
    world.publish(2)
    world.settle(180)
    told = world.states()["unknown"]
    tally = Tally.of(f"channel always answers 200 after {seconds:g} s", world.published, receiver.titles, told=told)
    TABLE.append(tally)
    assert (tally.lost, tally.extra, tally.told) == (0, 0, 0)


def test_a_channel_that_fails_costs_another_nothing(world: World, is_long: bool) -> None:
    bad, good = world.receiver(), world.receiver()
    bad.manner = "hang"
    world.redis.start()
    world.notifier(NOTIFIER_SEND_DEADLINE="2")
    world.publish(20)
    until(lambda: len(good.taken) == 20, 30)
    tally = Tally.of("beside a channel that hangs", world.published, good.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)
