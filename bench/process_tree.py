"""A process and all that it started, directly or not. psutil is imported by need: a GPU machine may lack it."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any


def family(pid: int) -> list[Any]:
    """The process itself, then all below it, as psutil's; none where it is gone."""
    import psutil

    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill(processes: Sequence[Any]) -> None:
    """End them at once and without a word, those below first; who is gone already is no error."""
    import psutil

    for process in reversed(processes):
        with suppress(psutil.NoSuchProcess):
            process.kill()
