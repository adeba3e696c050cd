"""All that is said of an offer's worth on one axis: what is asked, the judge, each pricer, each price that somebody states."""

from dataclasses import dataclass
from typing import Literal

from common.deals import ASKED_PRICE, Opportunity
from common.judging import CLAIMS, Evidence, Judgement, ListVerdict, Offer, Reference
from common.pricing import Estimate
from dashboard.opportunities.source_text import kind_words

Mark = Literal["", "plausible", "inflated"]
LEAST_OF_A_CLAIM = 0.9  # of a claimed price that worth must reach for it to be one that people pay, as the judge has it
_WORTH = "what one would otherwise pay"
_SAID_BY = {"editor": "An editor", "seller": "The seller"}


@dataclass(frozen=True)
class Row:
    """One voice. Money in USD; low and high where it gives an interval, of 80 %. `counts`: its share in the worth, 0 to 1."""

    name: str
    price: float
    low: float | None = None
    high: float | None = None
    counts: float | None = None
    mark: Mark = ""
    note: str = ""

    @property
    def ends(self) -> tuple[float, float]:
        """How far it reaches."""
        return self.low if self.low is not None else self.price, self.high if self.high is not None else self.price


@dataclass(frozen=True)
class Group:
    """Rows of one kind."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Axis:
    """The groups from the judge to the sellers, and the ends of the axis."""

    groups: list[Group]
    ends: tuple[float, float]


def axis_of_opportunity(item: Opportunity) -> Axis:
    """Everything that is known of it."""
    worth = Row("Worth", item.estimate, item.low, item.high, note=_WORTH)
    stated = [_stated(each, item.list_price, item.high) for each in item.deal.references]
    return _axis(worth, item.estimates, item.evidence, stated, item.deal.price)


def axis_of_judgement(judged: Judgement, offer: Offer) -> Axis:
    """Everything that the judge knows of an offer that no feed brought."""
    worth = Row("Worth", judged.worth, judged.low, judged.high, note=_WORTH)
    stated = [_stated(each, judged.list_price, judged.high) for each in offer.references]
    return _axis(worth, judged.answer.estimates, judged.evidence, stated, offer.price)


def _axis(worth: Row, estimates: list[Estimate], evidence: list[Evidence], stated: list[Row], asked: float) -> Axis:
    pricers = [Row(each.pricer, each.price, each.low, each.high, each.weight, note=each.model) for each in estimates]
    grounds = [Row(each.words, each.price, counts=each.weight) for each in evidence if each.kind != ASKED_PRICE]
    said = {"The judge": [worth], "Each pricer": pricers, "Evidence": grounds, "What is stated": stated}
    groups = [Group(title, rows) for title, rows in said.items() if rows]
    values = [end for group in groups for row in group.rows for end in row.ends]
    return Axis(groups, (min(*values, asked), max(*values, asked)))


def _stated(reference: Reference, highest: ListVerdict | None, high: float) -> Row:
    name = f"{_SAID_BY[reference.said_by]}: {kind_words(reference.kind)}"
    return Row(name, reference.price, mark=_mark(reference, highest, high), note=reference.words)


def _mark(reference: Reference, highest: ListVerdict | None, high: float) -> Mark:
    """Whether people pay what a seller claims. That worth exceeds the upper end of its interval has the chance of a tenth, below
    which the judge calls a claim inflated; of the highest claim it says so itself.
    """
    if reference.kind not in CLAIMS:
        return ""
    if highest and abs(highest.price - reference.price) < 0.01:
        return highest.verdict
    return "inflated" if LEAST_OF_A_CLAIM * reference.price > high else "plausible"
