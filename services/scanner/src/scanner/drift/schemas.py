"""What the door to drift gives."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class FigureView(BaseModel):
    """psi, unknown_share, degraded_share or interval_coverage. `value`: null where it is not known; `n`: prices behind it."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    value: float | None
    n: int
    bound: float
    is_beyond: bool


class DriftFigures(BaseModel):
    """`looked`: when; `problem`: why some are missing, empty where none is."""

    looked: datetime | None
    problem: str
    figures: list[FigureView]
