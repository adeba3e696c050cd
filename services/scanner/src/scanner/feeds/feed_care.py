"""How a feed fares, and what follows from that: when it is tried again, when a person hears of it. Pure: no clock, no store.

How long a feed fails is counted from try to try, and none counts for longer than was planned: neither a clock that is set nor a
machine that slept for a weekend makes a failure of a day.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from common.deals import Notice
from scanner.deal_data import Feed, FeedReport, ReadFeed
from scanner.feeds.feed_list import is_feed_url
from scanner.feeds.feed_notices import feed_failing, feed_gone, feed_well
from scanner.feeds.schedule import SHORTEST, Schedule

State: TypeAlias = Literal["new", "well", "failing", "gone", "paused", "resting"]
JITTER = 0.1  # of an interval: so that many scanners started together do not ask the same site in the same second
LONGEST_PAUSE = 6 * 3600.0  # seconds to which the pause between tries grows while a feed fails
LONGEST_REST = 86_400.0  # seconds for which a server is left alone that asks for it
_CRON_BACKOFF = 900.0  # seconds from which the pause grows where there is no interval
_CLOCK_STEP = 60.0  # seconds by which a clock may be set back without further ado
_NO_FEED_THERE = (404, 410, None)  # statuses; None: an answer that is no feed


@dataclass(frozen=True)
class Attempt:
    """One try to read a feed. `read`: what it gave, None where it failed; `not_before`: until when its server is left alone.

    `moment` and `spread` are when its scan began and the jitter of that, by which all of a scan stay together.
    """

    moment: datetime
    report: FeedReport
    read: ReadFeed | None = None
    not_before: float | None = None
    spread: float = 1.0


@dataclass(frozen=True)
class FeedCare:
    """`interval`: seconds between readings of a feed without a schedule of its own, 0: on demand alone. `alarm_hours`: after which
    a person hears of a failure, 0: never.
    """

    interval: float = 900.0
    alarm_hours: float = 24.0

    def schedule_of(self, feed: Feed) -> Schedule:
        """A feed's own, or the one of all."""
        if feed.cron is not None:
            return Schedule(cron=feed.cron, zone=feed.zone or "UTC")
        return Schedule(every=feed.every or self.interval or None)

    def state_of(self, feed: Feed, now: datetime) -> State:
        """In a word."""
        if feed.paused or feed.gone:
            return "paused" if feed.paused else "gone"
        if rests_until(feed, now) is not None and not feed.failing_told:
            return "resting"
        if feed.failures:
            return "failing"
        return "new" if feed.last_fetched is None else "well"

    def wait_of(self, feed: Feed, now: datetime) -> float | None:
        """Seconds until a feed is due; None where it is not by itself."""
        schedule = self.schedule_of(feed)
        if not feed.is_read or schedule == Schedule():
            return None
        moment, until = now.timestamp(), feed.next_try or 0.0
        if feed.last_tried is not None and feed.last_tried - moment > _CLOCK_STEP:
            until = 0.0  # the clock was set back: what was planned by it means nothing
        elif feed.last_tried is not None and schedule.every and not feed.failures:
            until = min(until, feed.last_tried + schedule.every * (1 + JITTER))  # the interval may have become shorter
        return max(until - moment, (rests_until(feed, now) or moment) - moment, 0.0)

    def due(self, feeds: Sequence[Feed], now: datetime) -> list[Feed]:
        """Those to be read now. With them those by intervals that would be so within their jitter: so they come to go together."""
        waits = [(feed, self.wait_of(feed, now)) for feed in feeds]
        if not any(wait == 0.0 for _, wait in waits):
            return []
        return [feed for feed, wait in waits if wait is not None and wait <= JITTER * (self.schedule_of(feed).every or 0.0)]

    def next_after(self, feed: Feed, moment: datetime, spread: float = 1.0) -> float | None:
        """When a feed is read next that was read well at a moment."""
        planned = self.schedule_of(feed).after(moment, spread)
        return None if planned is None else planned.timestamp()

    def after(self, feed: Feed, attempt: Attempt) -> tuple[Feed, Notice | None]:
        """The feed as an attempt leaves it, and what a person is to hear of that."""
        report = attempt.report
        tried = replace(feed, last_status=report.status, last_error=report.error or report.warning)
        after, notice = self._failed(tried, attempt) if attempt.read is None else self._read(tried, attempt, attempt.read)
        return replace(after, last_tried=attempt.moment.timestamp()), notice

    def _read(self, feed: Feed, attempt: Attempt, read: ReadFeed) -> tuple[Feed, Notice | None]:
        notice = feed_well(feed, attempt.moment, attempt.report.items if read.parsed else feed.items) if feed.failing_told else None
        at, new = attempt.moment.timestamp(), attempt.report.new
        feed = replace(recovered(feed), last_fetched=at, next_try=self.next_after(feed, attempt.moment, attempt.spread))
        if read.parsed is not None:  # validators change only with a body that was read, so that a failed read is fetched anew
            feed = replace(
                feed.named(read.parsed.title),
                etag=_short(read.fetched.etag, 500),
                last_modified=_short(read.fetched.last_modified, 200),
                items=attempt.report.items,
                items_seen=feed.items_seen + new,
                last_new=at if new else feed.last_new,
                moved_to=kept_move(feed, read.fetched.moved_to) or feed.moved_to,
            )
        return feed, notice

    def _failed(self, feed: Feed, attempt: Attempt) -> tuple[Feed, Notice | None]:
        status, moment = attempt.report.status, attempt.moment
        is_misled = feed.moved_to is not None and status in _NO_FEED_THERE and not attempt.report.is_unreachable
        if status == 410 and not is_misled:
            gone = replace(recovered(feed), gone=True, failures=feed.failures + 1, failing_since=feed.failing_since or _at(moment))
            return gone, feed_gone(feed, moment)
        failed = replace(
            feed,
            failures=feed.failures + 1,
            failing_since=feed.failing_since or _at(moment),
            failing_for=feed.failing_for + _observed(feed, moment),
            not_before=attempt.not_before,
            moved_to=None if is_misled else feed.moved_to,
        )
        is_alarm = not failed.failing_told and 0 < self.alarm_hours * 3600 <= failed.failing_for + 1
        failed = replace(failed, failing_told=failed.failing_told or is_alarm)
        failed = replace(failed, next_try=self._try_again(failed, attempt))
        return failed, feed_failing(failed, moment) if is_alarm else None

    def _try_again(self, feed: Feed, attempt: Attempt) -> float | None:
        """After a pause that doubles, as far as the schedule allows it; and when the alarm is to be raised, if that is sooner."""
        schedule, moment = self.schedule_of(feed), attempt.moment
        base = schedule.every or _CRON_BACKOFF
        pause = min(base * 2.0 ** min(feed.failures - 1, 20), max(LONGEST_PAUSE, base)) * attempt.spread
        if schedule.every:
            left = self.alarm_hours * 3600 - feed.failing_for
            pause = pause if feed.failing_told or left <= 0 else min(pause, max(left, SHORTEST))
            planned: datetime | None = moment + timedelta(seconds=pause)
        else:
            planned = schedule.after(moment + timedelta(seconds=max(pause - base, 0.0)))
        return None if planned is None else max(planned.timestamp(), feed.not_before or 0.0)


