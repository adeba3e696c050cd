"""What a person hears of a feed: that it fails, that it is gone, and that it is well again. Pure, but for the ids."""

import uuid
from datetime import UTC, datetime

from common.deals import Notice
from scanner.deal_data import Feed

_WEEK = 6 * 86_400.0  # seconds for which the name of a day tells which one


def feed_failing(feed: Feed, now: datetime) -> Notice:
    """It has failed for as long as makes an alarm."""
    last = "It was never read well." if feed.last_fetched is None else f"It was last read well on {_date(feed.last_fetched)}."
    text = f"{_reason(feed)} {feed.failures} tries in a row failed; it is tried again, and less often. {last}\n{feed.address}"
    return _notice("feed-failing", f"Feed {feed.title} fails since {_since(feed, now)}", text, now)


def feed_gone(feed: Feed, now: datetime) -> Notice:
    """It is not asked any more."""
    text = f"Its server says that it is gone for good (HTTP 410). It is not asked again until you resume it.\n{feed.address}"
    return _notice("feed-gone", f"Feed {feed.title} is gone", text, now)


def feed_well(feed: Feed, now: datetime, items: int) -> Notice:
    """It had been told as failing, and was read."""
    text = f"It was read again, with {items} items, after it had failed since {_since(feed, now)}.\n{feed.address}"
    return _notice("feed-well", f"Feed {feed.title} is well again", text, now)


def _notice(kind: str, title: str, text: str, now: datetime) -> Notice:
    return Notice(id=str(uuid.uuid4()), kind=kind, title=title, text=text, created=now)


def _reason(feed: Feed) -> str:
    reason = (feed.last_error or "It cannot be read")[:300].rstrip(".")
    return f"{reason[:1].upper()}{reason[1:]}."


def _since(feed: Feed, now: datetime) -> str:
    since = feed.failing_since if feed.failing_since is not None else now.timestamp()
    if now.timestamp() - since > _WEEK:
        return _date(since)
    return f"{datetime.fromtimestamp(since, UTC):%A %H:%M} UTC"


def _date(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
