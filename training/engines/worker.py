"""What runs in each worker of any engine: it makes its function once, and sends a failure back as a value.

Exceptions do not travel as themselves: some cannot be pickled, and Ray would wrap or repeat them.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
SHOWN = 200  # characters of an item in a message


class EngineError(Exception):
    """The engine cannot be used; the message says what to do."""


class WorkerError(EngineError):
    """An item was not done. `kind`: the name of the exception's class in the worker; "" when the worker died."""

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception of a worker."""

    kind: str
    message: str
    trace: str


class Worker(Generic[T, R]):
    """Applies what `make` returns. Made on the first item, so that a `make` that raises is told like any other failure."""

    def __init__(self, make: Callable[[], Callable[[T], R]]) -> None:
        self._make = make
        self._function: Callable[[T], R] | None = None

    def __call__(self, item: T) -> R | Failure:
        """The result, or why there is none."""
        try:
            if self._function is None:
                self._function = self._make()
            return self._function(item)
        except Exception as exc:  # noqa: BLE001 (a worker loop: whatever went wrong is raised again in the parent)
            return Failure(type(exc).__name__, str(exc), traceback.format_exc())

    def close(self) -> None:
        """Let the function give back what it holds, where it has a close()."""
        closing = getattr(self._function, "close", None)
        if closing:
            closing()


def shown(item: object) -> str:
    """An item as messages name it."""
    text = repr(item)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def result_of(done: R | Failure, item: object) -> R:
    """The result; WorkerError, with the worker's traceback as a note, when there is none."""
    if isinstance(done, Failure):
        error = WorkerError(f"{done.kind}: {done.message} (at {shown(item)})".removeprefix(": "), done.kind)
        if done.trace:
            error.add_note(f"In the worker:\n{done.trace}")
        raise error
    return done
