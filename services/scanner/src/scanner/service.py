"""One scan: fetch, find what is new, read prices, have deals judged, decide, store. Knows no HTTP, database or Redis.

Nothing is lost when a part fails: a feed that fails is reported and tried again by the next scan; deals that could not be judged
stay unpriced in the store and are taken up by the next call of price_pending.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

import structlog

from common.errors import UnavailableError
from common.judging import Judgement, Reference
from scanner.deal_data import (
    Feed,
    FeedEntry,
    FeedError,
    FeedReport,
    Fetched,
    Judged,
    NewDeal,
    PricingReport,
    ScanReport,
    StoredDeal,
)
from scanner.feed_parser import ParsedFeed, parse_feed
from scanner.identity import keys_of, shared_keys
from scanner.judging.clear_text import Rewriter
from scanner.judging.informed_judge import InformedJudge, Judge, PriceMemory
from scanner.judging.past_offer import new_offer
from scanner.planner.decision import Decision, PlanBook, Planner
from scanner.policy import Policy
from scanner.prices.rule_extractor import Extraction
from scanner.references.offer import Offer

CHUNK = 50  # deals in one request to the ensemble
PENDING = 1_000  # deals that one call of price_pending takes up

FetchOutcome: TypeAlias = tuple[Fetched, ParsedFeed | None] | FeedError


class FeedSource(Protocol):
    """Fetches a feed; FeedError where that fails."""

    async def fetch(self, feed: Feed) -> Fetched:
        """The feed's answer."""
        ...


class Extractor(Protocol):
    """Reads the price of an entry."""

    async def read(self, entry: FeedEntry, currency: str) -> Extraction:
        """What it costs, and who said so."""
        ...


class ReferenceSource(Protocol):
    """Reads what a thing costs elsewhere or otherwise."""

    async def read(self, offer: Offer) -> tuple[Reference, ...]:
        """The references that the deal's text bears out."""
        ...


class FeedBook(Protocol):
    """The list of feeds."""

    async def enabled(self) -> list[Feed]:
        """The feeds to fetch."""
        ...

    async def record_fetch(self, feed: Feed, fetched: Fetched | None, report: FeedReport, not_before: float | None) -> None:
        """Keep how a fetch went; `not_before`, in seconds since the epoch, is when its server wants to be asked again."""
        ...


