"""What a person sees in the terminal: coloured lines of items above a progress bar, then tables.

On something else than a terminal (a log, a pipe) there are no escape codes and a line for each tenth of the rows instead. Items
and progress go to stderr, tables to stdout. Knows nothing of how estimates are made.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from training.data.rows import Row
from training.evaluation.comparison import Difference
from training.evaluation.findings import Evaluated
from training.evaluation.metrics import Outcome, Score, colours
from training.evaluation.pricers import Answer

MARKS = {"green": "✓", "orange": "~", "red": "✗"}  # for whoever does not tell the colours apart
STYLES = {"green": "green", "orange": "yellow", "red": "red"}
SHOWN_GROUP = 20  # rows: the tables leave smaller groups to the JSON and the report
TENTHS = 10


def plain(title: str) -> str:
    """A title without what could move the cursor or colour the screen."""
    return "".join(" " if unicodedata.category(char).startswith("C") else char for char in title).strip()


def item_line(row: Row, answer: Answer, width: int) -> Text:
    """One item: mark, truth, estimate, error and as much of the title as fits."""
    truth = np.array([row.price], np.float64)
    outcome = Outcome.points(truth, np.array([answer.price]))
    (tone,) = colours(outcome)
    figures = f"{MARKS[tone]} {truth[0]:>9,.2f} {answer.price:>9,.2f} {outcome.errors[0]:>9,.2f}  "
    line = Text(figures, style=STYLES[tone])
    line.append(plain(row.title or row.main_category), style="default")
    line.truncate(width, overflow="ellipsis")
    return line


class Display:
    """Shows one pricer's progress; an object for batches.Watch."""

    def __init__(self, name: str, rows: Sequence[Row], console: Console, is_quiet: bool) -> None:
        self.name, self.rows, self.console, self.is_quiet = name, rows, console, is_quiet
        self.done, self.errors = 0, 0.0
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self.task = TaskID(0)

    @contextmanager
    def running(self, kept: Mapping[int, Answer]) -> Iterator["Display"]:
        """While the pricer works; `kept` answers of an earlier run count as done."""
        for position, answer in kept.items():
            self._count(position, answer)
        if kept and not self.is_quiet:
            self.console.print(f"{self.name}: {len(kept):,} estimates are kept from a run that was cut short", markup=False)
        if self.console.is_terminal and not self.is_quiet:
            self.console.print(Text(f"  {'truth $':>9} {'estim. $':>9} {'error $':>9}  product", style="bold"))
        with self.bar:
            self.task = self.bar.add_task(plain(self.name), total=len(self.rows), completed=self.done)
            yield self

    def __call__(self, position: int, answer: Answer) -> None:
        """An answer came."""
        self._count(position, answer)
        if self.console.is_terminal:
            if not self.is_quiet:
                self.bar.console.print(item_line(self.rows[position], answer, self.console.width))
            self.bar.update(self.task, completed=self.done)
        elif not self.is_quiet and self.done * TENTHS // len(self.rows) > (self.done - 1) * TENTHS // len(self.rows):
            told = f"{self.name}: {self.done:,} of {len(self.rows):,} priced, mean error so far ${self.errors / self.done:.2f}"
            self.console.print(told, markup=False, highlight=False, soft_wrap=True)

    def _count(self, position: int, answer: Answer) -> None:
        self.done += 1
        self.errors += abs(answer.price - float(self.rows[position].price or 0.0))


def _cells(score: Score) -> str:
    low, high = score["mae_ci95"]
    coverage = "-" if score["coverage80"] is None else f"{score['coverage80']:.1%}"
    width = "-" if score["width"] is None else f"{score['width']:.2f}"
    shares = f"{score['rmsle']:>7.3f}{score['hits']:>7.1%}{coverage:>8}{score['log_bias']:>+8.3f}"
    return f"{score['n']:>7}{score['mae']:>8.2f}{f'{low:.1f} to {high:.1f}':>16}{shares}{score['bias']:>+9.2f}{width:>9}"


def print_scores(groups: Mapping[str, Mapping[str, Score]]) -> None:
    """A line for each group that is not too small."""
    print(f"{'':<26}{'n':>7}{'MAE $':>8}{'95 %':>16}{'RMSLE':>7}{'hits':>7}{'in 80 %':>8}{'ln bias':>8}{'bias $':>9}{'width $':>9}")
    for siblings in groups.values():
        for name, score in siblings.items():
            if len(siblings) == 1 or score["n"] >= SHOWN_GROUP:
                print(f"{plain(name)[:25]:<26}{_cells(score)}")


def difference_line(found: Difference) -> str:
    """One paired difference in words."""
    low, high = found["ci_adjusted"]
    verdict = f"{found['better']} is better" if found["better"] else "no difference is shown"
    nearer = f"nearer on {found['nearer']:.0%}" + (f", equal on {found['ties']:.0%}" if found["ties"] else "")
    return f"{found['a']} less {found['b']}: {found['difference']:+.2f} $ ({low:+.2f} to {high:+.2f}), {nearer}: {verdict}"


def family_note(count: int, what: str) -> str:
    """How many comparisons were made and what that means for their intervals."""
    if count == 1:
        return f"1 comparison {what}, 95 % interval"
    return (
        f"{count} comparisons {what}, each with a {1 - 0.05 / count:.2%} interval, so that all hold together with 95 % (Bonferroni)"
    )


def print_differences(found: Sequence[Difference]) -> None:
    """The pairs compared, then the same by split."""
    print(f"\nDifferences of the mean error: {family_note(found[0]['comparisons'], 'on all rows')}")
    for each in found:
        print(f"  {difference_line(each)}")
    parts = [(split, part) for each in found for split, part in each.get("by", {}).get("split", {}).items()]
    if parts:
        print(f"By split: {family_note(parts[0][1]['comparisons'], 'by split')}")
        for split, part in parts:
            print(f"  {plain(split)}: {difference_line(part)}")
    print()


def print_findings(evaluated: Sequence[Evaluated], found: Sequence[Difference], notes: Sequence[str]) -> None:
    """One pricer with its groups, or several beside each other group by group, and their differences; then the notes."""
    if len(evaluated) == 1:
        (only,) = evaluated
        print_scores({"all": {only.name: only.total}, **only.groups})
        print("\nby the band of the estimate, where a calibrated pricer has no bias")
        print_scores({"estimate_band": only.levels})
    else:
        for key in ("split", "price_band"):
            for group in evaluated[0].groups[key]:
                print(f"\n{group}")
                print_scores({each.name: {each.name: each.groups[key][group]} for each in evaluated})
        print("\nall")
        print_scores({each.name: {each.name: each.total} for each in evaluated})
        print_differences(found)
    print(*(f"{note}." for note in notes), sep="\n", end="\n" if notes else "")
