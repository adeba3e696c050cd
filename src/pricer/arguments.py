"""Values of arguments as people write them: amounts, shares, counts. argparse.ArgumentTypeError says what is wrong with one."""

import argparse
import math
import re
from collections.abc import Callable

from common.service_address import NO_ADDRESS, is_address

CONDITIONS = ("new", "refurbished", "used", "open-box")
_DOLLARS = re.compile(r"\$?((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)")
_LONGEST = 86_400.0  # seconds
_SHARE = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(%?)")


def dollars(text: str) -> float:
    """An amount: 1299, $1,299.00."""
    found = _DOLLARS.fullmatch(text.strip())
    amount = float(found[1].replace(",", "")) if found else 0.0
    if not amount:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount in dollars, such as 99 or $1,299.00")
    return amount


def address(text: str) -> str:
    """Where a service answers. What is wrong with it is not shown: it may be a part of a password."""
    if not is_address(text):
        raise argparse.ArgumentTypeError(NO_ADDRESS)
    return text


def share(text: str) -> float:
    """A part of one: 0.8, 80%."""
    found = _SHARE.fullmatch(text.strip())
    value = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share, such as 0.8 or 80%")
    return value


def seconds(text: str) -> float:
    """A time that can pass: more than none, a day at most."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no time of up to {_LONGEST:,.0f} seconds, such as 30 or 0.5")
    return value


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not text.strip().isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return read
