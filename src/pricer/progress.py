"""Shows on the terminal that long work goes on. Nothing of it where standard error is no terminal, or a program reads (`quiet`)."""

import contextlib
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn


def bar(*, quiet: bool = False) -> Progress:
    """For work whose end is known; a task each."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=_is_off(quiet=quiet))


@contextlib.contextmanager
def waiting(text: str, *, quiet: bool = False) -> Iterator[None]:
    """For work whose end is not known: what is done, and for how long already. It leaves no trace."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=_is_off(quiet=quiet), transient=True) as progress:
        progress.add_task(text, total=None)
        yield


def _is_off(*, quiet: bool) -> bool:
    return quiet or not sys.stderr.isatty()