def recovered(feed: Feed) -> Feed:
    """The same without its failures, and due at once."""
    return replace(
        feed,
        gone=False,
        not_before=None,
        next_try=None,
        failures=0,
        failing_since=None,
        failing_for=0.0,
        failing_told=False,
    )


def rests_until(feed: Feed, now: datetime) -> float | None:
    """Until when its server wants to be left alone; None where it does not, or where a clock that was set says so."""
    moment = now.timestamp()
    return feed.not_before if feed.not_before is not None and moment < feed.not_before <= moment + LONGEST_REST else None


def kept_move(feed: Feed, moved_to: str | None) -> str | None:
    """The address at which a feed is read from now on, where it was found as a feed; None where it stays.

    Each step on the way said that it is for good. One from https to http is followed and not kept.
    """
    if moved_to is None or moved_to == feed.address or not is_feed_url(moved_to):
        return None
    return None if feed.address.startswith("https:") and not moved_to.startswith("https:") else moved_to


def _observed(feed: Feed, moment: datetime) -> float:
    """Seconds of failing since the last try, which failed too."""
    if not feed.failures or feed.last_tried is None:
        return 0.0
    planned = math.inf if feed.next_try is None else max(feed.next_try - feed.last_tried, 0.0) * 1.5 + SHORTEST
    return min(max(_at(moment) - feed.last_tried, 0.0), planned)


def _at(moment: datetime) -> float:
    return moment.timestamp()


def _short(text: str | None, length: int) -> str | None:
    """A validator that does not fit is none: a cut one would never match."""
    return text if text is not None and len(text) <= length else None
