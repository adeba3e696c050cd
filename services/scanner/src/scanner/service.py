"""One scan: fetch, take in what is new, have deals judged, decide, store. Knows no HTTP, database or Redis.

Nothing is lost when a part fails: a feed that fails is reported and tried again by the next scan; deals that could not be judged
stay unpriced in the store and are taken up by the next call of price_pending.
"""

import asyncio
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

import structlog

from common.errors import UnavailableError
from common.tracing.span import traced
from scanner.deal_data import Feed, FeedReport, Judged, PricingReport, ReadFeed, ScanReport, StoredDeal
from scanner.decision import Decision, Histories, LastLook, Past, PlanBook, Planner, ToldBook, Wishes
from scanner.feeds.feed_care import JITTER, Attempt, rests_until
from scanner.feeds.feed_reader import left_alone, unexpected
from scanner.intake.deal_reader import DealReader, Extractor, PageSource, ReferenceSource
from scanner.intake.intake import Intake, KnownDeals
from scanner.intake.other_feeds import Readings
from scanner.judging.clear_text import Rewriter
from scanner.judging.informed_judge import InformedJudge, Judge, PriceMemory
from scanner.parsing.feed_entry import FeedError
from scanner.policy import Policy
from scanner.tracing.steps import note_pricers, note_reading
from scanner.tracing.telling import Telling
from scanner.tracing.trace import Trace

CHUNK = 50  # deals in one request to the ensemble
PENDING = 1_000  # deals that one call of price_pending takes up; whoever calls it goes on as long as some are left

FetchOutcome: TypeAlias = ReadFeed | FeedError | None


class FeedSource(Protocol):
    """Reads a feed; FeedError where that fails."""

    async def read(self, feed: Feed, now: datetime) -> ReadFeed:
        """The feed's answer; `now` dates entries that bear no date."""
        ...


class FeedBook(Protocol):
    """The list of feeds."""

    async def enabled(self) -> list[Feed]:
        """The feeds of the list, also those that are not read now."""
        ...

    async def record_fetch(self, feed: Feed, attempt: Attempt) -> None:
        """Keep how an attempt to read a feed went, and what follows from that."""
        ...


class RateSource(Protocol):
    """Where the rates of the day come from."""

    async def refresh(self, now: datetime) -> None:
        """See to it that they are of today, as far as that can be had."""
        ...


class DealBook(KnownDeals, ToldBook, Protocol):
    """The deals that were seen, and what became of them."""

    async def unpriced(self, limit: int) -> list[StoredDeal]:
        """Deals that wait to be judged, newest first."""
        ...

    async def count_unpriced(self) -> int:
        """How many wait to be judged."""
        ...

    async def record_judged(self, judged: Sequence[Judged], now: datetime, begun: datetime | None = None) -> None:
        """Store judgements, opportunities and the outbox in one transaction. `begun`: when their judging began."""
        ...


