"""What a part of the page is: a benchmark, what its figures answer, and how they are told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.whole.page.figures import Line, Output, table


@dataclass(frozen=True)
class Part:
    """`lines` are its figures beside peers, of which the table is made unless `tell` makes another."""

    bench: str
    title: str
    lines: Callable[[Output], list[Line]]
    words: str = ""
    tell: Callable[[Output], list[str]] | None = None

    def told(self, output: Output) -> list[str]:
        """The table, as lines of markdown; none where the output holds nothing that this part knows."""
        return self.tell(output) if self.tell else table(self.lines(output))


@dataclass(frozen=True)
class Section:
    """Parts that answer one question."""

    title: str
    words: str
    parts: Sequence[Part]
