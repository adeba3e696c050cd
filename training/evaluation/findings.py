"""What an evaluation found, ready to be shown: the rows' titles, each pricer's answers and scores, and how the pricers differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from training.evaluation.comparison import Difference
from training.evaluation.metrics import Outcome, Score


@dataclass(frozen=True)
class Evaluated:
    """One pricer. `groups`: its scores by split, category and price_band."""

    name: str
    outcome: Outcome
    total: Score
    groups: Mapping[str, Mapping[str, Score]]


@dataclass(frozen=True)
class Study:
    """All pricers, asked for the same rows of the file `data`. `notes` tell what a reader must know; `seed` draws points."""

    data: str
    titles: Sequence[str]
    evaluated: Sequence[Evaluated]
    differences: Sequence[Difference] = ()
    notes: Sequence[str] = field(default_factory=list)
    seed: int = 42
