"""The local engine: one pipe to each of a few spawned processes, so that a death is seen at once and tells its item.

concurrent.futures shares one queue among its workers: it knows neither which item killed a worker nor how it died, and
leaves busy workers running when its parent is killed.
"""

import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar, cast

from training.engines.worker import Failure, Worker, WorkerError, result_of, shown

T = TypeVar("T")
R = TypeVar("R")
AHEAD = 4  # results a worker may be ahead of the slowest item: keeps workers busy, and memory and disk bounded
LOOK = 1.0  # seconds after which a Ctrl-C is seen that came just before a wait began, which it does not interrupt
STOP_SECONDS = 5.0  # for a worker to end after SIGTERM, then SIGKILL


class InProcess:
    """Computes in this process: no start-up, nothing in parallel."""

    def map(self, make: Callable[[], Callable[[T], R]], items: Iterable[T]) -> Iterator[R]:
        """See Engine.map."""
        with contextlib.closing(Worker(make)) as worker:
            for item in items:
                yield result_of(worker(item), item)


class Processes:
    """Computes in `workers` processes, which live for one call of map."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(self, make: Callable[[], Callable[[T], R]], items: Iterable[T]) -> Iterator[R]:
        """See Engine.map."""
        with contextlib.closing(_Pool(make, self.workers)) as pool:
            yield from pool.map(items)


@contextlib.contextmanager
def open_processes(workers: int) -> Iterator["InProcess | Processes"]:
    """The local engine."""
    yield Processes(workers) if workers else InProcess()


def _serve(connection: Connection, make: Callable[[], Callable[[Any], Any]]) -> None:
    """A worker's life: until its parent closes the pipe or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    worker = Worker(make)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            _send(connection, worker(connection.recv()))


def _send(connection: Connection, done: object) -> None:
    try:
        connection.send(done)
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as exc:  # noqa: BLE001 (pickling runs foreign code; the parent must be told, not left waiting)
        connection.send(Failure(type(exc).__name__, f"the result cannot be sent: {exc}", ""))


def _leave_with_parent() -> None:
    """A parent that was killed closes nothing in order: a busy worker would go on for nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@dataclass
class _Hand:
    """One worker, seen from the parent."""

    process: BaseProcess
    pipe: Connection
    number: int = -1  # of the item under way
    item: Any = None


@dataclass
class _Pool:
    make: Callable[[], Callable[[Any], Any]]
    workers: int
    hands: list[_Hand] = field(default_factory=list)
    idle: list[_Hand] = field(default_factory=list)
    busy: dict[Connection, _Hand] = field(default_factory=dict)
    done: dict[int, tuple[Any, Any]] = field(default_factory=dict)  # results, with their items, that wait for earlier ones

    def map(self, items: Iterable[T]) -> Iterator[Any]:
        source = enumerate(items)
        for following in itertools.count():
            while following not in self.done:
                self._hand_out(source)
                if not self.busy:
                    return
                self._collect()
            yield result_of(*self.done.pop(following))

    def _hand_out(self, source: Iterator[tuple[int, Any]]) -> None:
        """Give every free worker an item, as long as there are any and results do not pile up."""
        while len(self.busy) < self.workers and len(self.busy) + len(self.done) < self.workers * AHEAD:
            numbered = next(source, None)
            if numbered is None:
                return
            hand = self.idle.pop() if self.idle else self._start()
            self._give(hand, *numbered)
            self.busy[hand.pipe] = hand

    def _collect(self) -> None:
        """Wait until a worker is done, or dead, or for LOOK."""
        for pipe in wait(list(self.busy), LOOK):
            hand = self.busy.pop(cast(Connection, pipe))
            self.done[hand.number] = (self._take(hand), hand.item)
            self.idle.append(hand)

    def _start(self) -> _Hand:
        # spawn: a fork would copy the parent's threads' locks (Arrow, tokenizers, Ray), and does so on Linux alone.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.make), daemon=True)
        process.start()
        theirs.close()  # so that the worker's death is the end of the pipe
        self.hands.append(_Hand(process, ours))
        return self.hands[-1]

    def _give(self, hand: _Hand, number: int, item: object) -> None:
        hand.number, hand.item = number, item
        try:
            hand.pipe.send(item)
        except (BrokenPipeError, ConnectionResetError) as exc:
            raise self._death(hand) from exc

    def _take(self, hand: _Hand) -> Any:
        try:
            return hand.pipe.recv()
        except (EOFError, ConnectionResetError) as exc:
            raise self._death(hand) from exc

    def _death(self, hand: _Hand) -> WorkerError:
        hand.process.join(STOP_SECONDS)
        code = hand.process.exitcode
        how = f"was killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with code {code}"
        hint = "; the machine may be out of memory, fewer workers need less" if code == -signal.SIGKILL else ""
        return WorkerError(f"a worker process {how}{hint} (at {shown(hand.item)})")

    def close(self) -> None:
        """End all workers, busy or not: what they write counts only once it is renamed."""
        for hand in self.hands:
            hand.pipe.close()
            hand.process.terminate()
        for hand in self.hands:
            hand.process.join(STOP_SECONDS)
            if hand.process.is_alive():
                hand.process.kill()
                hand.process.join()
