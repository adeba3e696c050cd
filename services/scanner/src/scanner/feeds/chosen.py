"""Which feeds somebody means who asks for a scan of all, or of one."""

from collections.abc import Sequence

from common.errors import InvalidInputError, NotFoundError
from scanner.deal_data import Feed


def wanted(feeds: Sequence[Feed], feed_id: int | None) -> frozenset[int]:
    """The feeds that such a scan reads; NotFoundError where there is no such feed, InvalidInputError where it is not read now."""
    if feed_id is not None:
        feeds = [feed for feed in feeds if feed.id == feed_id]
        _refuse_unread(feed_id, feeds)
    return frozenset(feed.id for feed in feeds if feed.is_read)


def _refuse_unread(feed_id: int, found: Sequence[Feed]) -> None:
    """Errors for a feed that cannot be scanned; `found`: itself, or nothing."""
    if not found:
        raise NotFoundError(f"there is no feed {feed_id}")
    if not found[0].is_read:
        raise InvalidInputError(f"this feed is {'paused' if found[0].paused else 'gone'}: resume it first", "feed")
