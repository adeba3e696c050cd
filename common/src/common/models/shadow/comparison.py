"""How a candidate's prices differ from those of the one in use: in all, and by category. Pure."""

import math
from dataclasses import dataclass, field

NEAR = math.log(1.2)  # within 20 %
MOST_CATEGORIES = 20  # the names come from callers: what comes after these counts as OTHER
OTHER, LONGEST_NAME = "other", 60


@dataclass
class Tally:
    """Sums over pairs of prices. `errors`: of |ln(candidate / live)|; `shifts`: the same with its sign; seconds for each text."""

    n: int = 0
    errors: float = 0.0
    shifts: float = 0.0
    near: int = 0
    live_seconds: float = 0.0
    candidate_seconds: float = 0.0

    def add(self, live: float, candidate: float, seconds: tuple[float, float]) -> None:
        """A pair of prices, and how long each took."""
        shift = math.log(candidate / live)
        self.n, self.errors, self.shifts = self.n + 1, self.errors + abs(shift), self.shifts + shift
        self.near += abs(shift) <= NEAR
        self.live_seconds, self.candidate_seconds = self.live_seconds + seconds[0], self.candidate_seconds + seconds[1]


@dataclass
class Comparison:
    """All pairs so far."""

    total: Tally = field(default_factory=Tally)
    by_category: dict[str, Tally] = field(default_factory=dict)

    def add(self, category: str | None, live: float, candidate: float, seconds: tuple[float, float]) -> None:
        """One more pair; prices that are no prices say nothing."""
        if not (0 < live < math.inf and 0 < candidate < math.inf):
            return
        self.total.add(live, candidate, seconds)
        self._of(category).add(live, candidate, seconds)

    def _of(self, category: str | None) -> Tally:
        name = (category or "none").strip()[:LONGEST_NAME] or "none"
        if name not in self.by_category and len(self.by_category) >= MOST_CATEGORIES:
            name = OTHER
        return self.by_category.setdefault(name, Tally())
