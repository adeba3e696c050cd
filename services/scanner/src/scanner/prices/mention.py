"""An amount of money in a text, and the parts that it can play."""

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What an amount stands for."""

    PRICE = "price"
    FINAL = "final"  # the end of a sum: "$70 - $20 = $50"
    BEFORE = "before"  # its beginning
    ALTERNATIVE = "alternative"  # in brackets behind the price: members' price, break-down
    LIST = "list"
    OFF = "off"
    FROM = "from"
    LIMIT = "limit"
    THRESHOLD = "threshold"
    SHIPPING = "shipping"
    RECURRING = "recurring"
    UNIT = "unit"
    EACH = "each"
    MULTI = "multi"
    SALE = "sale"
    OTHER = "other"
    ZERO = "zero"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Mention:
    """An amount at text[start:end]. `currency` is None where the text shows a plain dollar sign; nan where it is unreadable."""

    amount: float
    currency: str | None
    role: Role
    start: int
    end: int
