"""Which offers a person means: what a rule and a channel's filter are made of. Pure: an Opportunity in, a reason out.

Words are looked for as whole words and phrases, in title and text, whatever their case, accents and punctuation; `title:` before
them looks in the title alone, a `*` behind them takes longer words too: "oled", "robot vacuum", "title:drill*".
"""

import math
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from common.deals import Opportunity
from common.http.plain_json import NO_NUMBER, NO_SWITCH
from common.judging import Condition

_WORD = re.compile(r"[^\W_]+")
_OF_ADDRESSES = frozenset({"www", "com", "net", "org", "co", "uk"})
MOST = 100  # entries of one list
IN_TITLE, AND_LONGER = "title:", "*"
Dollars: TypeAlias = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False), NO_SWITCH]


def folded(text: str) -> str:
    """Words alone, in small letters without accents, one space between them and one at both ends."""
    if text.isascii():  # most are, and a dry run reads hundreds of thousands
        return f" {' '.join(_WORD.findall(text.lower()))} "
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return f" {' '.join(_WORD.findall(letters))} "


def _telling(text: str) -> str:
    """A word or phrase that can be found. ValueError for one that no text can hold."""
    bare = " ".join(text.split())
    if folded(bare.removeprefix(IN_TITLE)) == "  ":
        raise ValueError("needs a letter or a digit")
    return bare


Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_telling)]
Names: TypeAlias = Annotated[tuple[Words, ...], Field(max_length=MOST)]


class Conditions(BaseModel):
    """All that is named must hold; an empty list, and null, ask for nothing. Money in USD.

    feeds: ids or titles; categories, retailers: words of theirs; include: words of which one must be there (all of them with
    `include_all`); exclude: of which none may; conditions: new, refurbished, used, open-box; price: what one pays; least_saving:
    expected, in USD, and least_percent of its worth; least_chance: that it is a real saving, 0 to 1; least_pricers: estimates.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    feeds: Names = ()
    categories: Names = ()
    retailers: Names = ()
    include: Names = ()
    include_all: Annotated[bool, NO_NUMBER] = False
    exclude: Names = ()
    conditions: tuple[Condition, ...] = ()
    min_price: Dollars | None = None
    max_price: Dollars | None = None
    least_saving: Dollars | None = None
    least_percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False), NO_SWITCH] | None = None
    least_chance: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False), NO_SWITCH] | None = None
    least_pricers: Annotated[int, Field(ge=0, le=10), NO_SWITCH] | None = None

    @model_validator(mode="after")
    def _can_hold(self) -> "Conditions":
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ValueError(f"min_price {self.min_price:g} is above max_price {self.max_price:g}")
        if both := {each.casefold() for each in self.include} & {each.casefold() for each in self.exclude}:
            raise ValueError(f"{min(both)!r} is both included and excluded")
        return self

    def why_not(self, opportunity: Opportunity) -> str | None:
        """The first condition that does not hold; None where all do."""
        return self.why_other(opportunity) or self.why_too_little(opportunity)

    def why_other(self, opportunity: Opportunity) -> str | None:
        """Why it is not what is meant, be it a bargain or not."""
        deal = opportunity.deal
        if self.feeds and not ({str(opportunity.feed_id), deal.feed.casefold()} & {each.casefold() for each in self.feeds}):
            return "it is from another feed"
        if self.categories and not _names_any(self.categories, deal.category):
            return f"its category is {deal.category or 'not told'}"
        if self.retailers and not _sells_any(self.retailers, deal.retailer or host_of(deal.url)):
            return f"it is sold by {deal.retailer or host_of(deal.url) or 'nobody who is named'}"
        if self.conditions and deal.condition not in self.conditions:
            return f"it is {deal.condition}"
        return self._why_other_words(deal.title, deal.description) or self._why_other_price(deal.price)

    def why_too_little(self, opportunity: Opportunity) -> str | None:
        """Why it is not bargain enough."""
        saving, percent = opportunity.discount, percent_saved(opportunity)
        if self.least_saving is not None and saving < self.least_saving:
            return f"the expected saving of ${max(saving, 0):,.0f} is less than ${self.least_saving:,.0f}"
        if self.least_percent is not None and percent < self.least_percent:
            return f"the expected saving of {math.floor(max(percent, 0))} % is less than {self.least_percent:g} %"
        if self.least_chance and (opportunity.chance or 0.0) < self.least_chance:
            return f"the chance of {opportunity.chance or 0.0:.0%} is less than {self.least_chance:.0%}"
        if self.least_pricers and len(opportunity.estimates) < self.least_pricers:
            return f"it rests on {len(opportunity.estimates)} of {self.least_pricers} pricers"
        return None

    def _why_other_words(self, title: str, text: str) -> str | None:
        in_title, whole = folded(title), folded(f"{title}\n{text}")
        found = [each for each in self.include if _stands(each, in_title, whole)]
        if self.include and (len(found) < len(self.include) if self.include_all else not found):
            missing = next(each for each in self.include if each not in found)
            return f"it does not say {missing}"
        said = next((each for each in self.exclude if _stands(each, in_title, whole)), None)
        return said and f"it says {said}"

    def _why_other_price(self, price: float) -> str | None:
        if self.min_price is not None and price < self.min_price:
            return f"${price:,.2f} is less than ${self.min_price:,.2f}"
        if self.max_price is not None and price > self.max_price:
            return f"${price:,.2f} is more than ${self.max_price:,.2f}"
        return None


def percent_saved(opportunity: Opportunity) -> float:
    """The expected saving in percent of worth; 0 where that is nothing."""
    return 100 * opportunity.discount / opportunity.estimate if opportunity.estimate > 0 else 0.0


def says(words: Iterable[str], title: str, text: str = "") -> list[str]:
    """Which of the words and phrases stand in an offer, in the form that `Conditions` takes."""
    in_title, whole = folded(title), folded(f"{title}\n{text}")
    return [each for each in words if _stands(each, in_title, whole)]


def _stands(words: str, title: str, whole: str) -> bool:
    wanted, place = (words.removeprefix(IN_TITLE), title) if words.startswith(IN_TITLE) else (words, whole)
    return _needle(wanted) in place


@lru_cache(maxsize=4096)
def _needle(words: str) -> str:
    """What stands in a folded text where the words do."""
    return folded(words).rstrip() if words.endswith(AND_LONGER) else folded(words)


def _names_any(wanted: Iterable[str], named: str) -> bool:
    return any(_needle(each) in folded(named) for each in wanted)


def _sells_any(wanted: Iterable[str], retailer: str) -> bool:
    """Best Buy, bestbuy and BestBuy.com are one shop."""
    return any(_needle(each) in folded(retailer) or shop_of(retailer).startswith(shop_of(each)) for each in wanted)


@lru_cache(maxsize=4096)
def shop_of(name: str) -> str:
    """A shop's name in one word, without what every address has. Never nothing, which any name would begin with."""
    words = folded(name).split()
    telling = [word for word in words if word not in _OF_ADDRESSES]
    return "".join(telling or words)


def host_of(url: str) -> str:
    """The host of an address without what most begin with; nothing where it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
