"""Cores of this machine for work over arrays that are in memory already: processes that share them, or threads.

The engines hand out files and ranges instead; what needs no more than one machine and its memory is shorter so.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

R = TypeVar("R")


def in_processes(function: Callable[..., R], parts: Iterable[tuple[Any, ...]], jobs: int) -> list[R]:
    """`function` of the arguments of each part, in order, by `jobs` processes; 1 computes here.

    For Python that holds the GIL. Arrays of more than a megabyte are mapped by all processes rather than copied to each, also
    those within other objects (joblib), so that a part may carry what it has in common with the others.
    """
    if jobs == 1:
        return [function(*part) for part in parts]
    from sklearn.utils.parallel import Parallel, delayed

    return list(Parallel(n_jobs=jobs)(delayed(function)(*part) for part in parts))


@contextmanager
def in_threads(jobs: int) -> Iterator[ThreadPoolExecutor]:
    """Threads for what releases the GIL, like SciPy's products of sparse matrices, in which the time of linear models goes.

    BLAS's own threads, of which each model's small products would start more, made two at a time slower than one after the other.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), ThreadPoolExecutor(jobs) as pool:
        yield pool
