"""What price_product and judge_offer take and give."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.judging import MARGIN, MAX_REFERENCES, MAX_RETAILER, Condition, Reference, ReferenceKind, SaidBy
from common.judging import Price as AskedPrice
from common.pricing import MAX_CATEGORY, MAX_DESCRIPTION, MAX_TITLE
from pricer.mcp_server.stranger_words import Dollars, Label, Line
from pricer.mcp_server.tool import Answer, Arguments

MOST_SIMILAR, MOST_EVIDENCE = 5, 12


class PriceArguments(Arguments):
    """A product, as its shop or a person describes it."""

    description: Annotated[str, Field(min_length=1, max_length=MAX_DESCRIPTION)]
    """What the product is: brand, model, size, what is in the box. Name no price"""
    title: Annotated[str, Field(min_length=1, max_length=MAX_TITLE)] | None = None
    """Its name, where it has one apart from the description"""
    category: Annotated[str, Field(min_length=1, max_length=MAX_CATEGORY)] | None = None
    """Such as Electronics or Tools"""


class StatedPrice(Arguments):
    """What the thing costs elsewhere or otherwise, as somebody says, in US dollars."""

    kind: ReferenceKind
    """next_best: the lowest of another shop; regular, was, list: what the seller claims; history: what it usually costs;
    all_time_low: the lowest seen; new_price: what it costs new, where the offer is not new"""
    price: AskedPrice
    said_by: SaidBy = "seller"
    """editor: somebody compared; seller: the shop says so"""


class JudgeArguments(Arguments):
    """An offer, with the words in which it was published."""

    title: Annotated[str, Field(min_length=1, max_length=MAX_TITLE)]
    """What is offered, as the offer says; prices in it are read"""
    price: AskedPrice
    """What one pays, in US dollars; convert other currencies first"""
    text: Annotated[str, Field(max_length=MAX_DESCRIPTION)] = ""
    """The offer's text or the product's description; other prices that it names are read from it"""
    references: Annotated[tuple[StatedPrice, ...], Field(max_length=MAX_REFERENCES)] = ()
    """Other prices that are known; they go before those read from the text"""
    condition: Condition | None = None
    """None: what title and text say, else new"""
    retailer: Annotated[str, Field(max_length=MAX_RETAILER)] = ""
    """The shop"""
    published: Annotated[bool, Field(strict=True)] = True
    """False for the usual price of any shop: only that somebody published a deal says by itself that it is worth more"""
    category: Annotated[str, Field(min_length=1, max_length=MAX_CATEGORY)] | None = None
    margin: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False, strict=True)] = MARGIN
    """`chance` is that the worth exceeds the price by this share of it"""

    @property
    def stated(self) -> list[Reference]:
        """The references as the contract has them."""
        return [Reference(kind=each.kind, price=each.price, said_by=each.said_by) for each in self.references]


class Told(BaseModel):
    """A part of an answer: of what a service sends that which is told."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)


class EstimateTold(Told):
    """One pricer's opinion, in US dollars; `weight`: its share in the answer."""

    pricer: Label
    price: Dollars
    low: Dollars
    high: Dollars
    weight: float | None = None


class SimilarTold(Told):
    """A known product near the one asked about. match: exact, model (another size, pack or condition), similar."""

    title: Line
    price: Dollars
    match: Label


class PricedProduct(Answer):
    """What a product should cost, in US dollars, with an 80 % interval low..high."""

    price: Dollars
    low: Dollars
    high: Dollars
    currency: Label = "USD"
    known: bool = True
    """False: nothing like it is known, and the price is a guess from the words alone"""
    estimates: tuple[EstimateTold, ...] = ()
    similar: tuple[SimilarTold, ...] = ()
    degraded: tuple[Label, ...] = ()
    """Pricers that could not contribute"""


class EvidenceTold(Told):
    """What one piece of evidence says the worth is, and its share of the answer."""

    kind: Label
    price: Dollars
    weight: float
    words: Line


class ListPriceTold(Told):
    """Whether the highest price that the seller claims is one that people pay."""

    price: Dollars
    verdict: Label
    chance: float


class JudgedOffer(Answer):
    """What an offer is worth: what one would otherwise pay for the same thing, in US dollars, with an 80 % interval low..high."""

    worth: Dollars
    low: Dollars
    high: Dollars
    asked: Dollars = 0.0
    saving: Dollars
    """Expected, in US dollars"""
    chance: float
    """That the worth exceeds the price by `margin`, 0 to 1"""
    support: float
    """The same by what neither the price nor the seller says"""
    margin: float
    known: bool
    identified: bool
    """Whether the product itself was found"""
    condition: Label = "new"
    list_price: ListPriceTold | None = None
    evidence: tuple[EvidenceTold, ...] = ()
    degraded: tuple[Label, ...] = ()
