"""What another feed than its own says of a known deal: a lower price is judged and told, once; all else is a repeat."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from common.deals import Opportunity
from scanner.feeds.feed_list import WantedFeed
from tests.unit.scanner.fakes import NOW
from tests.unit.scanner.intake.days import DRILL, LINK, A, B, Days, over_days, told

C = "https://c.example/rss"


def test_a_lower_price_in_another_feed_is_judged_listed_and_told_once(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told(DRILL, LINK)) == (1, 1)
        cheaper = told("Acme Drill for $50", LINK)
        assert await scanner.scan(cheaper, feed=B) == (1, 1)
        assert await scanner.listed() == [(50.0, None)]
        for feed, said in ((B, cheaper), (A, told(DRILL, LINK)), (B, cheaper)):
            assert await scanner.scan(said, feed=feed) == (0, 0)
        assert await scanner.listed() == [(50.0, None)]

    over_days(tmp_path, use)


@pytest.mark.parametrize(
    "says",
    [
        "Acme Drill for $60, and free shipping",
        "Acme Drill for $75",
        "Acme Drill for $58",
        "Acme Drill, refurbished, for $40",
        "Acme Drill from $40",
        "Acme Drill: price in the cart",
        "Acme Drill for 40 XYZ",
    ],
)
def test_what_is_no_new_low_of_the_same_thing_stays_a_repeat_and_is_read_once(tmp_path: Path, says: str) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        for _ in range(3):
            assert await scanner.scan(told(says, LINK), feed=B) == (0, 0)
            assert scanner.reader.count == 2
        assert await scanner.listed() == [(60.0, None)]

    over_days(tmp_path, use)


def test_five_percent_less_is_enough(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        assert await scanner.scan(told("Acme Drill for $57.00", LINK), feed=B) == (1, 1)

    over_days(tmp_path, use)


def test_the_word_of_another_feed_counts_when_it_changes_and_not_against_a_later_one(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        assert await scanner.scan(told("Acme Drill for $59", LINK), feed=B) == (0, 0)
        assert await scanner.scan(told("Acme Drill for $90", LINK)) == (1, 0)
        assert await scanner.scan(told("Acme Drill for $59", LINK), feed=B) == (0, 0)  # said before A said 90
        assert await scanner.scan(told("Acme Drill for $70", LINK), feed=B) == (1, 0)  # lower than 90, not than 60 before
        assert await scanner.listed() == [(70.0, "it was $60.00 before, and no dearer")]
        assert await scanner.scan(told("Acme Drill for $50", LINK)) == (1, 1)

    over_days(tmp_path, use)


def test_what_stood_in_a_feed_before_that_was_read_is_judged_and_not_pushed(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        assert await scanner.scan(told("Acme Drill for $50", LINK, days=0.5), feed=B) == (1, 0)
        said = "it was published 36 hours before its feed was read for the first time"
        assert await scanner.listed() == [(50.0, said)]

    over_days(tmp_path, use)


def test_a_lower_price_that_is_over_is_a_repeat(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        over = f"<dealnews:expires>{NOW.isoformat()}</dealnews:expires></item>"
        assert await scanner.scan(told("Acme Drill for $50", LINK).replace("</item>", over), feed=B) == (0, 0)

    over_days(tmp_path, use)


def test_a_lower_price_elsewhere_puts_an_alert_right_that_has_not_gone_out(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        await scanner.scan(told("Acme Drill for $50", LINK), feed=B)
        found = [Opportunity.model_validate_json(row.body) for row in await scanner.store.outbox.unsent(9)]
        why = "its price is 50.00 USD now, which is told by itself"
        assert [(each.deal.price, each.withdrawn) for each in found] == [(50.0, None), (60.0, why)]

    over_days(tmp_path, use)


def test_a_deal_goes_from_feed_to_feed_with_what_each_said(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        assert await scanner.scan(told("Acme Drill for $60, today", LINK), feed=B) == (0, 0)
        await scanner.store.feeds.configure([WantedFeed(B, "B"), WantedFeed(C, "C")], "environment")
        assert await scanner.scan(told("Acme Drill for $60, now", LINK), feed=B) == (0, 0)  # is the deal's own from here on
        assert await scanner.scan(told("Acme Drill for $50", LINK, days=-3), feed=C) == (1, 1)
        assert await scanner.scan(told("Acme Drill for $60, now", LINK), feed=B) == (0, 0)
        assert scanner.reader.count == 4
        assert await scanner.scan(told("Acme Drill for $40", LINK), feed=B) == (1, 1)  # its own change, however old the entry

    over_days(tmp_path, use)


def test_what_was_said_of_a_deal_is_forgotten_with_it(tmp_path: Path) -> None:
    def count() -> int:
        with closing(sqlite3.connect(tmp_path / "scanner.sqlite3")) as connection:
            return int(connection.execute("SELECT count(*) FROM deal_readings").fetchone()[0])

    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        await scanner.scan(told("Acme Drill for $75", LINK), feed=B, days=200)
        assert count() == 1
        await scanner.store.scans.prune(scanner.now)
        assert count() == 0

    over_days(tmp_path, use)
