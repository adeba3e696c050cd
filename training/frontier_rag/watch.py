"""Shows how far each step of a long run is, its rate and when it will end: bars on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, TaskID

from training.command_line.progress import progress_bars

TELL_SECONDS = 10.0  # between two lines of progress where the output is no terminal


class Watch:
    """Shows how far each step is, with its rate and when it will end."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self.progress, self.console = progress, console
        self._tasks: dict[str, tuple[TaskID, float]] = {}
        self._said = 0.0

    def told(self, what: str, done: int, total: int) -> None:
        """`done` of `total` characters or items."""
        now = time.monotonic()
        if what not in self._tasks:
            self._tasks[what] = self.progress.add_task(what, total=total, told=""), now
        task, began = self._tasks[what]
        rate = done / max(now - began, 1e-3)
        words = f"{rate:,.0f} {'characters' if what == 'embedding' else 'products'}/s"
        self.progress.update(task, completed=done, told=words)
        if not self.console.is_terminal and (now - self._said >= TELL_SECONDS or done >= total > 0):
            self._said = now
            left = f", {words}, {(total - done) / rate:,.0f} s left" if done else ""  # at the beginning no rate is known
            self.console.print(f"{what}: {done:,} of {total:,}{left}", highlight=False)


@contextmanager
def watching(console: Console) -> Iterator[Watch]:
    """A bar for each step on a terminal, a line now and then elsewhere."""
    with progress_bars(console, is_shown=console.is_terminal) as progress:
        yield Watch(progress, console)
