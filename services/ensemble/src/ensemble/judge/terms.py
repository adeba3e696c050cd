"""What an offer shows by itself, as terms of a linear model: where it is sold, as what, at which level and form of price.

How far below the usual price things are offered differs by shop and kind of goods, and a price of $19.99 is set by another habit
than one of $20. The title's words tell the rest (brands that are always on sale, packs, refurbished goods).
"""

import math
import re
from dataclasses import dataclass

from common.judging import Condition

_WORD = re.compile(r"[a-z][a-z0-9]{1,19}")
_ENDINGS = (0, 88, 95, 97, 98, 99)  # cents that shops set; others come from percentages
_TITLE = 300  # characters that are read


@dataclass(frozen=True)
class OfferFacts:
    """An offer as far as it says nothing of other prices. `price` in USD; empty where unknown."""

    title: str
    price: float
    category: str = ""
    retailer: str = ""
    condition: Condition = "new"


def terms_of(offer: OfferFacts) -> list[str]:
    """The terms that hold for an offer; kinds of goods, shops and words in lower case."""
    kind, shop = f"kind={_plain(offer.category)}", f"shop={_plain(offer.retailer)}"
    level, ending = f"level={_level(offer.price)}", f"ends={_ending(offer.price)}"
    both = f"{kind}&{shop}"
    crossed = [both, f"{kind}&{level}", f"{shop}&{level}", f"{kind}&{ending}", f"{shop}&{ending}", f"{both}&{ending}"]
    words = dict.fromkeys(_WORD.findall(offer.title[:_TITLE].lower()))
    return [kind, shop, level, ending, f"round={_round(offer.price)}", f"condition={offer.condition}", *crossed, *_tagged(words)]


def _tagged(words: dict[str, None]) -> list[str]:
    return [f"word={word}" for word in words]


def is_word(term: str) -> bool:
    """Whether a term is a word of the title."""
    return term.startswith("word=")


def _plain(text: str) -> str:
    return " ".join(text.lower().split())[:60] or "none"


def _level(price: float) -> int:
    """The power of two below the price."""
    return math.floor(math.log2(max(price, 0.25)))


def _ending(price: float) -> str:
    cents = round(price * 100) % 100
    return f"{cents:02}" if cents in _ENDINGS else "other"


def _round(price: float) -> str:
    dollars = math.floor(price)
    return "tens" if dollars % 10 == 0 else "nines" if dollars % 10 == 9 else "no"
