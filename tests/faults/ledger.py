"""What a fault cost: how many alerts were published, lost, repeated, and told to a person as perhaps delivered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Tally:
    """One line. `extra` counts pushes beyond the first of each alert; `kills`: of the notifier; `told`: shown as unknown."""

    fault: str
    published: int
    lost: int
    repeated: int
    extra: int
    kills: int = 0
    told: int = 0
    remark: str = ""

    @staticmethod
    def of(
        fault: str, published: Sequence[str], taken: Iterable[str], *, kills: int = 0, told: int = 0, remark: str = ""
    ) -> "Tally":
        """Of the titles that were published, and those that a receiver took, in order."""
        counts = Counter(taken)
        more = [counts[title] - 1 for title in published if counts[title] > 1]
        lost = sum(1 for title in published if not counts[title])
        return Tally(fault, len(published), lost, len(more), sum(more), kills, told, remark)


TABLE: list[Tally] = []


def as_markdown(tallies: Sequence[Tally]) -> list[str]:
    """Lines of a table."""
    head = "| fault | published | lost | repeated | pushes too many | kills | told | remark |"
    names = [each.name for each in fields(Tally)]
    rows = [" | ".join(_shown(getattr(tally, name)) for name in names) for tally in tallies]
    return [head, "|---" * len(names) + "|", *(f"| {row} |".replace("|  |", "| |") for row in rows)]


def as_json(tallies: Sequence[Tally], *, passed: bool) -> dict[str, Any]:
    """All of it, and the sums that a promise is held to. `beyond`: pushes too many that no kill explains."""
    return {
        "passed": passed,
        "published": sum(each.published for each in tallies),
        "lost": sum(each.lost for each in tallies),
        "extra": sum(each.extra for each in tallies),
        "beyond": sum(max(0, each.extra - each.kills) for each in tallies),
        "faults": [asdict(each) for each in tallies],
    }


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
