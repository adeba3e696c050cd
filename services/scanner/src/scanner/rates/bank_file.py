"""Reads the European Central Bank's file of the day: what one euro is in other currencies. Believes nothing of it. Pure."""

import re
from datetime import date
from xml.etree import ElementTree as ET

from scanner.rates.day_rates import DayRates

MAX_BODY = 256 * 1024  # bytes: the file of a day has 2 kB
_MOST = 500  # currencies


class BankError(Exception):
    """A bank tells no rates that can be used."""


def parse_rates_of_day(body: bytes) -> DayRates:
    """Dollars for one unit of each currency of the file. BankError says what is wrong with it."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BankError("its file is not UTF-8") from exc
    if re.search(r"<!\s*(?:DOCTYPE|ENTITY)", text, re.I):  # the bank's has none: entities could grow without end
        raise BankError("its file declares a document type, as the bank's does not")
    try:
        root = ET.fromstring(text)  # noqa: S314 (without a document type there are no entities to be afraid of)
    except (ET.ParseError, ValueError, RecursionError) as exc:
        raise BankError(f"its file cannot be read: {exc}"[:200]) from exc
    days = [each for each in root.iter() if _name(each) == "Cube" and each.get("time")]
    if not days:
        raise BankError("its file has no rates")
    day = max(days, key=lambda each: str(each.get("time")))
    return DayRates(_day(str(day.get("time"))), _in_dollars(dict(map(_rate, list(day)[:_MOST]))))


def _in_dollars(euro: dict[str, float]) -> dict[str, float]:
    """The file says how many of a currency one euro is."""
    if "USD" not in euro:
        raise BankError("its file has no dollar")
    if not all(each > 0 for each in euro.values()):
        raise BankError("one of its rates is no number above 0")
    dollars = euro["USD"]
    return {"EUR": dollars} | {name: dollars / rate for name, rate in euro.items() if name not in ("USD", "EUR")}


def _rate(element: ET.Element) -> tuple[str, float]:
    currency, rate = element.get("currency", ""), element.get("rate", "")
    if not re.fullmatch(r"[A-Z]{3}", currency) or not re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,12})?", rate):
        raise BankError(f"{currency[:10]!r} at {rate[:20]!r} is no rate")
    return currency, float(rate)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise BankError(f"{text[:20]!r} is no day") from exc


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
