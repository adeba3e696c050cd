"""A deal that waits for a person, and what became of it. Knows no table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from scanner.deal_data import StoredDeal
from scanner.prices.candidate import Candidate
from scanner.prices.candidates import MOST, named_amounts

Why: TypeAlias = Literal["unclear", "differ", "too_good"]
State: TypeAlias = Literal["open", "decided", "dropped"]
PATIENCE = timedelta(days=14)  # after which a deal that nobody looked at is dropped
OVER, FORGOTTEN, REPLACED = "it is over", "nobody looked within 14 days", "its entry says something else now"
ANSWERED = "its price was told as feedback"


@dataclass(frozen=True)
class Question:
    """What a person is to decide."""

    why: Why
    reason: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Review:
    """A question with its deal's facts. `decision`: what was picked and what was there before; `worth`, in USD, where judged."""

    id: int
    deal_id: int
    question: Question
    state: State
    created: datetime
    closed: datetime | None
    decision: dict[str, Any] | None
    note: str | None
    facts: dict[str, Any]
    opportunity_id: str | None

    @property
    def is_by_person(self) -> bool:
        """Whether a person closed it, rather than time or a later price."""
        return self.decision is not None


def too_good(deal: StoredDeal, reason: str) -> Question:
    """Whether so low a price is true: the one that was read, and whatever else its words name."""
    own = Candidate(deal.price, deal.currency, deal.price_source, deal.title[:200])
    others = named_amounts(deal.title, deal.description, deal.currency)
    return Question("too_good", reason, (own, *(each for each in others if each.price != deal.price))[:MOST])
