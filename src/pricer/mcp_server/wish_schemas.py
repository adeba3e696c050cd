"""What watch and list_rules take and give."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from pricer.mcp_server.pricing_schemas import Told
from pricer.mcp_server.stranger_words import Address, Dollars, Label, Line
from pricer.mcp_server.tool import Answer, Arguments
from scanner.watchlist.watch import WatchFields, WishText

MOST_OFFERS = 10


class WatchArguments(WatchFields):
    """A thing to be watched. Only `text` is needed; the other fields correct what is read of it.

    required, forbidden: words that must, and must not, stand in an offer; brand, model, inches, gigabytes: in the place of what
    the words say; conditions: that will do; channels: by name, none for all; least_similarity: of meaning.
    """

    model_config = ConfigDict(json_schema_extra={}, use_attribute_docstrings=True)

    text: WishText
    """The wanted thing in words, with the price one would pay: \"65 inch OLED TV under 1200\""""
    preview: Annotated[bool, Field(strict=True)] = False
    """Only say what would be understood and what is to be had now; nothing is kept"""

    @property
    def wish(self) -> WatchFields:
        """What of it is kept."""
        return WatchFields.model_validate(self.model_dump(exclude={"preview"}, exclude_unset=True))


class UnderstoodTold(Told):
    """What was read of a wish."""

    summary: Line
    name: Line
    target_price: Dollars | None = None
    conditions: tuple[Label, ...] = ()
    tool_only: bool = False


class OfferTold(Told):
    """An offer that is the wanted thing. price in US dollars; chance: of a real saving; deal: its number."""

    deal: int
    title: Line
    price: Dollars
    condition: Label
    shop: Annotated[Line, Field(validation_alias="retailer")]
    url: Address
    published: Label | None = None
    chance: float | None = None


class LowestTold(Told):
    """The lowest price of a year, in US dollars."""

    price: Dollars
    seller: Line
    seen: Label
    url: Address


class Watched(Answer):
    """A wish, and what of it is to be had at this moment."""

    id: int | None = None
    """Of the watch; none in a preview"""
    kept: bool = False
    """It is on the watchlist now"""
    was_there: bool = False
    """The same was watched already, and nothing was added"""
    understood: UnderstoodTold
    matches_now: tuple[OfferTold, ...] = ()
    lowest_seen: LowestTold | None = None
    hint: Line | None = None


class NoArguments(Arguments):
    """Nothing."""


class RuleTold(Told):
    """A rule of the person who runs this."""

    id: int
    name: Line
    when: dict[str, Any]
    """All that is named must hold; nothing means every deal"""
    channels: tuple[Line, ...] = ()
    priority: Label
    enabled: bool


class ListedRules(Answer):
    """The rules in their order: which deals are pushed, where to and how loudly."""

    mode: Label
    """first: of the rules that match the first counts; all: each does"""
    rules: Annotated[list[RuleTold], Field(validation_alias="items")]
