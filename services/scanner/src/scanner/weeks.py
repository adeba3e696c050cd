"""Weeks, as shares and price levels are told by them."""

from datetime import UTC, date, datetime, timedelta


def monday_of(moment: datetime) -> date:
    """The Monday of the week, in UTC."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
