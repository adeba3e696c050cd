"""The notifier dies at any moment, stands still, or has company: nothing is lost, and repeated is only what was open at a kill."""

import random
import signal
import time
from collections import Counter

from tests.faults.ledger import TABLE, Tally
from tests.faults.processes import CALM, World
from tests.faults.receiver import Receiver
from tests.waiting import until


def open_at(receiver: Receiver) -> str:
    """The push that may be open: the last that the receiver took."""
    return receiver.taken[-1].id if receiver.taken else ""


def test_killed_at_random_points_it_repeats_what_was_open_and_nothing_else(world: World, is_long: bool) -> None:
    kills, seed = (50, 17) if is_long else (4, 17)
    chance, plain, knowing = random.Random(seed), world.receiver(seconds=0.02), world.receiver(drops_known=True, seconds=0.02)
    world.redis.start()
    suspects: Counter[str] = Counter()
    started = time.monotonic()
    for _ in range(kills):
        world.publish(17)
        process, before = world.notifier(), len(plain.taken)
        until(lambda before=before: len(plain.taken) > before, 60)  # type: ignore[misc]
        time.sleep(chance.uniform(0.0, 1.0))
        process.kill()
        process.wait(20)
        time.sleep(0.1)  # what was on the wire arrives
        suspects[open_at(plain)] += 1
    seconds = time.monotonic() - started
    world.notifier()
    world.settle(180)
    tallies = [
        Tally.of(f"notifier killed {kills} times in {seconds:.0f} s, {name}", world.published, each.titles, kills=kills)
        for name, each in (("plain channel", plain), ("channel that drops known ids", knowing))
    ]
    TABLE.extend(tallies)
    assert [each.lost for each in tallies] == [0, 0]
    assert tallies[1].extra == 0
    pushes = Counter(each.id for each in plain.taken)
    assert {each: count - 1 for each, count in pushes.items() if count > 1 and count - 1 > suspects[each]} == {}
    assert tallies[0].extra <= kills
    until(lambda: world.open_rows() == 0)


def test_two_instances_that_share_a_database_repeat_nothing(world: World, is_long: bool) -> None:
    receiver = world.receiver(seconds=0.05)
    world.redis.start()
    world.notifier(**CALM)
    world.notifier(**CALM)
    world.publish(60 if is_long else 12)
    world.settle()
    tally = Tally.of("two instances of the same settings", world.published, receiver.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)


def test_a_second_instance_that_starts_in_mid_delivery_repeats_nothing(world: World, is_long: bool) -> None:
    receiver = world.receiver(seconds=0.2)
    world.redis.start()
    world.publish(60 if is_long else 12)
    world.notifier(**CALM)
    until(lambda: len(receiver.taken) > 2)
    world.notifier(**CALM)
    world.settle()
    tally = Tally.of("a second instance starts while the first delivers", world.published, receiver.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)


def test_an_instance_that_stands_still_in_mid_push_repeats_nothing_when_it_goes_on(world: World, is_long: bool) -> None:
    pause = 45.0 if is_long else 4.0
    receiver = world.receiver(seconds=1.0)
    world.redis.start()
    world.publish(6)
    slow = {"NOTIFIER_UNKNOWN_PAUSE": f"{pause * 2:g}", "NOTIFIER_SEND_DEADLINE": "2"}  # over before it goes on
    frozen = world.notifier(**slow)
    until(lambda: receiver.taken)
    frozen.send_signal(signal.SIGSTOP)
    world.notifier(**slow)
    time.sleep(pause)
    frozen.send_signal(signal.SIGCONT)
    world.settle()
    tally = Tally.of(f"frozen {pause:g} s in mid-push, another beside it", world.published, receiver.titles)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)


def test_one_of_two_instances_that_is_killed_is_replaced_by_the_other(world: World, is_long: bool) -> None:
    receiver = world.receiver(drops_known=True, seconds=0.1)
    world.redis.start()
    world.publish(60 if is_long else 12)
    first, _ = world.notifier(**CALM), world.notifier(**CALM)
    until(lambda: len(receiver.taken) > 2)
    first.kill()
    world.settle(300)
    tally = Tally.of("one of two instances killed, channel that drops known ids", world.published, receiver.titles, kills=1)
    TABLE.append(tally)
    assert (tally.lost, tally.extra) == (0, 0)


def test_two_instances_with_a_database_each_of_which_one_is_killed_and_comes_back(world: World, is_long: bool) -> None:
    """What the one had stored is its own to deliver: the other gets what nobody had stored."""
    receiver = world.receiver(seconds=0.1)
    world.redis.start()
    world.publish(60 if is_long else 12)
    first = world.notifier()
    until(lambda: len(receiver.taken) > 2)
    first.kill()
    first.wait(20)
    own, world.database = world.database, world.folder / "var" / "second.sqlite3"
    world.notifier()
    world.publish(6)
    until(lambda: set(world.published[-6:]) <= set(receiver.titles))
    world.database = own
    world.notifier()
    until(lambda: set(world.published) <= set(receiver.titles), 120)
    until(lambda: not world.states()["pending"])
    tally = Tally.of("two instances, a database each, one killed and back", world.published, receiver.titles, kills=1)
    TABLE.append(tally)
    assert tally.lost == 0
    assert tally.extra <= 1
