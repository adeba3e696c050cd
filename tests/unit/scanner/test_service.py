"""The scan over a real store and fakes for the outer world: what is new, what is told, what is kept for later."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from common.deals import Opportunity
from common.judging import Judgement, JudgeRequest, Reference
from scanner import service
from scanner.deal_data import KnownDeal, ScanReport
from scanner.feeds.feed_list import parse_feeds
from scanner.parsing.feed_entry import FeedEntry, FeedError
from scanner.policy import Policy
from scanner.prices.price_reader import PriceReader
from scanner.prices.rule_extractor import Extraction
from scanner.references.reader import ReferenceReader
from scanner.service import Ports, Scanner
from scanner.store.retention import Retention
from scanner.store.store import Store
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, in_days, item, judgement, rss, scanner_over, store_in

A, B = "https://a.example/rss", "https://b.example/rss"
DRILL = item("Acme Drill for $60 + free shipping", price="59.99")


async def listed(store: Store) -> list[dict[str, object]]:
    return (await store.deals.page(None, 200)).items


async def scan_once(folder: Path, source: FakeSource, judge: FakeJudge | None = None, *urls: str) -> tuple[ScanReport, Store]:
    store = await store_in(folder, *(urls or (A,)))
    return await scanner_over(store, source, judge or FakeJudge()).scan(), store


def test_a_new_deal_far_below_its_worth_reaches_the_outbox(tmp_path: Path) -> None:
    async def run() -> None:
        report, store = await scan_once(tmp_path, FakeSource({A: rss(DRILL)}))
        assert (report.feeds[0].items, report.feeds[0].new) == (1, 1)
        assert (report.pricing.priced, report.pricing.opportunities, report.pricing.alerts) == (1, 1, 1)
        (row,) = await store.outbox.unsent(10)
        (opportunity,) = (await store.opportunities.page(None, 10, now=NOW, state="all")).items
        assert opportunity["id"] in row.body
        assert (opportunity["deal"]["price"], opportunity["estimate"], opportunity["discount"]) == (59.99, 200.0, 140.01)
        await store.aclose()

    asyncio.run(run())


def test_a_second_scan_of_the_same_feed_tells_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        source, judge = FakeSource({A: rss(DRILL)}), FakeJudge()
        scanner = scanner_over(store, source, judge)
        await scanner.scan()
        edited = DRILL.replace("09:00:00", "10:30:00").replace("<guid>https://deals.example/1", "<guid>https://deals.example/other")
        source.bodies[A] = rss(edited)
        report = await scanner.scan()
        assert (report.feeds[0].new, report.pricing.alerts) == (0, 0)
        assert len(await store.outbox.unsent(10)) == 1
        assert len(judge.calls) == 1
        await store.aclose()

    asyncio.run(run())


def test_identities_are_chained_through_several_edits(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        source = FakeSource({A: rss(DRILL)})
        scanner = scanner_over(store, source, FakeJudge())
        await scanner.scan()
        moved = DRILL.replace("https://deals.example/1.html", "https://deals.example/moved.html")  # same guid, new link
        source.bodies[A] = rss(moved)
        assert (await scanner.scan()).feeds[0].new == 0
        renamed = moved.replace("<guid>https://deals.example/1<", "<guid>x<").replace(
            "Acme Drill", "Acme Power Drill"
        )  # same new link
        source.bodies[A] = rss(renamed)
        assert (await scanner.scan()).feeds[0].new == 0
        await store.aclose()

    asyncio.run(run())


def test_the_same_deal_in_two_feeds_is_one(tmp_path: Path) -> None:
    async def run() -> None:
        report, store = await scan_once(tmp_path, FakeSource({A: rss(DRILL), B: rss(DRILL)}), None, A, B)
        assert [feed.new for feed in report.feeds] == [1, 0]
        assert len(await listed(store)) == 1
        await store.aclose()

    asyncio.run(run())


def test_a_feed_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    async def run() -> None:
        source = FakeSource({A: FeedError("HTTP 500", status=500), B: rss(DRILL)})
        report, store = await scan_once(tmp_path, source, None, A, B)
        assert [(feed.status, feed.error, feed.new) for feed in report.feeds] == [(500, "HTTP 500", 0), (200, None, 1)]
        assert [feed.last_error for feed in await store.feeds.enabled()] == ["HTTP 500", None]
        await store.aclose()

    asyncio.run(run())


def test_whatever_a_feed_trips_is_that_feeds_error(tmp_path: Path) -> None:
    async def run() -> None:
        report, store = await scan_once(tmp_path, FakeSource({A: OverflowError("too large"), B: rss(DRILL)}), None, A, B)
        assert [(feed.error, feed.new) for feed in report.feeds] == [("OverflowError: too large", 0), (None, 1)]
        assert [feed.last_error for feed in await store.feeds.enabled()] == ["OverflowError: too large", None]
        assert report.pricing.priced == 1
        await store.aclose()

    asyncio.run(run())


def test_what_cannot_be_taken_in_is_its_feeds_error_too(tmp_path: Path) -> None:
    class FragilePrices(PriceReader):
        """Fails at one title."""

        async def read(self, entry: FeedEntry, currency: str) -> Extraction:
            if "Saw" in entry.title:
                raise AttributeError("no choices")
            return await super().read(entry, currency)

    async def run() -> None:
        store = await store_in(tmp_path, A, B)
        source = FakeSource({A: rss(item("Acme Saw for $40", number=2)), B: rss(DRILL)})
        memory = store.feeds, store.deals, store.readings, store.offers
        ports = Ports(*memory, source, FragilePrices(), ReferenceReader(), FakeJudge(), store.plans)
        report = await Scanner(ports, Policy(), lambda: NOW).scan()
        assert [(feed.error, feed.new) for feed in report.feeds] == [("AttributeError: no choices", 0), (None, 1)]
        assert (await store.feeds.enabled())[0].etag is None  # so that all of it is read again
        await store.aclose()

    asyncio.run(run())


def test_the_last_success_is_told_apart_from_what_came_after_it(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        source = FakeSource({A: FeedError("HTTP 500", status=500)})
        scanner = scanner_over(store, source, FakeJudge())
        await scanner.scan()
        assert (await store.feeds.enabled())[0].last_fetched is None
        source.bodies[A] = rss(DRILL)
        await scanner.scan()
        success = (await store.feeds.enabled())[0].last_fetched
        assert success is not None
        source.bodies[A] = FeedError("HTTP 500", status=500)
        await scanner.scan()
        (feed,) = await store.feeds.enabled()
        assert (feed.last_fetched, feed.last_error, feed.last_status) == (success, "HTTP 500", 500)
        await store.aclose()

    asyncio.run(run())


def test_validators_are_kept_only_with_what_was_read(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        source = FakeSource({A: b"<html>"})
        scanner = scanner_over(store, source, FakeJudge())
        await scanner.scan()
        assert (await store.feeds.enabled())[0].etag is None
        source.bodies[A] = rss(DRILL)
        await scanner.scan()
        source.bodies[A] = None
        report = await scanner.scan()
        assert source.fetched[-1].etag == '"1"'
        assert (report.feeds[0].status, report.feeds[0].error) == (304, None)
        await store.aclose()

    asyncio.run(run())


def test_a_server_that_asked_to_be_left_alone_is(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        source = FakeSource({A: FeedError("HTTP 429", status=429, wait=600.0)})
        scanner = scanner_over(store, source, FakeJudge())
        await scanner.scan()
        report = await scanner.scan()
        assert len(source.fetched) == 1
        assert report.feeds[0].error == "HTTP 429; left alone until 2026-11-21 12:10 UTC"
        assert (await store.feeds.enabled())[0].last_status == 429
        assert (await store.feeds.enabled())[0].not_before is not None
        await store.aclose()

    asyncio.run(run())


def test_deals_wait_for_an_ensemble_that_is_down(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        judge = FakeJudge(down=True)
        scanner = scanner_over(store, FakeSource({A: rss(DRILL)}), judge)
        report = await scanner.scan()
        assert (report.pricing.unpriced, report.pricing.problem) == (1, "ensemble: down")
        assert (await listed(store))[0]["state"] == "unpriced"
        judge.down = False
        assert (await scanner.price_pending()).alerts == 1
        assert len(await store.outbox.unsent(10)) == 1
        await store.aclose()

    asyncio.run(run())


def test_what_is_more_than_one_turn_takes_up_waits_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PENDING", 4)

    async def run() -> list[tuple[int, int]]:
        items = [item(f"Acme Drill D{n} for ${30 + n}", number=n) for n in range(1, 10)]
        store = await store_in(tmp_path, A)
        scanner = scanner_over(store, FakeSource({A: rss(*items)}), FakeJudge())
        reports = [(await scanner.scan()).pricing, await scanner.price_pending(), await scanner.price_pending()]
        await store.aclose()
        return [(each.priced, each.unpriced) for each in reports]

    assert asyncio.run(run()) == [(4, 5), (4, 1), (1, 0)]


def test_what_was_judged_before_the_failure_is_kept(tmp_path: Path) -> None:
    async def run() -> None:
        items = [item(f"Acme Drill D{n} for $60", number=n) for n in range(1, 61)]
        report, store = await scan_once(tmp_path, FakeSource({A: rss(*items)}), FakeJudge(after=1))
        assert (report.pricing.priced, report.pricing.unpriced) == (50, 10)
        await store.aclose()

    asyncio.run(run())


def test_what_was_judged_is_kept_as_it_comes_but_for_what_may_be_pushed(tmp_path: Path) -> None:
    class Killed(BaseException):
        """As when the process dies."""

    class DyingJudge(FakeJudge):
        """Finds every second deal worth its price; dies at the second batch."""

        async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
            if self.calls:
                raise Killed
            self.calls.append(requests)
            return [judgement(200.0 if at % 2 else 60.0, request.offer.price) for at, request in enumerate(requests)]

    async def run() -> None:
        items = [item(f"Acme Drill D{n} for $60", number=n) for n in range(1, 61)]
        store = await store_in(tmp_path, A)
        with pytest.raises(Killed):
            await scanner_over(store, FakeSource({A: rss(*items)}), DyingJudge()).scan()
        assert Counter(deal["state"] for deal in await listed(store)) == {"priced": 25, "unpriced": 35}
        report = await scanner_over(store, FakeSource({}), FakeJudge()).price_pending()
        assert (report.priced, report.alerts) == (35, 35)
        await store.aclose()

    asyncio.run(run())


def test_a_deal_that_trips_the_judge_costs_the_others_nothing(tmp_path: Path) -> None:
    class TrippedJudge(FakeJudge):
        """Fails where it is asked about a saw."""

        async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
            if any("Saw" in str(request.title) for request in requests):
                raise ValueError("no saws")
            return await super().judge(requests)

    async def run() -> None:
        source = FakeSource({A: rss(item("Acme Saw for $40", number=2)), B: rss(DRILL)})
        report, store = await scan_once(tmp_path, source, TrippedJudge(), A, B)
        assert (report.pricing.priced, report.pricing.alerts, report.pricing.problem) == (2, 1, None)
        assert {str(deal["title"])[:9]: deal["state"] for deal in await listed(store)} == {
            "Acme Dril": "priced",
            "Acme Saw ": "skipped",
        }
        await store.aclose()

    asyncio.run(run())


def test_where_all_deals_trip_the_judge_they_wait(tmp_path: Path) -> None:
    class BrokenJudge(FakeJudge):
        async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
            raise ValueError("of no use")

    async def run() -> None:
        report, store = await scan_once(tmp_path, FakeSource({A: rss(DRILL, item("Acme Saw for $40", number=2))}), BrokenJudge())
        assert (report.pricing.priced, report.pricing.unpriced) == (0, 2)
        assert "no deal can be judged: ValueError: of no use" in str(report.pricing.problem)
        await store.aclose()

    asyncio.run(run())


def test_the_first_scan_pushes_only_the_best_by_themselves_and_the_others_in_a_digest(tmp_path: Path) -> None:
    async def run() -> None:
        items = [item(f"Acme Drill D{n} for ${30 + n}", number=n) for n in range(1, 41)]
        report, store = await scan_once(tmp_path, FakeSource({A: rss(*items)}))
        assert (report.pricing.opportunities, report.pricing.alerts) == (40, 40)
        sent = [Opportunity.model_validate_json(row.body) for row in await store.outbox.unsent(100)]
        assert {each.deal.title for each in sent if not each.digest} == {f"Acme Drill D{n} for ${30 + n}" for n in range(1, 6)}
        await store.aclose()

    asyncio.run(run())


def test_deals_without_a_usable_price_are_kept_but_not_judged(tmp_path: Path) -> None:
    async def run() -> None:
        expired = f"<dealnews:expires>{in_days(-1)}</dealnews:expires>"
        items = (
            item("Acme Plan for $9.99 per month", number=1, price="9.99"),
            item("Acme Saw for $60", number=2, extra=expired),
            item("Acme Lamp A$60", number=3),
        )
        judge = FakeJudge()
        report, store = await scan_once(tmp_path, FakeSource({A: rss(*items)}), judge)
        reasons = [str(deal["reason"]) for deal in reversed(await listed(store))]
        assert (report.feeds[0].new, judge.calls) == (3, [])
        assert "recurring" in reasons[0]
        assert reasons[1] == "expired"
        assert "AUD" in reasons[2]
        await store.aclose()

    asyncio.run(run())


def test_a_list_price_is_told_to_the_judge_as_the_sellers_claim_and_does_nothing_else(tmp_path: Path) -> None:
    async def run() -> None:
        texts = ("A drill.", "A drill. Was $999.00.")
        items = [item("Acme Drill for $60", number=n, text=text) for n, text in enumerate(texts)]
        items[1] = items[1].replace("Acme Drill", "Acme Saw")
        judge = FakeJudge()
        _, store = await scan_once(tmp_path, FakeSource({A: rss(*items)}), judge)
        assert [deal["list_price"] for deal in await listed(store)] == [999.0, None]
        ((saw, drill),) = judge.calls
        assert [(each.kind, each.price, each.said_by) for each in saw.offer.references] == [("was", 999.0, "seller")]
        assert drill.offer.references == ()
        plain, inflated = (await store.opportunities.page(None, 10, now=NOW, state="all")).items
        for name in ("estimate", "low", "high", "discount"):
            assert plain[name] == inflated[name]
        await store.aclose()

    asyncio.run(run())


def test_references_travel_with_the_deal_into_its_opportunity(tmp_path: Path) -> None:
    async def run() -> None:
        text = "That's $20 less than you'd pay elsewhere."
        drill = item("Acme Drill for $60", price="59.99", text=text)
        _, store = await scan_once(tmp_path, FakeSource({A: rss(drill)}))
        (opportunity,) = (await store.opportunities.page(None, 10, now=NOW, state="all")).items
        (reference,) = opportunity["deal"]["references"]
        assert (reference["kind"], reference["price"], reference["said_by"]) == ("next_best", 79.99, "editor")
        (row,) = await store.outbox.unsent(10)
        assert Opportunity.model_validate_json(row.body).deal.references == [Reference.model_validate(reference)]
        await store.aclose()

    asyncio.run(run())


def test_references_are_read_only_for_one_price_in_dollars(tmp_path: Path) -> None:
    async def run() -> None:
        text = "It was $400."
        titles = ("Acme Drills: Up to $100 off", "Acme Drill: 12V $60 or 18V $80", "Acme Drill for C$60")
        items = [item(title, number=number, text=text) for number, title in enumerate(titles)]
        _, store = await scan_once(tmp_path, FakeSource({A: rss(*items)}))
        assert [deal["references"] for deal in await listed(store)] == [[], [], []]
        await store.aclose()

    asyncio.run(run())


def test_a_deal_that_is_still_in_its_feed_is_not_forgotten_while_the_feed_is_read(tmp_path: Path) -> None:
    later = NOW + Retention().deals + timedelta(hours=1)

    class ForgetfulDeals:
        """The store, in which old scans are cleared away at the worst moment: just before it is asked what it knows."""

        def __init__(self, store: Store) -> None:
            self._store = store

        def __getattr__(self, name: str) -> Any:
            return getattr(self._store.deals, name)

        async def known(self, keys: Sequence[str]) -> dict[str, KnownDeal]:
            await self._store.scans.prune(later)
            return await self._store.deals.known(keys)

    async def run() -> None:
        _, store = await scan_once(tmp_path, FakeSource({A: rss(DRILL)}))
        source = FakeSource({A: rss(DRILL)})
        ports = Ports(
            store.feeds,
            ForgetfulDeals(store),
            store.readings,
            store.offers,
            source,
            PriceReader(),
            ReferenceReader(),
            FakeJudge(),
            store.plans,
        )
        report = await Scanner(ports, Policy(), lambda: later).scan()
        assert report.feeds[0].new == 0
        assert len(await listed(store)) == 1
        await store.aclose()

    asyncio.run(run())


def test_a_demo_deal_is_labelled_all_the_way(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, "demo")
        await scanner_over(store, FakeSource({"demo": rss(DRILL)}), FakeJudge()).scan()
        (opportunity,) = (await store.opportunities.page(None, 10, now=NOW, state="all")).items
        assert opportunity["deal"]["feed"] == "Feed demo"
        await store.aclose()

    asyncio.run(run())


def test_a_feed_without_a_title_takes_its_own_but_never_the_demo_label(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path)
        await store.feeds.configure(parse_feeds(f"{A},{B}"), "environment")
        source = FakeSource({A: rss(DRILL), B: rss().replace(b"Deals", b"Demo deals")})
        report = await scanner_over(store, source, FakeJudge()).scan()
        assert [feed.feed for feed in report.feeds] == ["Deals", B]
        assert [feed.title for feed in await store.feeds.enabled()] == ["Deals", B]
        assert (await listed(store))[0]["feed"] == "Deals"
        await store.aclose()

    asyncio.run(run())


def test_when_no_feed_can_be_reached_one_line_says_what_to_do(tmp_path: Path) -> None:
    async def run() -> None:
        with structlog.testing.capture_logs() as logs:
            _, store = await scan_once(tmp_path, FakeSource({}), None, A, B)
        assert len([line for line in logs if "make run FEEDS=demo" in line["event"]]) == 1
        await store.aclose()

    asyncio.run(run())


def test_a_repeat_at_a_lower_price_is_judged_anew_with_what_it_cost_before(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        earlier = item("Acme QX100 Blender for $90", price="90.00", published=NOW - timedelta(days=11, hours=3))
        source, judge = FakeSource({A: rss(earlier)}), FakeJudge()
        scanner = scanner_over(store, source, judge)
        await scanner.scan()
        source.bodies[A] = rss(item("Acme QX-100 Quiet Blender for $60", number=2, price="60.00"))
        report = await scanner.scan()
        assert (report.feeds[0].new, report.pricing.alerts) == (1, 1)
        first, second = (requests[0].offer for requests in judge.calls)
        assert first.seen == ()
        assert [(each.price, each.days) for each in second.seen] == [(90.0, 11.0)]
        await store.aclose()

    asyncio.run(run())


def test_what_waits_with_a_currency_that_lost_its_rate_is_skipped_and_the_others_are_judged(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        items = item("Acme Drill for $60"), item("Acme Lamp for A$60", number=2)
        scanner = scanner_over(store, FakeSource({A: rss(*items)}), FakeJudge(down=True), Policy(rates={"AUD": 0.66}))
        await scanner.scan()
        await scanner_over(store, FakeSource({}), FakeJudge()).price_pending()
        assert [deal["state"] for deal in await listed(store)] == ["skipped", "priced"]
        await store.aclose()

    asyncio.run(run())


def test_thresholds_come_from_the_policy(tmp_path: Path) -> None:
    async def run() -> None:
        store = await store_in(tmp_path, A)
        scanner = scanner_over(store, FakeSource({A: rss(DRILL)}), FakeJudge(), Policy(list_saving=500.0))
        assert (await scanner.scan()).pricing.opportunities == 0
        await store.aclose()

    asyncio.run(run())
