"""A disk is full: what cannot be recorded is not sent, what was sent is recorded, and nothing is lost when there is room again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.ledger import TABLE, Tally
from tests.faults.machine import SmallDisk
from tests.faults.processes import World
from tests.waiting import until


@pytest.fixture
def disk(world: World) -> Iterator[SmallDisk]:
    """A small one, with the notifier's database on it."""
    made = SmallDisk(world.folder / "disk")
    world.database = made.folder / "notifier.sqlite3"
    yield made
    world.close()  # what is open on it ends first
    made.close()


@pytest.fixture
def redis_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small one, with Redis's files on it."""
    made = SmallDisk(tmp_path / "redis")
    yield made
    made.close()


def test_the_notifiers_disk_is_full_for_a_while(world: World, disk: SmallDisk, is_long: bool) -> None:
    receiver = world.receiver(seconds=0.05)
    world.redis.start()
    world.notifier()
    world.publish(20)
    until(lambda: len(receiver.taken) > 3)
    disk.fill()
    world.publish(60)
    time.sleep(20.0 if is_long else 4.0)
    before = len(receiver.taken)
    disk.free()
    world.settle(300)
    until(lambda: world.open_rows() == 0)
    remark = f"{before} taken before there was room again"
    tally = Tally.of("the notifier's disk is full in mid-delivery", world.published, receiver.titles, remark=remark)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)
    assert before < len(world.published)


def test_the_notifier_is_killed_while_its_disk_is_full(world: World, disk: SmallDisk, is_long: bool) -> None:
    receiver = world.receiver(seconds=0.05)
    world.redis.start()
    kills = 5 if is_long else 2
    notifier = world.notifier()
    for _ in range(kills):
        known = len(receiver.taken)
        world.publish(20)
        until(lambda known=known: len(receiver.taken) > known + 2)  # type: ignore[misc]
        disk.fill()
        time.sleep(1.0)
        notifier.kill()
        notifier.wait(20)
        notifier = world.notifier()
        time.sleep(1.0)
        disk.free()
    world.settle(300)
    tally = Tally.of("the notifier killed while its disk is full", world.published, receiver.titles, kills=kills)
    TABLE.append(tally)
    assert tally.lost == 0
    assert tally.extra <= kills


def test_the_disk_of_redis_is_full_for_a_while(redis_disk: SmallDisk, world: World, is_long: bool) -> None:
    receiver = world.receiver()
    world.redis.start()
    world.notifier()
    world.publish(5)
    until(lambda: len(receiver.taken) == 5)
    redis_disk.fill()
    world.publish(200)
    time.sleep(20.0 if is_long else 4.0)
    world.redis.kill()
    redis_disk.free()
    world.redis.start()
    world.settle(300)
    until(lambda: world.open_rows() == 0)
    tally = Tally.of("the disk of Redis full, and Redis killed then", world.published, receiver.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)
