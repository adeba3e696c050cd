"""training.engines.parallel: what several processes or threads answer is what one does, in its order."""

import os
from dataclasses import dataclass

import numpy as np
import pytest

from training.engines.parallel import in_processes, in_threads

NUMBERS = np.arange(200_000, dtype=np.float64)  # more than a megabyte: it is mapped rather than copied


@dataclass(frozen=True)
class Held:
    """An array within an object, as an index has them."""

    numbers: np.ndarray


def total(held: Held, first: int, last: int) -> tuple[float, int]:
    if first > last:
        raise ValueError(f"{first} comes after {last}")
    return float(held.numbers[first:last].sum()), os.getpid()


def parts(count: int) -> list[tuple[Held, int, int]]:
    return [(Held(NUMBERS), start, start + 1000) for start in range(0, 1000 * count, 1000)]


def expected(count: int) -> list[float]:
    return [1000 * start + 999 * 500.0 for start in range(0, 1000 * count, 1000)]


def test_one_job_computes_in_this_process_and_needs_no_library() -> None:
    sums, processes = zip(*in_processes(total, iter(parts(3)), 1), strict=True)
    assert list(sums) == expected(3)
    assert set(processes) == {os.getpid()}


def test_several_processes_answer_the_same_in_the_same_order() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    sums, processes = zip(*in_processes(total, iter(parts(20)), 2), strict=True)
    assert list(sums) == expected(20)
    assert os.getpid() not in processes


def test_what_one_of_them_raises_is_raised_here() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    with pytest.raises(ValueError, match="9 comes after 3"):
        in_processes(total, [*parts(2), (Held(NUMBERS), 9, 3)], 2)


def test_threads_answer_in_order_and_raise() -> None:
    pytest.importorskip("threadpoolctl", reason="needs scikit-learn (make training)")
    with in_threads(2) as pool:
        assert [found for found, _ in pool.map(total, *zip(*parts(5), strict=True))] == expected(5)
    with pytest.raises(ValueError, match="9 comes after 3"), in_threads(2) as pool:
        list(pool.map(total, [Held(NUMBERS)], [9], [3]))
