"""All that is said of an offer's worth on one axis: what is asked, the judge, each pricer, each price that somebody states."""

from dataclasses import dataclass
from typing import Literal

from common.deals import ASKED_PRICE, Opportunity
from common.judging import CLAIMS, Reference
from dashboard.opportunities.source_text import kind_words

Mark = Literal["", "plausible", "inflated"]
LEAST_OF_A_CLAIM = 0.9  # of a claimed price that worth must reach for it to be one that people pay, as the judge has it
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
    judge = [Row("Worth", item.estimate, item.low, item.high, note="what one would otherwise pay")]
    pricers = [Row(each.pricer, each.price, each.low, each.high, each.weight, note=each.model) for each in item.estimates]
    evidence = [Row(each.words, each.price, counts=each.weight) for each in item.evidence if each.kind != ASKED_PRICE]
    stated = [_stated(item, each) for each in item.deal.references]
    said = {"The judge": judge, "Each pricer": pricers, "Evidence": evidence, "What is stated": stated}
    groups = [Group(title, rows) for title, rows in said.items() if rows]
    values = [end for group in groups for row in group.rows for end in row.ends]
    return Axis(groups, (min(*values, item.deal.price), max(*values, item.deal.price)))


def _stated(item: Opportunity, reference: Reference) -> Row:
    name = f"{_SAID_BY[reference.said_by]}: {kind_words(reference.kind)}"
    return Row(name, reference.price, mark=_mark(item, reference), note=reference.words)


def _mark(item: Opportunity, reference: Reference) -> Mark:
    """Whether people pay what a seller claims. That worth exceeds the upper end of its interval has the chance of a tenth, below
    which the judge calls a claim inflated; of the highest claim it says so itself.
    """
    if reference.kind not in CLAIMS:
        return ""
    if item.list_price and abs(item.list_price.price - reference.price) < 0.01:
        return item.list_price.verdict
    return "inflated" if LEAST_OF_A_CLAIM * reference.price > item.high else "plausible"
