"""What the routes of feedback take and give."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from scanner.feedback.verdict import Kept, Saying, VerdictKind

Dollars = Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False, strict=True)]


class FeedbackRequest(BaseModel):
    """What a person says. `price`: the right one, of wrong_price, in `currency` (the deal's own where it is left out).

    `worth`: what it is really worth, in USD.
    """

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, json_schema_extra={"examples": [{"verdict": "wrong_price", "price": 99.0}]}
    )

    verdict: VerdictKind
    price: Dollars | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    worth: Dollars | None = None
    note: Annotated[str, Field(max_length=500)] | None = None

    @property
    def saying(self) -> Saying:
        """The same, as the desk takes it."""
        return Saying(self.verdict, self.price, self.currency, self.worth, self.note or None)


class FeedbackView(BaseModel):
    """A verdict. `said`: what the system had said of the deal; `replaced`: when another took its place, null while it counts."""

    id: int
    deal_id: int
    opportunity_id: str | None
    verdict: VerdictKind
    price: float | None
    worth: float | None
    note: str | None
    said: dict[str, Any]
    created: datetime
    replaced: datetime | None

    @classmethod
    def of(cls, kept: Kept) -> "FeedbackView":
        """As it is kept."""
        verdict = kept.verdict
        told = {"verdict": verdict.kind, "price": verdict.price, "worth": verdict.worth, "note": verdict.note}
        said = {name: value for name, value in kept.said.items() if name not in ("before", "text")}
        facts = {"deal_id": kept.deal_id, "opportunity_id": kept.opportunity_id, "created": kept.created, "replaced": kept.replaced}
        return cls.model_validate({"id": kept.id, "said": said} | told | facts)


class FeedbackItems(BaseModel):
    """A page of verdicts, newest first; `counts`: how many of each kind count; `next`: the following page's cursor."""

    items: list[FeedbackView]
    counts: dict[str, int]
    next: str | None
