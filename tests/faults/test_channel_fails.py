"""A channel refuses, throttles, hangs, is slow or cuts: it costs only itself, and what may have arrived is told."""

import time

import pytest

from tests.faults.ledger import TABLE, Tally
from tests.faults.processes import World, wait_for


def test_500_for_a_while(world: World, is_long: bool) -> None:
    pause, receiver = 60.0 if is_long else 4.0, world.receiver()
    receiver.manner = "500"
    world.redis.start()
    world.notifier()
    world.publish(3)
    wait_for(lambda: receiver.asked)
    time.sleep(pause)
    receiver.manner = "ok"
    world.settle()
    tally = Tally.of(f"channel answers 500 for {pause:g} s", world.published, receiver.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)


def test_429_with_retry_after(world: World, is_long: bool) -> None:
    wait, receiver = 90 if is_long else 3, world.receiver()
    receiver.manner, receiver.retry_after = "429", str(wait)
    world.redis.start()
    world.notifier()
    world.publish(3)
    wait_for(lambda: receiver.asked)
    receiver.manner = "ok"
    world.settle(wait + 60.0)
    asked = receiver.asked[1] - receiver.asked[0]
    tally = Tally.of(f"429, Retry-After {wait}", world.published, receiver.titles, remark=f"asked again after {asked:.1f} s")
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)
    assert wait <= asked <= wait + 10


@pytest.mark.parametrize("manner", ["cut", "hang"])
def test_takes_the_push_and_is_never_heard_of_again(world: World, is_long: bool, manner: str) -> None:
    """Repeated once under its id, which a receiver that knows ids drops; told in any case."""
    receiver, count = world.receiver(drops_known=True), 10 if is_long else 2
    receiver.manner = manner
    world.redis.start()
    world.notifier(NOTIFIER_SEND_DEADLINE="1")
    world.publish(count)
    world.settle(240)
    told = world.states()["unknown"]
    tally = Tally.of(f"channel takes the push: {manner}; it drops known ids", world.published, receiver.titles, told)
    TABLE.append(tally)
    assert (tally.lost, tally.extra, told) == (0, 0, count)
    assert len(receiver.asked) == 2 * count


@pytest.mark.parametrize("manner", ["cut", "hang"])
def test_takes_the_push_and_the_person_is_to_be_asked(world: World, is_long: bool, manner: str) -> None:
    receiver, count = world.receiver(), 10 if is_long else 2
    receiver.manner = manner
    world.redis.start()
    world.notifier(NOTIFIER_SEND_DEADLINE="1", NOTIFIER_UNKNOWN="ask")
    world.publish(count)
    world.settle(240)
    told = world.states()["unknown"]
    tally = Tally.of(f"channel takes the push: {manner}; NOTIFIER_UNKNOWN=ask", world.published, receiver.titles, told)
    TABLE.append(tally)
    assert (tally.lost, tally.extra, told) == (0, 0, count)


def test_slow(world: World, is_long: bool) -> None:
    seconds = 25.0 if is_long else 2.0
    receiver = world.receiver(seconds=seconds)
    world.redis.start()
    world.notifier(NOTIFIER_SEND_DEADLINE="30" if is_long else "3")
    world.publish(2)
    world.settle(180)
    tally = Tally.of(f"channel answers 200 after {seconds:g} s", world.published, receiver.titles, world.states()["unknown"])
    TABLE.append(tally)
    assert (tally.lost, tally.extra, tally.told) == (0, 0, 0)


def test_a_channel_that_fails_costs_another_nothing(world: World, is_long: bool) -> None:
    bad, good = world.receiver(), world.receiver()
    bad.manner = "hang"
    world.redis.start()
    world.notifier(NOTIFIER_SEND_DEADLINE="2")
    world.publish(20)
    wait_for(lambda: len(good.taken) == 20, 30)
    tally = Tally.of("beside a channel that hangs", world.published, good.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)
