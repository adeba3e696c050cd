"""Where the pricing of one file stands, as a page shows it. Knows no file and no service."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

State: TypeAlias = Literal["reading", "pricing", "waiting", "done", "failed", "cancelled"]
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})
MOST_ERRORS = 200  # rows whose error is kept to be shown; the file holds them all


@dataclass(frozen=True)
class RowError:
    """Why a row could not be priced. `row`: its number in the file."""

    row: int
    reason: str


@dataclass
class Job:
    """`rows`: how many there are, known once the file is read; `done`: how many are answered, of which `failed` have no price.

    `state`: waiting, where the ensemble is away or another file goes first; `problem`: why it waits or has failed. `columns`: which
    of the file's columns were understood, by what they tell. `counts`: verdicts of rows with an offered price. Times by the clock.
    """

    id: str
    name: str
    kind: str
    started: float
    state: State = "reading"
    rows: int | None = None
    done: int = 0
    failed: int = 0
    problem: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    ended: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.state in ENDED

    @property
    def share(self) -> float:
        """Of the work that is done, 0 to 1."""
        return self.done / self.rows if self.rows else float(self.state == "done")

    @property
    def has_result(self) -> bool:
        """Whether there is a priced file."""
        return self.state == "done"

    @property
    def result_name(self) -> str:
        """Of the priced file."""
        return f"{self.name.rpartition('.')[0] or self.name}-priced.{self.kind}"

    def count(self, row: int, verdict: str, error: str) -> None:
        """Note a row's answer."""
        self.done += 1
        if verdict:
            self.counts[verdict] = self.counts.get(verdict, 0) + 1
        if error:
            self.failed += 1
            if len(self.errors) < MOST_ERRORS:
                self.errors.append(RowError(row, error))
