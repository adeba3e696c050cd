"""Another price under a known link, and what of it is pushed: new lows, news, and no more than are wanted."""

import asyncio
from pathlib import Path

from scanner.feeds.feed_list import WantedFeed
from scanner.policy import Policy
from scanner.references.reader import ReferenceReader
from scanner.service import Ports, Scanner
from tests.unit.scanner.fakes import NOW, FakeJudge, rss, store_in
from tests.unit.scanner.intake.days import DRILL, LINK, A, B, Days, over_days, told


def test_each_price_under_a_link_is_kept_and_the_last_one_listed(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        for price, pushed in ((90, 1), (60, 1), (62, 0), (59, 0), (50, 1)):
            assert await scanner.scan(told(f"Acme Drill for ${price}", LINK)) == (1, pushed)
            assert [each for each, _ in await scanner.listed()] == [price]
        deals = (await scanner.store.deals.page(None, 50)).items
        assert [deal["price"] for deal in deals] == [50.0, 59.0, 62.0, 60.0, 90.0]
        assert [deal["reason"] for deal in deals[:3]] == [None, "its price is 50.00 USD now", "its price is 59.00 USD now"]

    over_days(tmp_path, use)


def test_a_price_that_rises_takes_the_old_one_off_the_list_and_says_why_it_is_not_pushed(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        await scanner.scan(told("Acme Drill for $70", LINK))
        assert await scanner.listed() == [(70.0, "it was $60.00 before, and no dearer")]
        await scanner.scan(told("Acme Drill: price in the cart", LINK))
        assert await scanner.listed() == []

    over_days(tmp_path, use)


def test_a_deal_that_waits_to_be_judged_is_not_judged_at_a_price_that_is_gone(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        days = Days(store)
        days.source.bodies = {A: rss(told(DRILL, LINK))}
        judge = FakeJudge(down=True)
        ports = Ports(
            store.feeds, store.deals, store.readings, store.offers, days.source, days.reader, ReferenceReader(), judge, store.plans
        )
        scanner = Scanner(ports, Policy(), lambda: NOW)
        await scanner.scan()
        days.source.bodies = {A: rss(told("Acme Drill for $40", LINK))}
        await scanner.scan()
        judge.down = False
        report = await scanner.price_pending()
        assert (report.priced, report.alerts) == (1, 1)
        assert [each.offer.price for (each,) in judge.calls] == [40.0]
        await store.aclose()

    asyncio.run(run())


def test_after_the_cool_down_what_is_cheaper_at_all_is_told_and_no_price_twice(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told(DRILL, LINK)) == (1, 1)
        assert await scanner.scan(told("Acme Drill for $90", LINK), days=15.0) == (1, 0)
        assert await scanner.scan(told("Acme Drill for $90", LINK)) == (0, 0)
        assert await scanner.scan(told("Acme Drill for $60", LINK)) == (1, 0)
        assert (60.0, "it was pushed at $60.00 before, and is no cheaper now") in await scanner.listed()
        assert await scanner.scan(told("Acme Drill for $90", LINK), days=15.0) == (1, 0)
        assert await scanner.scan(told("Acme Drill for $90", LINK)) == (0, 0)
        assert await scanner.scan(told("Acme Drill for $59", LINK)) == (1, 1)

    over_days(tmp_path, use)


def test_the_same_product_elsewhere_is_pushed_again_only_for_less(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told("Acme QX100 Blender for $60", "https://a.example/1")) == (1, 1)
        assert await scanner.scan(told("Acme QX-100 Quiet Blender $60.99", "https://b.example/2")) == (1, 0)
        assert await scanner.scan(told("Acme QX100 Blender for $63", "https://c.example/3")) == (1, 0)
        assert await scanner.scan(told("Blender Acme QX100 $45", "https://c.example/4")) == (1, 1)
        assert len(await scanner.listed()) == 4  # each is another shop's deal

    over_days(tmp_path, use)


def test_of_one_product_at_several_shops_in_one_scan_the_cheapest_is_pushed(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        shops = [told(f"Acme QX100 Blender for ${price}", f"https://{price}.example/") for price in (62, 60, 61)]
        assert await scanner.scan(*shops) == (3, 1)
        said = "the same was pushed at $60.00, and this is not 5% less"
        assert await scanner.listed() == [(60.0, None), (61.0, said), (62.0, said)]

    over_days(tmp_path, use)


def test_a_feed_that_is_read_for_the_first_time_tells_only_of_the_last_day(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        items = [told("Acme Drill for $60", LINK, days=0.5), told("Acme Saw for $50", "https://deals.example/2", days=2)]
        assert await scanner.scan(*items) == (2, 1)
        said = "it was published 48 hours before its feed was read for the first time"
        assert await scanner.listed() == [(50.0, said), (60.0, None)]
        assert await scanner.scan(*items, told("Acme Mower for $80", "https://deals.example/3", days=1)) == (1, 1)
        assert await scanner.scan(*items, told("Acme Lamp for $30", "https://deals.example/4", days=1.5)) == (1, 0)  # 3.5 days

    over_days(tmp_path, use)


def test_an_old_item_whose_price_falls_is_news(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told(DRILL, LINK, days=20)) == (1, 0)
        assert await scanner.scan(told("Acme Drill for $59", LINK, days=20)) == (1, 0)
        assert await scanner.scan(told("Acme Drill for $40", LINK, days=20)) == (1, 1)

    over_days(tmp_path, use)


def test_a_dearer_price_counts_only_in_the_feed_in_which_a_deal_was_found_until_that_is_read_no_more(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told(DRILL, LINK)) == (1, 1)
        dearer = told("Acme Drill for $70", LINK)
        assert await scanner.scan(dearer, feed=B) == (0, 0)
        await scanner.store.feeds.configure([WantedFeed(B, "B")], "environment")
        assert await scanner.scan(dearer, feed=B) == (1, 0)

    over_days(tmp_path, use)


def test_an_entry_is_read_anew_only_where_what_tells_its_price_has_changed(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        steps = (
            ("It drills. 4 votes.", 1),
            ("It drills. 70 votes.", 1),
            ("It drills. It was $90.", 2),
            ("It drills. It was $90. 71 votes.", 2),
        )
        for text, reads in steps:
            await scanner.scan(told(DRILL, LINK, text=text))
            assert scanner.reader.count == reads
        (deal,) = (await scanner.store.deals.page(None, 50)).items
        assert deal["description"] == "It drills. It was $90."

    over_days(tmp_path, use)


def test_a_former_offer_that_is_made_again_beside_the_changed_one_changes_neither_back(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        await scanner.scan(told(DRILL, LINK))
        both = [told("Acme Drill for $40", LINK), told(DRILL, "https://deals.example/2")]
        assert await scanner.scan(*both[:1]) == (1, 1)
        assert await scanner.scan(*both) == (1, 0)
        for _ in range(2):
            assert await scanner.scan(*both) == (0, 0)
        assert sorted(price for price, _ in await scanner.listed()) == [40.0, 60.0]

    over_days(tmp_path, use)
