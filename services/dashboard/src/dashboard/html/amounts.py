"""Reads amounts and numbers as people type them into a form. It knows nothing of HTML."""

from common.errors import InvalidInputError


def amount(typed: str, field: str) -> float:
    """$1,299.00, 1299 or 12.5 as a number; InvalidInputError where it is none."""
    plain = typed.strip().removeprefix("$").replace(",", "").strip()
    try:
        value = float(plain) if plain.isascii() and plain.replace(".", "", 1).isdigit() else -1.0
    except ValueError:
        value = -1.0
    if value <= 0:
        raise InvalidInputError("type an amount, as 99.95", field)
    return value
