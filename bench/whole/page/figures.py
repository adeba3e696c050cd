"""Figures as a page tells them: taken out of a benchmark's output, beside a peer, with how many times as good ours is.

What is absent from an output, as after an older version of a benchmark or half a run, leaves a gap and stops nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Output = Mapping[str, Any]
# How a figure is written, by its unit: a share is a fraction, ln a mean distance of logarithms.
FORMATS = {
    "ln": "{:.3f}",
    "$": "${:,.2f}",
    "ms": "{:,.1f} ms",
    "us": "{:,.0f} µs",
    "s": "{:,.1f} s",
    "/s": "{:,.0f} a second",
    "MB": "{:,.0f} MB",
    "": "{:,.0f}",
}


@dataclass(frozen=True)
class Line:
    """A figure of ours, and that of a peer (None: there is none). `is_more_better`: of rates and shares.

    `is_bound`: what stands in the peer's place is no peer but what ours can reach at best, as the same without the work: no ratio.
    """

    what: str
    ours: float | None
    unit: str
    peer: float | None = None
    against: str = ""
    is_more_better: bool = False
    is_bound: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times as good ours is: above 1 is better than the peer. None where one is absent, nothing, or a bound."""
        if not self.ours or not self.peer or self.is_bound:
            return None
        return self.ours / self.peer if self.is_more_better else self.peer / self.ours


def number(output: Output, *path: str | int) -> float | None:
    """The number at `path`; None where there is none."""
    found: Any = output
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return None
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def rate(what: str, ours: float | None, peer: float | None = None, against: str = "") -> Line:
    """A line of so many a second."""
    return Line(what, ours, "/s", peer, against, is_more_better=True)


def bound(what: str, ours: float | None, unit: str, best: float | None, against: str) -> Line:
    """A line beside the best that it can be."""
    return Line(what, ours, unit, best, against, is_bound=True)


def share(what: str, ours: float | None, peer: float | None = None, against: str = "") -> Line:
    """A line of a fraction of which more is better."""
    return Line(what, ours, "%", peer, against, is_more_better=True)


def inside(what: str, ours: float | None) -> Line:
    """A line of truths within 80 % intervals: neither more nor less is better than that."""
    return bound(what, ours, "%", 0.8, "wanted")


def written(value: float | None, unit: str) -> str:
    """The figure with its unit; a dash for none."""
    if value is None:
        return "-"
    if unit == "%":
        return f"{value:.1%}".replace(".0%", "%").replace("%", " %")
    if (unit == "/s" and value < 20) or (unit == "ms" and value < 1):
        return f"{value:,.2f} {'a second' if unit == '/s' else 'ms'}"
    return FORMATS[unit].format(value)


def times(ratio: float | None) -> str:
    """A ratio as a person says it."""
    if ratio is None:
        return ""
    return f"{ratio:,.0f} ×" if ratio >= 20 else f"{ratio:.1f} ×" if ratio >= 2 else f"{ratio:.2f} ×"


def rows(header: Sequence[str], cells: Iterable[Sequence[str]]) -> list[str]:
    """A markdown table; nothing of no rows."""
    body = [f"| {' | '.join(row)} |" for row in cells]
    return [f"| {' | '.join(header)} |", "|---" * len(header) + "|", *body] if body else []


def table(lines: Iterable[Line]) -> list[str]:
    """Lines that have a figure, as a table in which the ratio comes first; its columns of peers only where there is one."""
    told = [line for line in lines if line.ours is not None]
    if not any(line.against for line in told):
        return rows(("", "figure"), ((line.what, written(line.ours, line.unit)) for line in told))
    return rows(
        ("", "times as good", "ours", "peer", "the peer"),
        (
            (
                line.what,
                times(line.ratio),
                written(line.ours, line.unit),
                written(line.peer, line.unit) if line.against else "",
                line.against,
            )
            for line in told
        ),
    )
