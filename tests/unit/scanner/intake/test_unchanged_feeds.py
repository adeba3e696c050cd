"""A feed that has not changed (304) still holds what it held."""

from pathlib import Path

from scanner.store.retention import Retention
from tests.unit.scanner.intake.days import DRILL, LINK, A, Days, over_days, told

SAW = told("Acme Saw for $50", f"{LINK}/saw")


async def unchanged(scanner: Days, days: int) -> None:
    """It is read so many days, and answers that nothing has changed."""
    scanner.source.bodies = {A: None}
    for _ in range(days):
        await scanner.scan_again()


async def to_be_had(scanner: Days) -> set[str]:
    return {each.title for each in await scanner.store.sightings.seen(["acme"], scanner.now) if each.is_now}


def test_what_it_held_is_to_be_had_and_what_it_had_dropped_is_not(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK), SAW)
        await scanner.scan(told(DRILL, LINK))
        await unchanged(scanner, 5)
        assert await to_be_had(scanner) == {DRILL}

    over_days(tmp_path, use)


def test_it_stays_known_for_as_long_as_it_stands_there(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        await unchanged(scanner, Retention().deals.days + 2)
        await scanner.store.scans.prune(scanner.now)
        assert await scanner.scan(told(DRILL, LINK), SAW) == (1, 0)

    over_days(tmp_path, use)


def test_a_feed_that_fails_tells_nothing_of_what_it_holds(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        for _ in range(5):
            scanner.source.bodies = {}
            await scanner.scan_again()
        assert await to_be_had(scanner) == set()

    over_days(tmp_path, use)
