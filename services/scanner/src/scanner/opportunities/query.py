"""What a caller asks of the list of opportunities, and what of an opportunity is looked at for that. Knows no tables."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from common.alerts.conditions import folded, host_of, shop_of
from common.deals import Opportunity
from common.judging import Condition

Sort: TypeAlias = Literal["best", "newest", "saving", "chance", "price"]
SORTS: tuple[Sort, ...] = ("best", "newest", "saving", "chance", "price")
State: TypeAlias = Literal["listed", "pushed", "review", "dismissed", "over", "all"]
MOST_WORDS = 10  # that are looked for


@dataclass(frozen=True)
class Query:
    """All that is named must hold, and of several values of one name any. Money in USD.

    feeds: ids; categories, retailers, words: as a person types them, the beginnings of words too; saving: the least expected, and
    percent of its worth; chance: the least; price: the most one pays; rule: the id of one that wants it.
    """

    words: str = ""
    feeds: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    retailers: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    saving: float = 0.0
    percent: float = 0.0
    chance: float = 0.0
    price: float | None = None
    rule: int | None = None


def words_of(text: str) -> list[str]:
    """What is looked for: each stands in a folded text where one of its words begins so."""
    return [f" {word}" for word in folded(text).split()[:MOST_WORDS]]


def shop_words(text: str) -> str:
    """The same of a shop: Best Buy, bestbuy and BestBuy.com are one."""
    return f" {shop_of(text)}"


def listed_as(opportunity: Opportunity) -> dict[str, Any]:
    """What the list is filtered and sorted by, beside what stands in its deal."""
    deal = opportunity.deal
    shop = deal.retailer or host_of(deal.url)
    return {
        "price": deal.price,
        "worth": opportunity.estimate,
        "chance": opportunity.chance,
        "words": folded(f"{deal.title} {shop} {deal.category}"),
        "shop": f"{folded(shop)}{shop_of(shop)}",
        "category": folded(deal.category),
    }
