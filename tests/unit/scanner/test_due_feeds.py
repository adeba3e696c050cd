"""Feeds are scanned when they are due, and a person hears of those that fail: weeks of it by a clock that is set by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from common.deals import NOTICE_FIELD, Notice, stream_field
from scanner.deal_data import Feed
from scanner.feeds.feed_care import Attempt, FeedCare
from scanner.parsing.feed_entry import FeedError
from scanner.policy import Policy
from scanner.prices.price_reader import PriceReader
from scanner.references.reader import ReferenceReader
from scanner.scan_runner import ScanRunner
from scanner.service import Ports, Scanner
from scanner.store.store import Store
from scanner.tracing.observers import Observers
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, item, rss, store_in

A, B, C = (f"https://{name}.example/rss" for name in "abc")
DOWN = FeedError("cannot be fetched", is_unreachable=True)


class Week:
    """A runner over a real store whose clock goes from one due moment to the next."""

    def __init__(self, store: Store, source: FakeSource) -> None:
        self.store, self.source, self.now = store, source, NOW
        ports = Ports(
            store.feeds,
            store.deals,
            store.readings,
            store.offers,
            source,
            PriceReader(),
            ReferenceReader(),
            FakeJudge(),
            store.plans,
        )
        scanner = Scanner(ports, Policy(), lambda: self.now)
        self.runner = ScanRunner(scanner, store.scans, store.feeds, Observers(), now=lambda: self.now)

    async def play(self, span: timedelta) -> None:
        """What the runner does in this time."""
        end = self.now + span
        while self.now < end:
            assert await self.runner.scan_due()
            care, feeds = self.store.feeds.care, await self.store.feeds.enabled()
            waits = [wait for feed in feeds if (wait := care.wait_of(feed, self.now)) is not None]
            self.now += timedelta(seconds=max(min([3600.0, *waits]), 1.0))

    async def notices(self) -> list[Notice]:
        rows = await self.store.outbox.unsent(1_000)
        return [Notice.model_validate_json(row.body) for row in rows if stream_field(row.body) == NOTICE_FIELD]

    def tries(self, url: str) -> int:
        return sum(feed.url == url for feed in self.source.fetched)


def over(folder: Path, source: FakeSource, use: Callable[[Week], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await store_in(folder, A, B, C)
        for feed in await store.feeds.enabled():
            await store.feeds.change(feed.id, lambda _: {"every": 3600.0})
        week = Week(store, source)
        await use(week)
        await week.runner.stop()
        await store.aclose()

    asyncio.run(run())


def test_in_a_week_of_two_failing_feeds_each_is_told_once_and_once_when_it_is_well(tmp_path: Path) -> None:
    async def use(week: Week) -> None:
        await week.play(timedelta(days=7))
        first = await week.notices()
        assert sorted((each.kind, each.title) for each in first) == [
            ("feed-failing", f"Feed Feed {A} fails since Saturday 12:00 UTC"),
            ("feed-failing", f"Feed Feed {B} fails since Saturday 12:00 UTC"),
        ]
        assert all(timedelta(hours=24) <= each.created - NOW < timedelta(hours=24, minutes=30) for each in first)
        assert 25 < week.tries(A) < 40  # every six hours and not every hour
        assert 150 < week.tries(C) < 190
        week.source.bodies |= {A: rss(), B: rss()}
        await week.play(timedelta(days=2))
        told = await week.notices()
        assert sorted(each.kind for each in told) == ["feed-failing"] * 2 + ["feed-well"] * 2
        assert len({each.id for each in told}) == 4
        assert all(len(each.id) <= 40 for each in told)

    over(tmp_path, FakeSource({A: DOWN, B: FeedError("HTTP 500", status=500), C: rss()}), use)


def test_a_feed_that_fails_again_and_again_for_less_than_a_day_is_not_told(tmp_path: Path) -> None:
    async def use(week: Week) -> None:
        for _ in range(7):
            week.source.bodies[A] = DOWN
            await week.play(timedelta(hours=18))
            week.source.bodies[A] = rss()
            await week.play(timedelta(hours=8))
        assert await week.notices() == []

    over(tmp_path, FakeSource({A: DOWN, B: rss(), C: rss()}), use)


def test_a_machine_that_slept_for_a_weekend_tells_of_no_failure(tmp_path: Path) -> None:
    async def use(week: Week) -> None:
        await week.play(timedelta(hours=2))
        week.now += timedelta(days=3)
        await week.play(timedelta(hours=10))
        assert await week.notices() == []
        assert {feed.failures > 0 for feed in await week.store.feeds.enabled()} == {True}

    over(tmp_path, FakeSource({}), use)


def test_a_clock_that_is_set_stops_no_feed(tmp_path: Path) -> None:
    async def use(week: Week) -> None:
        await week.play(timedelta(hours=3))
        for jump in (timedelta(days=-365), timedelta(days=730), timedelta(hours=-1)):
            before = len(week.source.fetched)
            week.now += jump
            await week.play(timedelta(hours=2, minutes=30))
            assert 6 <= len(week.source.fetched) - before <= 12, jump
        assert await week.notices() == []

    over(tmp_path, FakeSource({A: rss(), B: rss(), C: rss()}), use)


def test_feeds_that_are_due_together_are_scanned_together(tmp_path: Path) -> None:
    async def use(week: Week) -> None:
        await week.play(timedelta(days=1))
        assert len(week.source.fetched) / len(await week.store.scans.newest(200)) == 3

    over(tmp_path, FakeSource({A: rss(), B: rss(), C: rss()}), use)


class BrokenCare(FeedCare):
    """Makes notices that cannot be stored."""

    def after(self, feed: Feed, attempt: Attempt) -> tuple[Feed, Notice | None]:
        after, notice = super().after(feed, attempt)
        return after, notice and notice.model_copy(update={"id": None})


def test_a_notice_and_the_state_of_its_feed_are_stored_together_or_not_at_all(tmp_path: Path) -> None:
    async def use(week: Week) -> None:
        await week.play(timedelta(hours=23))
        before = await week.store.feeds.enabled()
        assert before[0].failures > 3
        week.store.feeds.care = BrokenCare(alarm_hours=0.1)
        week.now += timedelta(hours=6)
        assert not await week.runner.scan_due()
        assert await week.store.feeds.enabled() == before
        assert await week.notices() == []

    over(tmp_path, FakeSource({}), use)


def test_what_a_failing_feed_brings_when_it_is_back_is_pushed(tmp_path: Path) -> None:
    async def use(week: Week) -> None:
        await week.play(timedelta(hours=2))
        week.source.bodies[A] = DOWN
        await week.play(timedelta(hours=30))
        week.source.bodies[A] = rss(item("Acme Drill for $60", published=week.now))
        await week.play(timedelta(hours=8))
        kinds = [each.kind for each in await week.notices()]
        assert kinds == ["feed-failing", "feed-well"]
        assert len(await week.store.outbox.unsent(10)) == 3

    over(tmp_path, FakeSource({A: rss(), B: rss(), C: rss()}), use)
