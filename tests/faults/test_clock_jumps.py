"""The clock of the machine is set back or ahead, or an hour goes by: what waits does not wait longer, and nothing is repeated."""

import signal
import time
from pathlib import Path

import pytest

from tests.faults.ledger import TABLE, Tally
from tests.faults.machine import Clock, fast_clock
from tests.faults.processes import CALM, World
from tests.waiting import until

HOUR = 3600.0


@pytest.fixture
def clock(world: World, tmp_path: Path) -> Clock:
    """The clock of publisher and notifiers."""
    made = Clock(tmp_path)
    world.environment = made.environment
    return made


@pytest.mark.parametrize("hours", [-2.0, 2.0])
def test_the_owner_crashes_and_the_clock_is_set_before_another_starts(
    world: World, clock: Clock, is_long: bool, hours: float
) -> None:
    receiver = world.receiver(seconds=0.2)
    world.redis.start(**clock.environment)
    owner = world.notifier()
    world.publish(10)
    until(lambda: len(receiver.taken) > 2)
    owner.kill()
    owner.wait(20)
    clock.set(hours * HOUR)
    started = time.monotonic()
    world.notifier()
    world.settle(300)
    seconds = time.monotonic() - started
    fault, remark = f"owner crashes, clock set by {hours:+g} h, another instance", f"all delivered {seconds:.0f} s after its start"
    tally = Tally.of(fault, world.published, receiver.titles, kills=1, remark=remark)
    TABLE.append(tally)
    assert tally.lost == 0
    assert tally.extra <= 1


@pytest.mark.parametrize("hours", [-2.0, 2.0])
def test_the_clock_is_set_in_mid_delivery_with_another_instance_beside(
    world: World, clock: Clock, is_long: bool, hours: float
) -> None:
    receiver = world.receiver(seconds=0.3)
    world.redis.start(**clock.environment)
    world.notifier(**CALM)
    world.notifier(**CALM)
    world.publish(12 if is_long else 6)
    until(lambda: len(receiver.taken) > 1)
    clock.set(hours * HOUR)
    world.publish(3)
    world.settle(300)
    tally = Tally.of(f"clock set by {hours:+g} h in mid-delivery, two instances", world.published, receiver.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)


def test_the_clock_is_set_back_while_a_channel_rests(world: World, clock: Clock, is_long: bool) -> None:
    """Neither a rest that its peer asked for nor a pause after a refusal grows by what the clock was set back."""
    receiver = world.receiver()
    receiver.manner, receiver.retry_after = "429", "3"
    world.redis.start(**clock.environment)
    first = world.notifier()
    world.publish(3)
    until(lambda: receiver.asked)
    receiver.manner = "ok"
    clock.set(-2 * HOUR)
    first.send_signal(signal.SIGTERM)
    first.wait(120)
    world.notifier()
    world.settle(300)
    tally = Tally.of("clock set back 2 h while a channel rests, notifier restarted", world.published, receiver.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)
    assert receiver.asked[1] - receiver.asked[0] >= 3


def test_500_for_an_hour_by_the_clock(world: World, is_long: bool) -> None:
    """With the settings as they are delivered, but for what the fast clock would make impatient with slow machines."""
    times = 60 if is_long else 240
    patient = {"NOTIFIER_LEASE": f"{5 * times}", "NOTIFIER_CLAIM_IDLE": f"{5 * times}", "NOTIFIER_SEND_DEADLINE": f"{10 * times}"}
    defaults = {"NOTIFIER_RETRY_BASE": "2", "NOTIFIER_PROBE_FIRST": "10", "NOTIFIER_PROBE_LONGEST": "300"}
    receiver = world.receiver()
    receiver.manner = "500"
    world.redis.start()
    world.notifier(**fast_clock(times) | patient | defaults)
    world.publish(3)
    until(lambda: receiver.asked)
    time.sleep(HOUR / times)
    receiver.manner, back = "ok", time.monotonic()
    world.settle(300)
    waited = (time.monotonic() - back) * times
    asked = len(receiver.asked) - 3
    remark = f"asked {asked} times meanwhile, all delivered {waited / 60:.0f} min after its return"
    tally = Tally.of("channel answers 500 for an hour, by a fast clock", world.published, receiver.titles, remark=remark)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)
    assert 5 <= asked <= 30
    assert world.states() == {"sent": 3}
