"""Alerts are withdrawn and put right while everything is killed: what is gone is not told, and the rest once, as it is now."""

import random
import time

from tests.faults.ledger import TABLE, Tally
from tests.faults.processes import World
from tests.waiting import until


def test_what_is_withdrawn_while_a_channel_is_away_is_not_told_whatever_is_killed(world: World, is_long: bool) -> None:
    rounds, chance, receiver = 10 if is_long else 3, random.Random(11), world.receiver()
    receiver.manner = "500"
    world.redis.start()
    notifier = world.notifier()
    for number in range(rounds):
        world.publish(6)
        if number % 2:
            until(lambda: world.open_rows() == 0)  # else some are withdrawn before anybody has stored them
        first = number * 6
        world.revise([first, first + 1], "it has expired")
        world.revise([first + 2])
        time.sleep(chance.uniform(0.0, 1.0))
        notifier.kill()
        notifier.wait(20)
        if number % 3 == 0:
            world.redis.kill()
            world.redis.start("none")
        notifier = world.notifier()
    until(lambda: world.open_rows() == 0)
    receiver.manner = "ok"
    world.settle(300)
    valid = [title for title in world.published if not title.endswith("withdrawn")]
    told = world.states()["unknown"]
    remark = f"{len(world.published) - len(valid)} more withdrawn and not told, {rounds} put right"
    fault = "withdrawn and put right while a channel is away, notifier and Redis killed"
    tally = Tally.of(fault, valid, receiver.titles, kills=rounds, told=told, remark=remark)
    TABLE.append(tally)
    assert set(receiver.titles) <= set(valid)
    assert (tally.lost, tally.extra) == (0, 0)
    assert told <= rounds


def test_what_is_withdrawn_in_mid_delivery_is_not_begun_once_it_is_stored(world: World, is_long: bool) -> None:
    receiver, count = world.receiver(seconds=0.1), 100 if is_long else 20
    world.redis.start()
    world.notifier()
    world.publish(count)
    until(lambda: len(receiver.taken) > 2)
    world.revise(range(1, count, 2), "it has expired")
    until(lambda: world.open_rows() == 0)
    time.sleep(1.0)  # what was open is heard out
    went = len(receiver.taken)
    world.settle(300)
    valid = [title for title in world.published if not title.endswith("withdrawn")]
    late = {f"Deal {number}" for number in range(1, count, 2)} & set(receiver.titles[went:])
    early = len(receiver.taken) - len(valid)
    remark = f"{count - len(valid)} more withdrawn, of which {early} had gone out"
    tally = Tally.of("withdrawn in mid-delivery", valid, receiver.titles, remark=remark)
    TABLE.append(tally)
    assert late == set()
    assert (tally.lost, tally.extra) == (0, 0)
    assert len(receiver.taken) == len(set(receiver.titles))
