"""What a notification tells, by its kind: a deal, a notice, a digest of what was held, a week's summary; as it is stored."""

from enum import StrEnum
from typing import TypeAlias

from pydantic import BaseModel

from common.deals import Notice, Opportunity


class Kind(StrEnum):
    """What a notification is of."""

    DEAL = "deal"
    NOTICE = "notice"
    DIGEST = "digest"
    SUMMARY = "summary"


class Digest(BaseModel):
    """What was held, together. `members`: ids of notifications. deals, notices: what is left of them; only where it is sent."""

    id: str
    members: list[str]
    deals: list[Opportunity] = []
    notices: list[Notice] = []

    @property
    def title(self) -> str:
        """For lists."""
        return f"{len(self.members)} alerts together" if len(self.members) != 1 else "1 alert that was held"


class Best(BaseModel):
    """One of a week's best deals. Money in USD, but for `price`."""

    title: str
    price: float
    currency: str
    discount: float


class Summary(BaseModel):
    """A channel's last seven days: how many alerts there were, and what became of them. held: came later than they might have.

    saving: expected of what was told, in USD. best: of it, the most saving first. start, end: Unix seconds.
    """

    id: str
    week: str
    start: float
    end: float
    alerts: int
    told: int
    held: int
    snoozed: int
    expired: int
    failed: int
    saving: float
    best: list[Best]

    @property
    def title(self) -> str:
        """For lists."""
        return f"The week's summary, {self.week}"


Telling: TypeAlias = Opportunity | Notice | Digest | Summary
_MODELS: dict[Kind, type[Telling]] = {
    Kind.DEAL: Opportunity,
    Kind.NOTICE: Notice,
    Kind.DIGEST: Digest,
    Kind.SUMMARY: Summary,
}


def telling_of(kind: str, body: str) -> Telling:
    """What a stored notification tells."""
    return _MODELS[Kind(kind)].model_validate_json(body)


def kind_of(telling: Telling) -> Kind:
    """Its kind."""
    return next(kind for kind, model in _MODELS.items() if isinstance(telling, model))


def title_of(telling: Telling) -> str:
    """What it is called in a list."""
    return telling.deal.title if isinstance(telling, Opportunity) else telling.title
