"""Reads amounts and numbers as people type them into a form. It knows nothing of HTML."""

import re

from common.errors import InvalidInputError

MOST = 10_000_000.0  # as the other services have it
_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d*)?(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)


def number(typed: str) -> float | None:
    """$1,299.00, 95 %, 1299 or 12.5; None where it is no number, or may be another: 12,50 is not 1250 to whoever types it."""
    plain = typed.strip().removeprefix("$").removesuffix("%").strip()
    if not _NUMBER.fullmatch(plain):
        return None
    try:
        return float(plain.replace(",", ""))
    except ValueError:  # a dot alone
        return None


def amount(typed: str, field: str) -> float:
    """What is above zero, and at most MOST; InvalidInputError for all else."""
    value = number(typed)
    if value is None or value <= 0:
        raise InvalidInputError("type an amount, as 99.95", field)
    if value > MOST:
        raise InvalidInputError(f"type an amount of at most {MOST:,.0f}", field)
    return value
