"""Keeps a text from becoming a formula where a spreadsheet opens the CSV in which it stands. Pure."""

import re

# What Excel, LibreOffice and Google Sheets take for the beginning of a formula (OWASP, CSV injection).
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*(?:e[+-]?\d+)?%?", re.I)


def harmless(value: object) -> object:
    """The value as it may stand in a CSV: a text that could be a formula gets an apostrophe, which shows it as text."""
    if not isinstance(value, str) or not value.startswith(_BEGINNINGS) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"
