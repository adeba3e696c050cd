"""What the scanner tells of deals that wait for a person, and what a person answers."""

from typing import Annotated

from pydantic import BaseModel, Field

from common.deals import Moment
from dashboard.review.marked_text import Piece, marked

_CLEAR = {
    "feed": "the feed's own price",
    "rules": "read off the words",
    "model": "read by the chat model",
    "page": "on the shop's page",
}
_CLEAR |= {"person": "said by a person", "title": "stands in the title", "text": "stands in the text"}
_QUESTIONS = {
    "unclear": "Which of these is its price?",
    "differ": "Which of these is its price?",
    "too_good": "Is that really its price?",
}


class Candidate(BaseModel):
    """A price that somebody reads; `words` say so."""

    number: int
    price: float
    currency: str = "USD"
    source: str = ""
    words: str = ""

    @property
    def said_by(self) -> str:
        """Who reads it, in words."""
        return _CLEAR.get(self.source, self.source)


class Review(BaseModel):
    """A deal that waits for a person (state open), or did (decided, dropped)."""

    id: int
    deal_id: int
    opportunity_id: str | None = None
    why: str = ""
    reason: str = ""
    candidates: list[Candidate] = []
    state: str
    created: Moment | None = None
    closed: Moment | None = None
    decision: dict[str, object] | None = None
    note: str | None = None
    title: str
    description: str = ""
    url: str = ""
    retailer: str = ""
    feed: str = ""
    price: float | None = None
    currency: str = "USD"
    condition: str = "new"
    published: Moment | None = None
    expires: Moment | None = None
    estimate: float | None = None

    @property
    def is_open(self) -> bool:
        """Nobody has decided yet."""
        return self.state == "open"

    @property
    def question(self) -> str:
        """What a person is asked."""
        return _QUESTIONS.get(self.why, "What does it cost?") if self.candidates else "What does it cost?"

    @property
    def text(self) -> list[Piece]:
        """The deal's text, with the words that candidates were read from marked."""
        return marked(self.description, [each.words for each in self.candidates])

    @property
    def is_by_person(self) -> bool:
        """A person closed it, who may take that back."""
        return self.decision is not None

    @property
    def is_judged(self) -> bool:
        """It was judged at a person's price: that is corrected, and not taken back."""
        return self.state == "decided" and self.estimate is not None


class Answer(BaseModel):
    """What a form holds. `choice`: a candidate's number, price or drop. `was`: the condition that the deal had."""

    choice: Annotated[str, Field(max_length=20)] = ""
    price: Annotated[str, Field(max_length=40)] = ""
    currency: Annotated[str, Field(max_length=10)] = ""
    condition: Annotated[str, Field(max_length=20)] = ""
    was: Annotated[str, Field(max_length=20)] = ""
    note: Annotated[str, Field(max_length=1000)] = ""