def utc_now() -> datetime:
    """The moment."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Ports:
    """What the use case works with."""

    feeds: FeedBook
    deals: DealBook
    readings: Readings
    memory: PriceMemory
    source: FeedSource
    extractor: Extractor
    references: ReferenceSource
    judge: Judge
    plans: PlanBook
    planner: Planner | None = None  # None: the policy alone decides
    rewriter: Rewriter | None = None  # None: deals are judged by their own words
    wishes: Wishes = field(default_factory=Wishes)
    looks: Sequence[LastLook] = ()
    pages: PageSource | None = None  # None: of no deal the page is read
    rates: RateSource | None = None  # None: the policy's rates do not change
    products: Histories | None = None  # None: nothing is known of their history


class Scanner:
    """The use case. One call at a time: the caller sees to that."""

    def __init__(self, ports: Ports, policy: Policy, now: Callable[[], datetime] = utc_now, telling: Telling | None = None) -> None:
        self._ports, self._now, self._telling = ports, now, telling or Telling()
        self._judge = InformedJudge(ports.judge, ports.memory, policy.dollars, ports.rewriter)
        self._intake = Intake(
            ports.deals, ports.readings, DealReader(ports.extractor, ports.references, policy, ports.pages), policy
        )
        past = Past(ports.deals, ports.products)
        self._decision = Decision(policy, past, (ports.planner, ports.plans), ports.wishes, ports.looks)

    async def scan(self, only: Collection[int] | None = None) -> ScanReport:
        """Fetch all feeds, or these, store what is new, price what waits. What goes wrong with one feed is that feed's error."""
        feeds = [each for each in await self._ports.feeds.enabled() if each.is_read and (only is None or each.id in only)]
        begun, spread, trace = self._now(), random.uniform(1 - JITTER, 1 + JITTER), Trace()
        self._telling.begun(len(feeds))
        fetching = asyncio.gather(*(self._fetch(feed, trace) for feed in feeds))
        fetched, _ = await asyncio.gather(fetching, self._refresh_rates(feeds))
        await self._read_pages(feeds, fetched, trace)
        reports = []
        for feed, outcome in zip(feeds, fetched, strict=True):  # one after the other: the same deal may stand in two feeds
            if outcome is None:
                reports.append(FeedReport(feed.title, feed.url, feed.last_status, error=feed.last_error or "left alone"))
                continue
            try:
                attempt = await self._take_in(feed, outcome, trace)
            except Exception as exc:  # noqa: BLE001 (whatever is in one feed, the others go on; where the store fails so does recording)
                attempt = await self._take_in(feed, unexpected(feed, exc), trace)
            await self._ports.feeds.record_fetch(feed, replace(attempt, moment=begun, spread=spread))
            reports.append(attempt.report)
            self._telling.fed(attempt.report)
        self._warn_if_cut_off(reports)
        taken = begun, self._now()
        return ScanReport(reports, await self.price_pending(trace), trace, taken)

    @traced("judge what waits")
    async def price_pending(self, trace: Trace | None = None) -> PricingReport:
        """Have judged what waits, PENDING of it at most, decide, and store both. Stops at the first failure of the judge."""
        pending, begun, trace = await self._ports.deals.unpriced(PENDING), self._now(), trace or Trace()
        waiting = max(len(pending), await self._ports.deals.count_unpriced())
        judged, report = list[Judged](), PricingReport()
        for at in range(0, len(pending), CHUNK):
            chunk = pending[at : at + CHUNK]
            self._telling.asked(len(chunk))
            try:
                with trace.step("judge", deals=len(chunk)) as asked:
                    judgements = await self._judge.judge(chunk)
            except UnavailableError as exc:
                report.problem = str(exc)
                structlog.get_logger().warning("judgements_missing", why=str(exc), waiting=waiting - at)
                self._telling.stuck(waiting - at, str(exc))
                break
            note_pricers(trace, asked, judgements)
            with trace.step("decide", deals=len(chunk)):
                found = await self._decision.each(chunk, judgements, self._now())
            # At once: a crash must not throw away what took minutes.
            await self._record([each for each in found if not each.is_alert], self._now(), begun, trace)
            judged += found
        now, alerts = self._now(), {each.deal.id for each in judged if each.is_alert}
        with trace.step("choose", alerts=len(alerts)):
            judged = await self._decision.among(judged, now)
        await self._record([each for each in judged if each.deal.id in alerts], now, begun, trace)
        report.priced, report.unpriced = len(judged), waiting - len(judged)
        report.opportunities = sum(each.opportunity is not None for each in judged)
        report.alerts = sum(each.is_alert for each in judged)
        return report

    async def _record(self, judged: Sequence[Judged], now: datetime, begun: datetime, trace: Trace) -> None:
        with trace.step("store", deals=len(judged)):
            await self._ports.deals.record_judged(judged, now, begun)
        self._telling.found(judged)

    async def is_judge_ready(self) -> bool:
        """Whether what waits can be judged now."""
        return await self._ports.judge.is_ready()

    async def _refresh_rates(self, feeds: Sequence[Feed]) -> None:
        """Before deals are taken in: one without a rate is skipped for good. Of the demo nothing is fetched."""
        if self._ports.rates is not None and any(not feed.demo for feed in feeds):
            await self._ports.rates.refresh(self._now())

    async def _read_pages(self, feeds: Sequence[Feed], fetched: Sequence[FetchOutcome], trace: Trace) -> None:
        pairs = zip(feeds, fetched, strict=True)
        read = [(feed, each.parsed.entries) for feed, each in pairs if isinstance(each, ReadFeed) and each.parsed is not None]
        if any(feed.details for feed, _ in read):
            with trace.step("pages"):
                await self._intake.read_pages(read, self._now())

    async def _fetch(self, feed: Feed, trace: Trace) -> FetchOutcome:
        """None where its server wants to be left alone."""
        now = self._now()
        if rests_until(feed, now) is not None:
            return None
        start, outcome = trace.now, await self._read(feed, now)
        note_reading(trace, feed, start, outcome)
        return outcome

    async def _read(self, feed: Feed, now: datetime) -> ReadFeed | FeedError:
        try:
            return await self._ports.source.read(feed, now)
        except FeedError as exc:
            return exc
        except Exception as exc:  # noqa: BLE001 (of any class: a feed that trips its source must not end the scan of the others)
            return unexpected(feed, exc)

    async def _take_in(self, feed: Feed, outcome: ReadFeed | FeedError, trace: Trace) -> Attempt:
        report = FeedReport(feed.title, feed.url)
        if isinstance(outcome, FeedError):
            report.status, report.error, report.is_unreachable = outcome.status, str(outcome), outcome.is_unreachable
            not_before = None
            if outcome.wait is not None:
                not_before = self._now().timestamp() + outcome.wait
                report.error = f"{report.error}; {left_alone(not_before)}"
            structlog.get_logger().warning("feed_failed", feed=feed.title, why=report.error)
            return Attempt(self._now(), report, not_before=not_before)
        report.status, report.warning = outcome.fetched.status, outcome.warning
        if outcome.parsed is not None:
            feed = feed.named(outcome.parsed.title)
            report.feed = feed.title
            report.items = len(outcome.parsed.entries)
            with trace.step("take in", feed.title, items=report.items) as span:
                report.new = await self._intake.take(feed, outcome.parsed.entries, self._now())
                span.facts["new"] = report.new
        return Attempt(self._now(), report, outcome)

    def _warn_if_cut_off(self, reports: Sequence[FeedReport]) -> None:
        if reports and all(report.is_unreachable for report in reports):
            advice = "no feed can be reached from here; to see the system at work without the internet: make run FEEDS=demo"
            structlog.get_logger().warning(advice, feeds=len(reports), first=reports[0].error)
