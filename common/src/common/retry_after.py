"""Reads a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3), from whoever answers. Knows no HTTP library."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 86_400.0  # seconds: nobody is believed who asks for more
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")  # whole ones by the RFC; some endpoints send fractions


def read_retry_after(header: str | None, *, longest: float = LONGEST, now: datetime | None = None) -> float | None:
    """Seconds to wait, 0 to `longest`: 0 for a date that is over. None where the header is missing or holds neither."""
    words = (header or "").strip()
    if _SECONDS.fullmatch(words):
        return min(float(words), longest)
    try:
        moment = parsedate_to_datetime(words) if words.isascii() else None
        seconds = (_in_utc(moment) - (now or datetime.now(UTC))).total_seconds() if moment else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return None if seconds is None else min(max(seconds, 0.0), longest)


def _in_utc(moment: datetime) -> datetime:
    """HTTP's dates are in UTC, also where they do not say so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
