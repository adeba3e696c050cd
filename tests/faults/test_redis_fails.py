"""Redis is killed, restarted, away, forgetful or full: every alert that was committed arrives once."""

import random
import signal
import time
from contextlib import suppress

from redis.exceptions import ResponseError

from tests.faults.ledger import TABLE, Tally
from tests.faults.processes import World
from tests.faults.receiver import Receiver
from tests.waiting import until


def finish(world: World, receiver: Receiver, fault: str, remark: str = "", seconds: float = 120) -> None:
    world.settle(seconds)
    until(lambda: world.open_rows() == 0, 60)
    tally = Tally.of(fault, world.published, receiver.titles, remark=remark)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)


def test_killed_again_and_again_while_alerts_are_published(world: World, is_long: bool) -> None:
    kills, receiver = 5 if is_long else 2, world.receiver()
    world.redis.start()
    world.notifier()
    for _ in range(kills):
        world.publish(10)
        time.sleep(1.0)
        world.redis.kill()
        world.redis.start()
    world.publish(2)
    finish(world, receiver, f"Redis killed {kills} times, append-only file every second")


def test_restarted_without_persistence_before_anybody_read(world: World, is_long: bool) -> None:
    receiver = world.receiver()
    world.redis.start("none")
    world.publish(16)
    until(lambda: world.redis.client.xlen("opportunities") == 16)
    world.redis.kill()
    world.redis.start("none")
    world.notifier()
    finish(world, receiver, "Redis without persistence restarted before the notifier read")


def test_killed_without_persistence_in_mid_delivery(world: World, is_long: bool) -> None:
    receiver = world.receiver(seconds=0.02)
    world.redis.start("none")
    world.notifier()
    for _ in range(5 if is_long else 2):
        world.publish(20)
        time.sleep(1.0)
        world.redis.kill()
        world.redis.start("none")
    finish(world, receiver, "Redis without persistence killed in mid-delivery")


def test_flushed_by_a_person(world: World, is_long: bool) -> None:
    receiver = world.receiver()
    world.redis.start()
    world.publish(20)
    until(lambda: world.redis.client.xlen("opportunities") == 20)
    world.redis.client.flushall()
    world.notifier()
    finish(world, receiver, "Redis flushed before the notifier read")


def test_away_for_a_while(world: World, is_long: bool) -> None:
    receiver, pause = world.receiver(), 60.0 if is_long else 3.0
    world.redis.start()
    world.notifier()
    world.publish(1)
    until(lambda: receiver.taken)
    world.redis.kill(signal.SIGTERM)
    world.publish(5)
    time.sleep(pause)
    world.redis.start()
    back = time.monotonic()
    until(lambda: len(receiver.taken) == 6, 90)
    finish(world, receiver, f"Redis away for {pause:g} s", f"last one {time.monotonic() - back:.1f} s after its return")


def test_full(world: World, is_long: bool) -> None:
    receiver = world.receiver()
    world.redis.start()
    world.notifier()
    world.publish(5)
    until(lambda: len(receiver.taken) == 5)
    world.redis.client.config_set("maxmemory", "1")
    world.publish(20)
    time.sleep(20.0 if is_long else 3.0)
    assert len(receiver.taken) == 5
    world.redis.client.config_set("maxmemory", "0")
    finish(world, receiver, "Redis full for a while")


def test_full_of_what_nobody_read_it_is_emptied_by_reading(world: World, is_long: bool) -> None:
    """The stream alone is far larger than the memory; there is no reader yet when it is full."""
    receiver, count = world.receiver(), 3000 if is_long else 800
    world.redis.start()
    with suppress(ResponseError):  # from version 7 on each command, when first used, takes 25 kB for good to keep its latencies
        world.redis.client.config_set("latency-tracking", "no")
    world.publish(1)
    until(lambda: world.redis.client.exists("opportunities"))
    used = int(world.redis.client.info("memory")["used_memory"])  # type: ignore[index]
    world.redis.client.config_set("maxmemory", str(used + 200_000))
    world.publish(count)
    time.sleep(2)
    world.notifier()
    finish(world, receiver, "Redis filled by the stream itself", seconds=600)


def test_the_notifier_away_while_more_is_published_than_the_stream_holds(world: World, is_long: bool) -> None:
    receiver, count = world.receiver(), 10_300 if is_long else 300
    world.redis.start()
    world.publish(count)
    until(lambda: world.redis.client.xlen("opportunities") >= min(count, 10_000), 120)
    world.notifier()
    world.settle(3000)
    until(lambda: world.redis.client.xlen("opportunities") < 200, 60)
    finish(world, receiver, f"notifier away while {count:,} are published")


def test_the_relay_killed_at_random_points(world: World, is_long: bool) -> None:
    receiver = world.receiver()
    world.redis.start()
    world.notifier()
    kills, chance = 20 if is_long else 3, random.Random(5)
    for _ in range(kills):
        world.publish(20)
        time.sleep(chance.uniform(0.0, 0.3))
        world.kill_publisher()
    world.publish(1)
    finish(world, receiver, f"outbox relay killed {kills} times")
