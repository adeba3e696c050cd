"""The steps of a scan that are made out from what they gave: of a reading what was waiting, of a judging each pricer."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from common.judging import Judgement
from common.tracing.span import Facts
from scanner.deal_data import Feed, ReadFeed
from scanner.parsing.feed_entry import FeedError
from scanner.tracing.trace import Span, Trace

_SHORTEST = 0.001  # seconds: less is not shown


def note_reading(trace: Trace, feed: Feed, start: float, outcome: ReadFeed | FeedError) -> None:
    """A feed was read, or was not. It waits for its turn before it is fetched, and for one to be parsed: both count as waiting."""
    end, of = trace.now, feed.title
    told: Facts = {"feed.id": feed.id, "server.address": urlsplit(feed.address).hostname or ""}
    if isinstance(outcome, FeedError):
        trace.record(Span("fetch", start, end, of, str(outcome), {"status": outcome.status or 0}), told)
        return
    fetched, parsed = outcome.fetched.seconds, outcome.parse_seconds
    waited = max(end - start - fetched - parsed, 0.0) if fetched else 0.0
    facts: dict[str, int | float] = {"status": outcome.fetched.status, "bytes": len(outcome.fetched.body or b"")}
    if waited > _SHORTEST:
        trace.record(Span("wait", start, start + waited, of), told)
    trace.record(Span("fetch", start + waited, end - parsed, of, facts=facts), told)
    if outcome.parsed is not None:
        trace.record(Span("parse", end - parsed, end, of, facts={"items": len(outcome.parsed.entries)}), told)


def note_pricers(trace: Trace, asked: Span, judgements: Sequence[Judgement | None]) -> None:
    """What of a judging was each pricer's time, as far as answers tell: one that was remembered tells of another day."""
    longest = dict[str, float]()
    for each in judgements:
        for estimate in each.answer.estimates if each else ():
            longest[estimate.pricer] = max(longest.get(estimate.pricer, 0.0), estimate.ms / 1000)
    for pricer, seconds in longest.items():
        trace.add(Span("price", asked.start, min(asked.start + seconds, asked.end), pricer))
