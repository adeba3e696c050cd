"""What the routes of the review queue take and give."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from common.errors import InvalidInputError
from common.judging import Condition
from scanner.review.review_data import Review, State, Why

_EXCERPT = 1_000  # characters of a deal's text


class Decision(BaseModel):
    """One of three: a price, with its currency where that is not the deal's; a candidate by its number; or `drop`.

    `condition`: of the thing, where it was read wrong.
    """

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [{"candidate": 1}, {"price": 99.0, "currency": "USD"}, {"drop": True, "note": "a mouse mat"}]
        },
    )

    price: Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False, strict=True)] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    condition: Condition | None = None
    candidate: Annotated[int, Field(ge=1, strict=True)] | None = None
    drop: Annotated[bool, Field(strict=True)] | None = None
    note: Annotated[str, Field(max_length=500)] | None = None

    def check(self) -> None:
        """InvalidInputError where it is none of the three, or two of them."""
        if self.drop:
            self._refuse(("price", "currency", "condition", "candidate"), "says what it costs, and drop that it is nothing")
        elif self.candidate is not None:
            self._refuse(("price", "currency", "note"), "does not go with a candidate")
        elif self.price is None:
            raise InvalidInputError("name a price or a candidate, or drop it", "price")
        else:
            self._refuse(("note",), "goes with drop alone")

    def _refuse(self, names: tuple[str, ...], why: str) -> None:
        given = next((name for name in names if getattr(self, name) is not None), None)
        if given:
            raise InvalidInputError(why, given)


class CandidateView(BaseModel):
    """A price that somebody reads. `number`: what a decision calls it; `words`: what says so."""

    number: int
    price: float
    currency: str
    source: str
    words: str


class ReviewView(BaseModel):
    """A deal that waits for a person, or did. why: unclear, differ or too_good; reason: the same in words.

    `price`: what was read, or picked; `estimate`: its worth in USD, where it was judged. `decision`: what a person picked; `note`:
    why it was dropped.
    """

    id: int
    deal_id: int
    opportunity_id: str | None
    why: Why
    reason: str
    candidates: list[CandidateView]
    state: State
    created: datetime
    closed: datetime | None
    decision: dict[str, Any] | None
    note: str | None
    title: str
    description: str
    url: str
    retailer: str
    feed: str
    price: float | None
    currency: str
    condition: str
    published: datetime
    expires: datetime | None
    estimate: float | None

    @classmethod
    def of(cls, review: Review) -> "ReviewView":
        """As it is kept."""
        facts, question = review.facts, review.question
        names = ("title", "url", "retailer", "feed", "price", "currency", "condition", "published", "expires")
        answer = facts["answer"] or {}
        numbered = [each.as_json() | {"number": number} for number, each in enumerate(question.candidates, 1)]
        given = {name: facts[name] for name in names} | {
            "id": review.id,
            "deal_id": review.deal_id,
            "opportunity_id": review.opportunity_id,
            "why": question.why,
            "reason": question.reason,
            "candidates": numbered,
            "state": review.state,
            "created": review.created,
            "closed": review.closed,
            "decision": (review.decision or {}).get("picked"),
            "note": review.note,
            "description": facts["description"][:_EXCERPT],
            "estimate": answer.get("worth"),
        }
        return cls.model_validate(given)


class ReviewItems(BaseModel):
    """A page of reviews, open ones first, then the newest; `next` is the cursor of the following one, null at the end."""

    items: list[ReviewView]
    next: str | None
