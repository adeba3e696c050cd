"""The progress bars of the commands: how far each step is, what it tells of itself, the time gone and the time left."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn


def progress_bars(console: Console, *, is_shown: bool = True) -> Progress:
    """Bars for tasks that carry the field `told`, their words of the moment."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"))
    times = (TimeElapsedColumn(), TextColumn("ETA"), TimeRemainingColumn())
    return Progress(*columns, *times, console=console, disable=not is_shown)
