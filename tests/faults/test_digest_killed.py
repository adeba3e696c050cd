"""The notifier dies at any moment while alerts are held, put into digests and sent: none is lost, and each is told in one push."""

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.faults.ledger import TABLE, Tally
from tests.faults.processes import World
from tests.waiting import until

SOON = 40.0  # seconds within which a digest is not to come yet, since all must be held before


def next_minute() -> datetime:
    """At which a digest can come."""
    return (datetime.now(UTC) + timedelta(seconds=SOON)).replace(second=0, microsecond=0) + timedelta(minutes=1)


def test_killed_while_digests_are_held_made_and_sent(world: World, is_long: bool) -> None:
    chance, plain, knowing = random.Random(5), world.receiver(seconds=0.2), world.receiver(drops_known=True, seconds=0.2)
    world.redis.start()
    kills = 0
    for _ in range(6 if is_long else 1):
        moment = next_minute()
        times = {"NOTIFIER_MAX_DAILY": "0", "NOTIFIER_DIGEST_AT": f"{moment:%H:%M}", "NOTIFIER_TIME_ZONE": "UTC"}
        world.publish(12)
        first = world.notifier(**times)
        until(lambda: world.held() == 24, SOON + 60)
        assert datetime.now(UTC) < moment, "this machine is too slow for this test"
        first.kill()
        first.wait(20)
        while datetime.now(UTC) < moment + timedelta(seconds=8):
            process = world.notifier(**times)
            time.sleep(chance.uniform(1.0, 8.0))
            process.kill()
            process.wait(20)
            kills += 1
        last = world.notifier(**times)
        world.settle(180)
        last.kill()
        last.wait(20)
        kills += 2
    tallies = [
        Tally.of(f"killed {kills} times while digests are held, made and sent, {name}", world.published, each.told, kills=kills)
        for name, each in (("plain channel", plain), ("channel that drops known ids", knowing))
    ]
    TABLE.extend(tallies)
    assert [each.lost for each in tallies] == [0, 0]
    assert tallies[1].extra == 0
    assert set(world.states()) == {"sent"}
    pushes: dict[str, set[str]] = {}
    for each in plain.taken:
        pushes.setdefault(each.id, set()).add(each.title)
    assert len(pushes) == len(knowing.taken)  # each channel's are of as many ids
    repeated = Counter(each.id for each in plain.taken)
    assert sum(count - 1 for count in repeated.values()) <= kills
    last = world.notifier()
    until(lambda: world.open_rows() == 0)
