"""What follows from how a feed fares: its state, when it is tried again, and what a person hears."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from common.deals import Notice
from scanner.deal_data import Feed, FeedReport, Fetched, ReadFeed
from scanner.feeds.feed_care import Attempt, FeedCare, recovered
from scanner.parsing.feed_entry import ParsedFeed
from tests.unit.scanner.fakes import NOW

FEED = Feed(7, "https://deals.example/rss", "Deals")
CARE = FeedCare()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = NOW.timestamp()


def well(moment: datetime, new: int = 0, **fetched: str) -> Attempt:
    read = ReadFeed(Fetched(200, b"<rss/>", **fetched), ParsedFeed("Deals", []))  # type: ignore[arg-type]
    return Attempt(moment, FeedReport("Deals", FEED.url, 200, items=25, new=new), read)


def failed(moment: datetime, status: int | None = 500, **values: object) -> Attempt:
    report = FeedReport("Deals", FEED.url, status, error="HTTP 500", is_unreachable=status is None and "wait" not in values)
    return Attempt(moment, report, None, values.get("wait"))  # type: ignore[arg-type]


def play(feed: Feed, start: datetime, span: timedelta, status: int | None = 500) -> tuple[Feed, datetime, list[Notice]]:
    """A feed that fails whenever it is due."""
    now, heard = start, list[Notice]()
    while now < start + span:
        feed, notice = CARE.after(feed, failed(now, status))
        heard += [notice] if notice else []
        assert feed.next_try is not None
        now = datetime.fromtimestamp(feed.next_try, now.tzinfo)
    return feed, now, heard


def test_a_feed_that_is_read_well_is_due_after_its_interval() -> None:
    feed, notice = CARE.after(FEED, well(NOW, new=3, etag='"1"'))
    assert (feed.last_fetched, feed.last_tried, feed.last_new, feed.next_try) == (AT, AT, AT, AT + 900)
    assert (feed.items, feed.items_seen, feed.etag, notice) == (25, 3, '"1"', None)
    later, _ = CARE.after(feed, well(NOW + HOUR))
    assert (later.last_new, later.items_seen) == (AT, 3)


def test_the_state_is_a_word() -> None:
    fetched = replace(FEED, last_fetched=AT, last_tried=AT)
    resting = replace(fetched, failures=1, not_before=AT + 60)
    states = {
        "new": FEED,
        "well": fetched,
        "failing": replace(fetched, failures=1),
        "gone": replace(fetched, gone=True),
        "paused": replace(fetched, gone=True, paused=True),
        "resting": resting,
    }
    assert {CARE.state_of(feed, NOW): feed for feed in states.values()} == states
    assert CARE.state_of(replace(resting, failing_told=True), NOW) == "failing"  # a day long is no rest
    assert CARE.state_of(resting, NOW + HOUR) == "failing"


def test_the_pause_doubles_to_six_hours_while_a_feed_fails() -> None:
    feed, now, pauses = replace(FEED, failing_told=True), NOW, list[float]()
    for _ in range(8):
        feed, _ = CARE.after(feed, failed(now))
        assert feed.next_try is not None
        pauses.append((feed.next_try - now.timestamp()) / 60)
        now = datetime.fromtimestamp(feed.next_try, now.tzinfo)
    assert pauses == [15, 30, 60, 120, 240, 360, 360, 360]


def test_a_longer_interval_stays_one_and_cron_hours_are_kept() -> None:
    daily, _ = CARE.after(replace(FEED, every=86_400.0, failing_told=True, failures=5), failed(NOW))
    assert daily.next_try == AT + 86_400
    by_day = replace(FEED, cron="0,30 9-17 * * *", zone="UTC", failures=5)
    late, _ = CARE.after(by_day, failed(NOW))  # at noon, after an hour's pause and more
    assert late.next_try is not None
    assert f"{datetime.fromtimestamp(late.next_try, NOW.tzinfo):%d %H:%M}" == "22 09:00"


def test_after_a_day_of_failure_a_person_hears_of_it_once_and_at_once_when_it_is_well() -> None:
    feed, now, heard = play(replace(FEED, last_fetched=AT - 900), NOW, timedelta(days=7))
    (told,) = heard
    assert (told.kind, told.title, told.created) == ("feed-failing", "Feed Deals fails since Saturday 12:00 UTC", NOW + DAY)
    assert "HTTP 500" in told.text
    assert FEED.url in told.text
    feed, notice = CARE.after(feed, well(now))
    assert notice is not None
    assert (notice.kind, notice.title) == ("feed-well", "Feed Deals is well again")
    assert (feed.failures, feed.failing_since, feed.failing_told, CARE.state_of(feed, now)) == (0, None, False, "well")


def test_a_short_failure_is_told_to_nobody() -> None:
    feed, now, heard = play(FEED, NOW, timedelta(hours=20))
    feed, notice = CARE.after(feed, well(now))
    assert (heard, notice) == ([], None)


def test_no_alarm_where_none_is_wanted() -> None:
    feed, now = FEED, NOW
    for _ in range(100):
        feed, notice = FeedCare(alarm_hours=0).after(feed, failed(now))
        assert notice is None
        now += 6 * HOUR


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(days=-3), timedelta(days=400)])
def test_a_clock_that_is_set_makes_no_failure_of_a_day(jump: timedelta) -> None:
    feed, now, _ = play(FEED, NOW, timedelta(hours=3))
    feed, notice = CARE.after(feed, failed(now + jump))
    assert notice is None
    _, _, heard = play(feed, now + jump + HOUR, timedelta(hours=12))
    assert heard == []


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    feed, _ = CARE.after(FEED, well(NOW))
    assert CARE.wait_of(feed, NOW - timedelta(seconds=30)) == pytest.approx(930)  # a step as time servers make them
    assert CARE.wait_of(feed, NOW - timedelta(days=365)) == 0
    resting, _ = CARE.after(FEED, failed(NOW, 503, wait=AT + 3600))
    assert CARE.wait_of(resting, NOW - timedelta(days=365)) == 0  # nobody is believed who asks for more than a day


def test_a_server_is_left_alone_as_long_as_it_asks() -> None:
    feed, _ = CARE.after(FEED, failed(NOW, 503, wait=AT + 7200))
    assert (feed.next_try, CARE.state_of(feed, NOW), CARE.wait_of(feed, NOW + HOUR)) == (AT + 7200, "resting", 3600)
    short, _ = CARE.after(FEED, failed(NOW, 503, wait=AT + 1))
    assert short.next_try == AT + 900


def test_gone_for_good_is_told_once_and_asked_no_more_until_it_is_resumed() -> None:
    feed, notice = CARE.after(FEED, failed(NOW, 410))
    assert notice is not None
    assert (notice.kind, notice.title) == ("feed-gone", "Feed Deals is gone")
    assert (CARE.state_of(feed, NOW), CARE.wait_of(feed, NOW + 365 * DAY), feed.is_read) == ("gone", None, False)
    assert CARE.wait_of(recovered(feed), NOW) == 0


def test_a_move_for_good_is_kept_where_a_feed_is_found() -> None:
    feed, _ = CARE.after(FEED, well(NOW, moved_to="https://new.example/rss"))
    assert (feed.url, feed.moved_to, feed.address) == (FEED.url, "https://new.example/rss", "https://new.example/rss")
    again, _ = CARE.after(feed, well(NOW + HOUR, moved_to="https://newer.example/rss"))
    assert again.address == "https://newer.example/rss"


@pytest.mark.parametrize(
    "odd", ["http://deals.example/rss", "https://me:secret@new.example/rss", "https://new.example/" + "x" * 2000]
)
def test_a_move_that_is_no_gain_is_followed_and_not_kept(odd: str) -> None:
    feed, _ = CARE.after(FEED, well(NOW, moved_to=odd))
    assert feed.moved_to is None


def test_nothing_of_a_feed_at_its_new_address_sends_back_to_the_first() -> None:
    moved = replace(FEED, moved_to="https://new.example/rss")
    for status in (404, 410):
        feed, notice = CARE.after(moved, failed(NOW, status))
        assert (feed.address, feed.gone, notice) == (FEED.url, False, None)
    for status in (500, 503, 403):
        assert CARE.after(moved, failed(NOW, status))[0].address == moved.address
    assert CARE.after(moved, failed(NOW, None))[0].address == moved.address  # nobody answered
    no_feed = Attempt(NOW, FeedReport("Deals", FEED.url, None, error="a web page, not a feed"))
    assert CARE.after(moved, no_feed)[0].address == FEED.url


def test_what_is_due_soon_goes_with_what_is_due() -> None:
    first = replace(FEED, id=1, last_fetched=AT, last_tried=AT, next_try=AT + 900)
    second = replace(first, id=2, next_try=AT + 960)
    later = replace(first, id=3, next_try=AT + 1000, last_tried=AT + 100)
    by_cron = replace(first, id=4, next_try=AT + 930, cron="0 * * * *")
    found = CARE.due([first, second, later, by_cron], NOW + timedelta(seconds=900))
    assert [feed.id for feed in found] == [1, 2]
    assert CARE.due([second, later], NOW + timedelta(seconds=900)) == []


def test_on_demand_only_a_feed_with_its_own_schedule_is_due() -> None:
    care = FeedCare(interval=0)
    assert (care.wait_of(FEED, NOW), care.wait_of(replace(FEED, every=60.0), NOW)) == (None, 0)
    feed, _ = care.after(FEED, failed(NOW))
    assert (feed.next_try, care.schedule_of(feed).words) == (None, "on demand")


def test_a_shorter_interval_counts_from_the_last_try() -> None:
    slow = replace(FEED, last_fetched=AT, last_tried=AT, next_try=AT + 86_400)
    assert CARE.wait_of(slow, NOW) == pytest.approx(990)  # its own interval is gone: that of all, and its jitter
