"""Every process on the way is killed at random while thousands of alerts go through: none is lost, and few are repeated."""

import random
import time
from collections import Counter

from tests.faults.ledger import TABLE, Tally
from tests.faults.processes import World
from tests.waiting import until


def test_every_process_is_killed_while_alerts_go_through(world: World, is_long: bool) -> None:
    rounds, each = (20, 100) if is_long else (2, 40)
    chance, plain, knowing = random.Random(3), world.receiver(), world.receiver(drops_known=True)
    world.redis.start()
    kills, notifier = 0, world.notifier()
    for number in range(rounds):
        world.publish(each)
        time.sleep(chance.uniform(0.5, 3.0))
        if number % 3 != 1:
            notifier.kill()
            notifier.wait(20)
            notifier, kills = world.notifier(), kills + 1
        if number % 3 != 2:
            world.redis.kill()
            world.redis.start(chance.choice(["everysec", "none"]))
        if number % 2:
            world.kill_publisher()
    world.publish(1)
    world.settle(1800)
    until(lambda: world.open_rows() == 0)
    names = (("plain channel", plain), ("channel that drops known ids", knowing))
    tallies = [
        Tally.of(f"every process killed at random, {name}", world.published, each.titles, kills=kills) for name, each in names
    ]
    TABLE.extend(tallies)
    assert [tally.lost for tally in tallies] == [0, 0]
    assert tallies[0].extra <= kills
    assert tallies[1].extra == 0
    assert len(Counter(taken.id for taken in plain.taken)) == len(world.published)
