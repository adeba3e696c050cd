"""What the door of the rates gives."""

from datetime import date, datetime

from pydantic import BaseModel


class RateView(BaseModel):
    """What one unit of a currency is worth in dollars. said_by: bank, of `day`; or setting."""

    currency: str
    dollars: float
    said_by: str
    day: date | None


class RatesView(BaseModel):
    """The rates that count now. `asked`: when the bank was last asked; `problem`: why its answer, or part of it, did not count."""

    items: list[RateView]
    asked: datetime | None
    problem: str | None
