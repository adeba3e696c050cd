"""What a feed says today, and what it said before: the same deal, another one, or the same at another price."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest

from scanner.deal_data import FeedEntry
from scanner.feed_list import WantedFeed
from scanner.policy import Policy
from scanner.prices.price_reader import PriceReader
from scanner.prices.rule_extractor import Extraction
from scanner.references.reader import ReferenceReader
from scanner.service import Ports, Scanner
from scanner.store.store import Store
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, rss, store_in

A, B = "https://a.example/rss", "https://b.example/rss"
LINK = "https://deals.example/1"
DRILL = "Acme Drill for $60"


def told(title: str, link: str = "", guid: str = "", text: str = "", days: float = 0.0) -> str:
    """An item with what it is given alone, `days` old."""
    date = (NOW - timedelta(days=days)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    parts = {"title": title, "link": link, "guid": guid, "description": text, "pubDate": date}
    return f"<item>{''.join(f'<{name}>{escape(part)}</{name}>' for name, part in parts.items() if part)}</item>"


class Days:
    """A scanner that is run again and again, a day apart, over what the feeds say on each."""

    def __init__(self, store: Store, policy: Policy | None = None) -> None:
        self.store, self.source, self.reader = store, FakeSource({}), CountingReader()
        self.now = NOW
        ports = Ports(store.feeds, store.deals, store.offers, self.source, self.reader, ReferenceReader(), FakeJudge(), store.plans)
        self._scanner = Scanner(ports, policy or Policy(), lambda: self.now)

    async def scan(self, *items: str, feed: str = A, days: float = 1.0) -> tuple[int, int]:
        """How many are new, and how many are pushed."""
        self.source.bodies = {feed: rss(*items)}
        report = await self._scanner.scan()
        self.now += timedelta(days=days)
        return sum(each.new for each in report.feeds), report.pricing.alerts

    async def listed(self) -> list[tuple[float, str | None]]:
        """Price and reason of each opportunity."""
        found = (await self.store.opportunities.page(None, 50, now=self.now)).items
        return [(each["deal"]["price"], each["why_not"]) for each in found]


class CountingReader(PriceReader):
    """Counts what it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    async def read(self, entry: FeedEntry, currency: str) -> Extraction:
        self.count += 1
        return await super().read(entry, currency)


def over_days(folder: Path, use: Callable[[Days], Awaitable[None]], policy: Policy | None = None) -> None:
    async def run() -> None:
        store = await store_in(folder, A, B)
        await use(Days(store, policy))
        await store.aclose()

    asyncio.run(run())


def counts(folder: Path, *days: Sequence[str]) -> list[int]:
    """How many are new on each day, and on one more on which nothing changes."""
    found: list[int] = []

    async def use(scanner: Days) -> None:
        for items in [*days, days[-1]]:
            found.append((await scanner.scan(*items))[0])

    over_days(folder, use)
    return found


SAW = "Acme Saw for $70"
TARGET = "https://go.example/out?affurl=https%3A%2F%2Fshop.example%2F"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (told(DRILL, LINK, "today"), told(SAW, "https://deals.example/2", "today")),
        (told(DRILL, LINK, "1"), told(SAW, LINK, "2")),
        (told(DRILL, LINK, LINK), told(SAW, LINK, LINK)),
        (told(DRILL, f"{LINK}#101"), told(SAW, f"{LINK}#102")),
        (told(DRILL, "https://deals.example/?101"), told(SAW, "https://deals.example/?102")),
        (told(DRILL, TARGET + "1"), told(SAW, TARGET + "2")),
        (told("Deal of the day: Acme Drill for $60", LINK), told("Deal of the day: Cora Lamp for $60", LINK)),
        (told(DRILL, "https://a.example/drill"), told(DRILL, "https://b.example/drill")),
        (told("Acme Drill", text="for only $60"), told("Acme Drill", text="for only $30")),
        (told("Acme Drill", LINK, text="for just $60"), told("Acme Drill", LINK, text="for just $30")),
        (told("Acme Drill for $160", LINK, LINK), told(DRILL, LINK, LINK)),
        (told("Acme Drill for $160", LINK, "a"), told(DRILL, LINK, "b")),
        (told(DRILL, LINK, LINK), told("Acme Drill for $75", LINK, LINK)),
        (told("Acme Drill, price in the cart", LINK), told(DRILL, LINK)),
        (told(DRILL, LINK), told("Refurbished Acme Drill for $60", LINK)),
    ],
)
def test_another_deal_and_another_price_are_new(tmp_path: Path, first: str, second: str) -> None:
    assert counts(tmp_path, [first], [second]) == [1, 1, 0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (told("Acme Dril for $60", f"{LINK};jsessionid=AB12"), told(DRILL, f"{LINK};jsessionid=CD34")),
        (told(DRILL, LINK, "1"), told("Acme Drill (Black) for $60 with code", LINK, "2")),
        (told(DRILL, LINK, LINK), told("Acme Drill with free bag for $60", "https://deals.example/moved", LINK)),
        (told(DRILL, f"{LINK}?utm_source=a&sid=1#top"), told(DRILL, "http://www.deals.example/1/?fbclid=b&sid=2")),
        (told(DRILL, LINK), told("Acme Cordless Drill for $60", "https://deals.example/2")),
        (
            told(DRILL, LINK, text="It drills. 14 comments, 3 hours ago"),
            told(DRILL, LINK, text="It drills. 90 comments, a day ago"),
        ),
        (told(DRILL, LINK, days=0), told(DRILL, LINK, days=-0.5)),
        (told("Acme Drill for $60", LINK), told("Acme Drill for $60.00 (was $99)", LINK, text="Was $99 before.")),
    ],
)
def test_an_edit_is_not(tmp_path: Path, first: str, second: str) -> None:
    assert counts(tmp_path, [first], [second]) == [1, 0, 0]


