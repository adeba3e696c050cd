"""Work for the engines' tests, in a module of its own since workers import it by name."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path


class Square:
    """Squares at an uneven pace; each instance leaves a line in `log`."""

    def __init__(self, log: Path) -> None:
        with log.open("a") as file:
            file.write(f"{os.getpid()}\n")

    def __call__(self, item: int) -> int:
        time.sleep(0.01 * (item % 3))
        return item * item


class OddError(Exception):
    """Cannot be unpickled: its constructor wants two arguments."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"odd {one} {other}")


class At:
    """Does `what` at item 3 and gives back the others."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __call__(self, item: int) -> object:
        if item != 3:
            return item
        if self.what == "raise":
            raise OddError(item, item)
        if self.what == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        return threading.Lock()  # cannot be pickled


class ProcessId:
    """The worker's process; from item 2 on only after a minute."""

    def __call__(self, item: int) -> int:
        time.sleep(60 if item > 1 else 0)
        return os.getpid()


def make_failing() -> Callable[[int], int]:
    raise FileNotFoundError("no tokenizer")


def is_running(process: int) -> bool:
    """Whether the process exists and is more than a zombie."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False


def wait_until_gone(processes: list[int], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while any(map(is_running, processes)):
        assert time.monotonic() < until, f"still running: {[each for each in processes if is_running(each)]}"
        time.sleep(0.05)