class DealBook(Protocol):
    """The deals that were seen, and what became of them."""

    async def mark_seen(self, keys: Sequence[str], now: datetime) -> None:
        """The deals that these identities are known of are still in a feed: they are not forgotten for a long time."""
        ...

    async def known_keys(self, keys: Sequence[str]) -> set[str]:
        """Which of these identities were seen before."""
        ...

    async def add_deals(self, new: Sequence[NewDeal], now: datetime) -> None:
        """Store new deals: unpriced, or skipped for a reason."""
        ...

    async def add_keys(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Further identities (second) of the deals that one identity (first) is known of."""
        ...

    async def unpriced(self, limit: int) -> list[StoredDeal]:
        """Deals that wait to be judged, newest first."""
        ...

    async def record_judged(self, judged: Sequence[Judged], now: datetime) -> None:
        """Store judgements, opportunities and the outbox in one transaction."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Ports:
    """What the use case works with."""

    feeds: FeedBook
    deals: DealBook
    memory: PriceMemory
    source: FeedSource
    extractor: Extractor
    references: ReferenceSource
    judge: Judge
    plans: PlanBook
    planner: Planner | None = None  # None: the policy alone decides
    rewriter: Rewriter | None = None  # None: deals are judged by their own words


class Scanner:
    """The use case. One call at a time: the caller sees to that."""

    def __init__(self, ports: Ports, policy: Policy, now: Callable[[], datetime] = _utc_now) -> None:
        self._ports, self._policy, self._now = ports, policy, now
        self._judge = InformedJudge(ports.judge, ports.memory, policy.dollars, ports.rewriter)
        self._decision = Decision(policy, ports.planner, ports.plans)

    async def scan(self) -> ScanReport:
        """Fetch all feeds at once, store what is new, and price what waits."""
        feeds = await self._ports.feeds.enabled()
        fetched = await asyncio.gather(*(self._fetch(feed) for feed in feeds))
        reports = []
        for feed, outcome in zip(feeds, fetched, strict=True):  # one after the other: the same deal may stand in two feeds
            reports.append(await self._take_in(feed, outcome))
        self._warn_if_cut_off(reports)
        return ScanReport(reports, await self.price_pending())

    async def price_pending(self) -> PricingReport:
        """Have judged what waits, decide, and store both at once. Stops at the first failure of the judge."""
        pending = await self._ports.deals.unpriced(PENDING)
        answers: list[tuple[StoredDeal, Judgement | None]] = []
        report = PricingReport()
        for at in range(0, len(pending), CHUNK):
            chunk = pending[at : at + CHUNK]
            try:
                answers += zip(chunk, await self._judge.judge(chunk), strict=True)
            except UnavailableError as exc:
                report.problem = str(exc)
                structlog.get_logger().warning("judgements_missing", why=str(exc), waiting=len(pending) - at)
                break
        now = self._now()
        judged = await self._decision.of(answers, now)
        await self._ports.deals.record_judged(judged, now)
        report.priced, report.unpriced = len(judged), len(pending) - len(judged)
        report.opportunities = sum(each.opportunity is not None for each in judged)
        report.alerts = sum(each.is_alert for each in judged)
        return report

    async def _fetch(self, feed: Feed) -> FetchOutcome:
        now = self._now()
        if feed.not_before is not None and feed.not_before > now.timestamp():
            until = datetime.fromtimestamp(feed.not_before, UTC)
            return FeedError(f"not fetched: its server asked to be left alone until {until:%Y-%m-%d %H:%M} UTC")
        try:
            fetched = await self._ports.source.fetch(feed)
            return fetched, await asyncio.to_thread(parse_feed, fetched.body, now) if fetched.body is not None else None
        except FeedError as exc:
            return exc

    async def _take_in(self, feed: Feed, outcome: FetchOutcome) -> FeedReport:
        report = FeedReport(feed.title, feed.url)
        if isinstance(outcome, FeedError):
            report.status, report.error, report.is_unreachable = outcome.status, str(outcome), outcome.is_unreachable
            not_before = self._now().timestamp() + outcome.wait if outcome.wait is not None else feed.not_before
            structlog.get_logger().warning("feed_failed", feed=feed.title, why=report.error)
            await self._ports.feeds.record_fetch(feed, None, report, not_before)
            return report
        fetched, parsed = outcome
        report.status = fetched.status
        if parsed is not None:
            feed = _named(feed, parsed.title)
            report.feed = feed.title
            report.items, report.warning = len(parsed.entries), parsed.warning
            report.new = await self._store_new(feed, parsed.entries)
        await self._ports.feeds.record_fetch(feed, fetched, report, None)
        return report

    async def _store_new(self, feed: Feed, entries: Sequence[FeedEntry]) -> int:
        shared = shared_keys(feed, entries)
        identities = {keys: entry for entry in entries if (keys := keys_of(feed, entry, shared))}
        now = self._now()
        given = [key for keys in identities for key in keys]
        await self._ports.deals.mark_seen(given, now)  # first: what is known a moment later cannot be forgotten in between
        known = await self._ports.deals.known_keys(given)
        fresh: list[tuple[FeedEntry, tuple[str, ...]]] = []
        aliases: list[tuple[str, str]] = []
        for keys, entry in identities.items():
            if seen := next((key for key in keys if key in known), None):
                aliases += [(seen, key) for key in keys if key not in known]
            else:
                fresh.append((entry, keys))
            known.update(keys)
        new = await asyncio.gather(*(self._new_deal(feed, entry, keys, now) for entry, keys in fresh))
        await self._ports.deals.add_deals(new, now)
        await self._ports.deals.add_keys(aliases)
        return len(fresh)

    async def _new_deal(self, feed: Feed, entry: FeedEntry, keys: tuple[str, ...], now: datetime) -> NewDeal:
        extraction = await self._ports.extractor.read(entry, feed.currency)
        has_price = extraction.price is not None
        why = self._policy.why_skipped(extraction.currency, entry.expires, now) if has_price else _no_price(extraction)
        dollars = self._policy.dollars(extraction.price, extraction.currency) if extraction.price is not None else None
        new = NewDeal(feed, entry, extraction, keys, why, await self._references(entry, extraction))
        return replace(new, offer=await asyncio.to_thread(new_offer, new, dollars))

    async def _references(self, entry: FeedEntry, extraction: Extraction) -> tuple[Reference, ...]:
        """None without a price to which they belong, be it that the title names none or several."""
        if extraction.price is None or extraction.has_variants:
            return ()
        offer = Offer(entry.title, entry.text, extraction.price, extraction.condition, extraction.currency)
        return await self._ports.references.read(offer)

    def _warn_if_cut_off(self, reports: Sequence[FeedReport]) -> None:
        if reports and all(report.is_unreachable for report in reports):
            advice = "no feed can be reached from here; to see the system at work without the internet: make run FEEDS=demo"
            structlog.get_logger().warning(advice, feeds=len(reports), first=reports[0].error)


def _named(feed: Feed, title: str) -> Feed:
    """A feed that has no title but its address takes its own. The label demo is ours to give."""
    has_name = feed.title != feed.url[:200]
    return feed if has_name or not title or title.lower().startswith("demo") else replace(feed, title=title)


def _no_price(extraction: Extraction) -> str:
    return f"no price that can be relied on ({extraction.kind})"
