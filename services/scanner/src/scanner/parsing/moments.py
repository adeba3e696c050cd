"""Reads dates as feeds write them: by RFC 3339, by RFC 822, and in the ways in which people miss both.

A date that can be read in two ways is none: a wrong one is worse than the time of the fetch.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before the first feed: a zero of some kind
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # past it: never, as some systems write it
_ZONES = {
    **dict.fromkeys(("ut", "utc", "gmt", "z", "wet"), 0.0),
    **{"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7},  # RFC 822, 5.1
    **{"akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3, "art": -3},
    **{"bst": 1, "west": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "trt": 3},
    **{"sast": 2, "gst": 4, "pkt": 5, "ist": 5.5, "ict": 7, "wib": 7, "sgt": 8, "hkt": 8, "pht": 8, "awst": 8, "jst": 9, "kst": 9},
    **{"acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13},
}
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: at for at, name in enumerate(_MONTH_NAMES, start=1)}
# Blanks are single ones in what is read.
_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?\s?(?P<half>[ap]\.?m\.?)?"
_ZONE = r"(?:\s?\(?(?P<zone>[a-z]{1,5})?\)?\s?(?P<offset>[+-]\d{1,2}(?::?\d{2})?)?(?:\s?[(\[].{0,40}[)\]])?)"
_CLOCK = re.compile(rf"(?:(?:,?\s(?:at|-)\s|[\s,t]{{1,3}}){_TIME})?{_ZONE}\s?\Z")
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_YEAR = r"(?P<year>\d{4}|\d{2}(?!\d))"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})(?P<mark>[-/.]?)(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)",
        rf"{_DAY}[\s-]+{_MONTH}[\s,-]+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})",  # with dots the day is first wherever they are used
    )
)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(?P<year>\d{4})")
_ASCTIME = re.compile(
    rf"{_MONTH}\s+{_DAY}\s+(?P<time>\d{{1,2}}(?::\d{{2}}){{1,2}})\s+(?P<zone>[a-z]{{1,5}}\s+)?(?P<year>\d{{4}})\Z"
)
_IN_MONTHS = "|".join(_MONTHS)
# In any language; without a comma it could be a month before its day.
_WEEKDAY = re.compile(rf"\A(?!(?:{_IN_MONTHS})[a-z]*\.?\s+\d)[^\W\d]{{2,12}}\.?(?:,\s*|\s+(?=\d|{_MONTH}\s+\d))")
_EPOCH = re.compile(r"(\d{9,10}|\d{13})(?:\.\d{1,6})?")


def read_moment(text: object) -> datetime | None:
    """The moment, in UTC; without a zone it is taken for UTC. None where there is no date, an impossible or a boundless one."""
    words = " ".join(str(text or "").lower().split())[:80]
    try:
        moment = _of_epoch(words) or _of_words(_WEEKDAY.sub("", words, count=1))
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and _EARLIEST <= moment < _LATEST else None


def _of_epoch(words: str) -> datetime | None:
    found = _EPOCH.fullmatch(words)
    return datetime.fromtimestamp(int(found[1][:10]), UTC) if found else None


def _of_words(words: str) -> datetime | None:
    if found := _ASCTIME.match(words):
        zone = (found["zone"] or "").strip()
        words = f"{found['day']} {found['month']} {found['year']} {found['time']} {zone}".strip()
    for pattern in _DATES:
        if (date := pattern.match(words)) and (clock := _CLOCK.match(words, date.end())):
            return _moment(date["year"], date["month"], int(date["day"]), clock)
    if (date := _SLASHED.match(words)) and (clock := _CLOCK.match(words, date.end())):
        first, second = int(date[1]), int(date[2])
        if first > 12 or second > 12 or first == second:
            day, month = (first, second) if first > 12 else (second, first)
            return _moment(date["year"], str(month), day, clock)
    return None


def _moment(year_of: str, month: str, day: int, clock: re.Match[str]) -> datetime:
    """ValueError for a day that is none, OverflowError at the ends of the calendar."""
    number = int(month) if month.isdigit() else _MONTHS.get(month[:3], 0)
    year = int(year_of)
    if len(year_of) == 2:
        year += 2000 if year < 70 else 1900
    hour, minute, second = (int(clock[name] or 0) for name in ("hour", "minute", "second"))
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"].startswith("p") else 0)
    if hour == 24:  # the end of the day, in ISO 8601
        return datetime(year, number, day, tzinfo=_zone(clock)).astimezone(UTC) + timedelta(days=1)
    return datetime(year, number, day, hour, minute, min(second, 59), tzinfo=_zone(clock)).astimezone(UTC)


def _zone(clock: re.Match[str]) -> timezone:
    if clock["offset"]:
        digits = clock["offset"][1:].replace(":", "")
        hours, minutes = int(digits[:-2] or 0) if len(digits) > 2 else int(digits), int(digits[-2:]) if len(digits) > 2 else 0
        size = timedelta(hours=hours, minutes=minutes)
        return timezone(-size if clock["offset"].startswith("-") else size)
    return timezone(timedelta(hours=_ZONES.get(clock["zone"] or "z", 0.0)))
