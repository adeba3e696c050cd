"""Runs one function over many small work units: in processes of this machine, or on a Ray cluster. The results are the same.

    with open_engine("local", workers=2) as engine:
        for report in engine.map(partial(Curator, settings), chunks): ...

An item says where work lies (a file and a range of it) and a result is a short report; bulk data goes through files that
all workers see. Knows nothing of products.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

ENGINES = ("local", "ray")
T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """Somewhere to run a function."""

    def map(self, make: Callable[[], Callable[[T], R]], items: Iterable[T]) -> Iterator[R]:
        """Results in the order of `items`. `make` (picklable) runs once in each worker and returns the function for one item.

        Where that has a close(), it is called at the end by a worker that is this very process; the others just end.

        Raises engines.worker.WorkerError when that function, or `make`, raises, or when a worker dies. Items are drawn as workers
        become free by the local engine; Ray needs to know all of them beforehand.
        """
        ...


def open_engine(name: str, workers: int, address: str | None = None) -> AbstractContextManager[Engine]:
    """The engine `name` of ENGINES with so many workers; what it started ends with the context, also on Ctrl-C.

    "local": processes of this machine; workers=0 computes in this very process. "ray": Ray Data, on the cluster at `address`,
    else on a Ray started here for as long as the context lasts; EngineError when Ray is not installed or cannot be joined.
    """
    if name not in ENGINES:
        raise ValueError(f"unknown engine {name!r}; known are {', '.join(ENGINES)}")
    if workers < (name == "ray"):
        raise ValueError(f"{workers} workers are too few for the engine {name}")
    if name == "ray":
        from training.engines.ray_data import open_ray

        return open_ray(workers, address)
    if address is not None:
        raise ValueError("an address is for the engine ray alone")
    from training.engines.processes import open_processes

    return open_processes(workers)


@dataclass(frozen=True)
class Workforce:
    """Who works for a run: an engine of ENGINES, how many workers it has, and for Ray the cluster's address."""

    engine: str
    workers: int
    address: str | None = None

    def open(self) -> AbstractContextManager[Engine]:
        """See open_engine."""
        return open_engine(self.engine, self.workers, self.address)
