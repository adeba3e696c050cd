"""What a fault cost: how many alerts were published, lost, repeated, and told to a person as perhaps delivered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """One line. `extra` counts pushes beyond the first of each alert; `told`: those that /notifications shows as unknown."""

    fault: str
    published: int
    lost: int
    repeated: int
    extra: int
    told: int = 0
    remark: str = ""

    @staticmethod
    def of(fault: str, published: Sequence[str], taken: Iterable[str], told: int = 0, remark: str = "") -> "Tally":
        """Of the titles that were published, and those that a receiver took, in order."""
        counts = Counter(taken)
        more = [counts[title] - 1 for title in published if counts[title] > 1]
        lost = sum(1 for title in published if not counts[title])
        return Tally(fault, len(published), lost, len(more), sum(more), told, remark)

    @staticmethod
    def table(tallies: Sequence["Tally"]) -> list[str]:
        """Lines of a table in Markdown."""
        head = "| fault | published | lost | repeated | pushes too many | told | remark |"
        rows = [f"| {t.fault} | {t.published:,} | {t.lost} | {t.repeated} | {t.extra} | {t.told} | {t.remark} |" for t in tallies]
        return [head, "|---|---|---|---|---|---|---|", *rows]


TABLE: list[Tally] = []
