"""What a template may speak of: the figures and words of one opportunity, as plain text that no push service takes for markup.

And how a fault of one is told: here, as Jinja2 comes in only where there is a template.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.deals import Opportunity
from notifier.message import about, link, percent_of, plain, price_of, surety_of, why_of

_LONG, _SHORT = 120, 60
MOST_RULES = 20  # that a push names


@dataclass(frozen=True)
class Fault:
    """What is wrong with a template, and in which of its lines; 0: in none alone."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class TemplateFaultError(Exception):
    """A template that cannot be used."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Money(float):
    """An amount that counts as a number and reads as a price."""

    def __new__(cls, amount: float, text: str) -> "Money":
        """`text`: how it reads."""
        made = super().__new__(cls, amount)
        made._text = text  # type: ignore[attr-defined]
        return made

    def __str__(self) -> str:
        return str(self._text)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Standing:
    """How the price stands in its product's history."""

    lowest: Money
    usual: Money
    is_lowest: bool


@dataclass(frozen=True)
class PerUnit:
    """What one unit costs; it reads as `$0.50 / oz`."""

    price: Money
    unit: str

    def __str__(self) -> str:
        return f"{self.price} / {self.unit}"


# Every name that a template may use, and what it is.
VARIABLES: Mapping[str, str] = {
    "title": "the deal's title",
    "price": "what one pays",
    "worth": "what it is worth, about",
    "low": "lower end of worth's 80 % interval",
    "high": "its upper end",
    "saving": "the expected saving, about",
    "percent": "that in percent of worth, rounded down",
    "chance": "how sure a real saving is, in percent; none where that is not known",
    "retailer": "the shop; empty where it is not told",
    "condition": "new, refurbished, used or open-box",
    "why": "the weightiest reason, and whether the list price is inflated",
    "rules": "names of the rules and wanted things by which it is pushed",
    "standing": "lowest, usual and is_lowest of the product's earlier prices; none where they are not known",
    "link": "the shop's address; empty where there is none",
    "page": "the dashboard's page of the deal; empty without DASHBOARD_URL",
    "feed": "the feed's title or address",
    "unit_price": "what one unit costs; none where that is not known",
    "shipping": "what of the price is for shipping; none where that is not told",
    "currency": "of the price: USD",
}


def facts_of(opportunity: Opportunity, page: str = "") -> dict[str, Any]:
    """A value for each of VARIABLES."""
    deal = opportunity.deal
    return {
        "title": plain(deal.title, _LONG),
        **_money_of(opportunity),
        "percent": percent_of(opportunity),
        "chance": surety_of(opportunity),
        "retailer": plain(deal.retailer, _SHORT),
        "condition": plain(deal.condition, 20),
        "why": why_of(opportunity),
        "rules": [plain(each.name, _SHORT) for each in opportunity.matches[:MOST_RULES]],
        "standing": _standing(opportunity),
        "link": link(deal.url),
        "page": page,
        "feed": plain(deal.feed, _LONG),
        "currency": plain(deal.currency, 3),
    }


def _money_of(opportunity: Opportunity) -> dict[str, Any]:
    deal = opportunity.deal
    per = deal.unit_price
    return {
        "price": Money(deal.price, price_of(deal.price, deal.currency)),
        "worth": _about(opportunity.estimate),
        "low": _about(opportunity.low),
        "high": _about(opportunity.high),
        "saving": _about(opportunity.discount),
        "shipping": None if deal.shipping is None else Money(deal.shipping, price_of(deal.shipping, deal.currency)),
        "unit_price": per and PerUnit(Money(per.price, price_of(per.price)), plain(per.unit, 20)),
    }


def _standing(opportunity: Opportunity) -> Standing | None:
    known = opportunity.standing
    return Standing(_exact(known.lowest), _exact(known.usual), known.is_lowest) if known else None


def _about(dollars: float) -> Money:
    return Money(dollars, about(dollars))


def _exact(dollars: float) -> Money:
    return Money(dollars, price_of(dollars))