def test_two_that_stand_side_by_side_are_two_though_a_word_is_all_that_parts_them(tmp_path: Path) -> None:
    both = [told("Acme Polo Shirt $60", LINK), told("Acme Striped Polo Shirt $60", "https://deals.example/2")]
    assert counts(tmp_path, both[:1], both) == [1, 1, 0]


def test_an_item_that_stands_twice_in_a_fetch_is_one_at_the_first_price(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        twice = [told("Acme Drill", LINK, text=f"for just ${price}") for price in (60, 75)]
        assert await scanner.scan(*twice) == (1, 1)
        assert await scanner.scan(*twice) == (0, 0)
        assert await scanner.listed() == [(60.0, None)]

    over_days(tmp_path, use)


def test_two_prices_under_one_link_in_one_fetch_are_two_deals_and_no_change(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        both = [told(DRILL, LINK), told("Acme Drill for $75", LINK)]
        assert await scanner.scan(*both) == (2, 1)
        assert await scanner.scan(*both) == (0, 0)

    over_days(tmp_path, use)


def test_the_same_title_at_the_same_price_is_the_next_sale_when_it_was_away_for_long(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told(DRILL, LINK)) == (1, 1)
        assert await scanner.scan(told(DRILL, "https://deals.example/2")) == (0, 0)
        await scanner.scan(days=30)
        assert await scanner.scan(told(DRILL, "https://deals.example/3", days=-40)) == (1, 1)

    over_days(tmp_path, use)


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
        ports = Ports(store.feeds, store.deals, store.offers, days.source, days.reader, ReferenceReader(), judge, store.plans)
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


def test_after_the_cool_down_a_price_is_told_again(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told(DRILL, LINK)) == (1, 1)
        assert await scanner.scan(told("Acme Drill for $90", LINK), days=15.0) == (1, 0)
        assert await scanner.scan(told("Acme Drill for $90", LINK)) == (0, 0)
        assert await scanner.scan(told("Acme Drill for $60", LINK)) == (1, 1)

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


def test_no_more_are_pushed_within_a_day_than_are_wanted_and_the_next_day_more_are(tmp_path: Path) -> None:
    def of(day: int) -> list[str]:
        names = ("Drill", "Saw", "Lamp", "Mower")
        return [told(f"Acme {name} X{day}7 for ${30 + n}", f"{LINK}/{day}/{n}", days=-day) for n, name in enumerate(names)]

    async def use(scanner: Days) -> None:
        assert await scanner.scan(*of(1), days=0.25) == (4, 3)
        assert await scanner.scan(*of(2), days=0.25) == (4, 2)
        assert await scanner.scan(*of(3), days=1.0) == (4, 0)
        reasons = {why for _, why in await scanner.listed()}
        assert reasons == {None, "it is not among the 3 of its scan that save the most", "5 are pushed within 24 hours at most"}
        again = Days(scanner.store, policy)  # a restart forgets nothing of it
        again.now = scanner.now - timedelta(hours=16)
        assert await again.scan(*of(4), days=1.0) == (4, 0)
        assert await again.scan(*of(5)) == (4, 3)

    policy = Policy(max_alerts=3, max_daily=5)
    over_days(tmp_path, use, policy)


def test_only_the_feed_in_which_a_deal_was_found_changes_its_price_until_that_is_read_no_more(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told(DRILL, LINK)) == (1, 1)
        dearer = told("Acme Drill for $50", LINK)
        assert await scanner.scan(dearer, feed=B) == (0, 0)
        await scanner.store.feeds.configure([WantedFeed(B, "B")], "environment")
        assert await scanner.scan(dearer, feed=B) == (1, 1)

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


def test_two_items_whose_prices_their_texts_alone_tell_are_two_and_stay_two(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        both = [told("Acme Drill", f"{LINK}/{price}", text=f"for just ${price}") for price in (60, 75)]
        assert await scanner.scan(*both) == (2, 1)
        assert await scanner.scan(*both) == (0, 0)

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


def test_two_titles_that_take_turns_under_one_link_are_two_deals_and_no_more(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        found = [await scanner.scan(told(title, LINK, LINK)) for title in (DRILL, SAW) * 3]
        assert found == [(1, 1), (1, 1)] + [(0, 0)] * 4

    over_days(tmp_path, use)
