"""What find_deals and explain_deal take and give, read from the scanner's opportunities and deals."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from common.judging import Condition
from pricer.mcp_server.pricing_schemas import EstimateTold, EvidenceTold, ListPriceTold, SimilarTold, Told
from pricer.mcp_server.stranger_words import Address, Dollars, Label, Line, Text
from pricer.mcp_server.tool import Answer, Arguments

MOST_DEALS = 25
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
Amount = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False, strict=True)]


class FindArguments(Arguments):
    """Which deals; all that is named must hold, and nothing means all of them."""

    query: Annotated[str, Field(max_length=200)] = ""
    """Words, or their beginnings, that must all stand in title, shop or category: \"makita drill\""""
    among: Literal["opportunities", "every_deal"] = "opportunities"
    """opportunities: below their worth; every_deal: all that was read, newest first"""
    sort: Literal["best", "newest", "saving", "chance", "price"] = "best"
    """Of opportunities; best: the expected saving times its chance, greatest first"""
    max_price: Amount | None = None
    """In US dollars"""
    min_saving: Amount | None = None
    """Expected, in US dollars"""
    min_chance: Share | None = None
    """That it is a real saving"""
    condition: Condition | None = None
    rule: Annotated[int, Field(ge=1, lt=2**31, strict=True)] | None = None
    """Opportunities that this rule wants; list_rules tells the ids"""
    include_past: bool = False
    """Opportunities that are over or were dismissed, too"""
    limit: Annotated[int, Field(ge=1, le=MOST_DEALS, strict=True)] = 10

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.among == "every_deal" and (self.rule or self.include_past or self.sort != "best"):
            raise ValueError("rule, include_past and sort are of opportunities, and not of every_deal")
        return self


class ExplainArguments(Arguments):
    """An opportunity."""

    id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    """As find_deals tells it"""


class DealTold(Told):
    """A deal. Prices in `currency`, worth, interval and saving in US dollars."""

    id: Label | None = None
    """Of an opportunity, for explain_deal; a deal that is none has no id"""
    title: Line
    price: Dollars | None = None
    currency: Label = "USD"
    condition: Label = "new"
    shop: Line
    feed: Line
    category: Line | None = None
    url: Address
    published: Label | None = None
    expires: Label | None = None
    worth: Dollars | None = None
    low: Dollars | None = None
    high: Dollars | None = None
    saving: Dollars | None = None
    chance: float | None = None
    """That it is a real saving"""
    pushed: bool = False
    reason: Line | None = None
    """Why it was not pushed, or not judged"""
    review: bool = False
    """Too good to be believed before a person has looked"""

    @model_validator(mode="before")
    @classmethod
    def _from_the_scanner(cls, sent: Any) -> Any:
        return flat(sent) if isinstance(sent, dict) and "worth" not in sent else sent


class FoundDeals(Answer):
    """Deals that were asked for."""

    deals: list[DealTold]
    more: bool
    """There are, or may be, others that hold"""
    looked_at: int | None = None
    """Of every_deal: how many were looked through"""


class ReferenceTold(Told):
    """What the thing costs elsewhere or otherwise, in US dollars, and who says so."""

    kind: Label
    price: Dollars
    said_by: Label
    words: Line | None = None


class StandingTold(Told):
    """How the price stands in the product's own history, in US dollars. score: 0 to 10, by the share of days that were dearer."""

    lowest: Dollars
    usual: Dollars
    last: Dollars
    points: int
    score: float
    is_lowest: bool
    low_confidence: bool


class MatchTold(Told):
    """A rule or a watched thing that wanted it."""

    kind: Label
    id: int
    name: Line


class ExplainedDeal(Answer):
    """An opportunity, with all that its worth rests on."""

    deal: DealTold
    description: Text
    evidence: tuple[EvidenceTold, ...] = ()
    references: tuple[ReferenceTold, ...] = ()
    estimates: tuple[EstimateTold, ...] = ()
    similar: tuple[SimilarTold, ...] = ()
    list_price: ListPriceTold | None = None
    standing: StandingTold | None = None
    matches: tuple[MatchTold, ...] = ()


def flat(sent: dict[str, Any]) -> dict[str, Any]:
    """An opportunity with its deal, or a deal as it was read, in one row."""
    if "deal" not in sent:
        worth = sent.get("estimate")
        told = {"id": None, "worth": worth, "saving": saving_of(sent), "review": sent.get("state") == "review"}
        return {**sent, "shop": sent.get("retailer", ""), **told}
    deal = sent["deal"] if isinstance(sent["deal"], dict) else {}
    why = sent.get("why_not")
    judged = {name: sent.get(name) for name in ("id", "low", "high", "chance", "review")}
    told = {"worth": sent.get("estimate"), "saving": sent.get("discount"), "pushed": why is None, "reason": why}
    return {**deal, "shop": deal.get("retailer", ""), **judged, **told, "review": bool(sent.get("review"))}


def saving_of(sent: dict[str, Any]) -> float | None:
    """Of a deal that was judged: what it is below its worth; never less than nothing."""
    price, worth = sent.get("price"), sent.get("estimate")
    if sent.get("currency") != "USD" or not isinstance(price, int | float) or not isinstance(worth, int | float):
        return None
    return max(0.0, worth - price)
