"""What a person says of a deal, and what the system had said of it by then. Knows no table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from common.deals import Opportunity
from scanner.policy import Policy
from scanner.review.pick import DealNow, Pick

VerdictKind: TypeAlias = Literal["right", "wrong_price", "not_this_product", "not_worth_that", "bought"]
KINDS: tuple[VerdictKind, ...] = ("right", "wrong_price", "not_this_product", "not_worth_that", "bought")
WRONG_PRICE: VerdictKind = "wrong_price"


@dataclass(frozen=True)
class Subject:
    """A deal that is spoken of. `was_pushed`: whether it was an alert."""

    deal: DealNow
    opportunity: Opportunity | None
    was_pushed: bool


@dataclass(frozen=True)
class Verdict:
    """`price`: the right one, in USD, where it is wrong; `worth`: what it is really worth, in USD."""

    kind: VerdictKind
    price: float | None = None
    worth: float | None = None
    note: str | None = None


@dataclass(frozen=True)
class Saying:
    """A verdict as a person gives it: `price` in `currency`, or where that is None in the deal's own."""

    kind: VerdictKind
    price: float | None = None
    currency: str | None = None
    worth: float | None = None
    note: str | None = None


@dataclass(frozen=True)
class Kept:
    """A verdict as it is kept. `replaced`: when it ceased to count."""

    id: int
    deal_id: int
    opportunity_id: str | None
    verdict: Verdict
    said: dict[str, Any]
    created: datetime
    replaced: datetime | None = None

    @property
    def changed_price(self) -> bool:
        """Whether the deal's price was doubted by it, so that taking it back puts the former price back."""
        return self.verdict.kind == WRONG_PRICE

    @property
    def before(self) -> Pick:
        """The price as it stood before."""
        return Pick(**self.said["before"])


def snapshot(subject: Subject, policy: Policy) -> dict[str, Any]:
    """What the system says of a deal at this moment, with all that is needed to learn from it when the deal is forgotten."""
    facts, before = subject.deal.facts, subject.deal.as_picked
    told = subject.opportunity
    dollars = told.deal.price if told else policy.dollars(facts["price"], facts["currency"])
    names = ("price", "currency", "condition", "why_no_news", "source", "kind", "has_variants", "state", "reason")
    return {
        **{name: facts[name] for name in ("title", "url", "retailer", "feed", "category", "condition", "list_price", "state")},
        "text": facts["description"],
        "published": facts["published"].isoformat(),
        "price": dollars,
        "asked": facts["price"],
        "currency": facts["currency"],
        "price_source": facts["price_source"],
        **_judged(facts["answer"] or {}),
        "pushed": subject.was_pushed,
        "rules": [each.name for each in told.matches if each.kind == "rule"] if told else [],
        "watches": [each.name for each in told.matches if each.kind == "watch"] if told else [],
        "why_not": told.why_not if told else facts["reason"],
        "before": {name: getattr(before, name) for name in names},
    }


def _judged(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a Judgement as it is kept; of a PriceResponse where an earlier version stored it."""
    priced = answer.get("answer", answer)
    estimates = priced.get("estimates", [])
    models = {each["pricer"]: each["model"] for each in estimates}
    return {
        "worth": answer.get("worth", answer.get("price")),
        "low": answer.get("low"),
        "high": answer.get("high"),
        "chance": answer.get("chance"),
        "support": answer.get("support"),
        "saving": answer.get("saving"),
        "evidence": [each["kind"] for each in answer.get("evidence", [])],
        "estimates": {each["pricer"]: each["price"] for each in estimates},
        "models": models | ({"judge": answer["model"]} if "worth" in answer else {}),
    }
