"""Chooses by the clock how the small model multiplies: with 8-bit weights, or with float32 ones that take four times the memory.

Which is faster depends on the processor: one with instructions for sums of 8-bit products (VNNI, AMX, Arm's dot product) on the
former, an older one on the latter. Knows neither the model nor its runtime.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kernel = Literal["int8", "float32"]
CLEARLY = 1.15  # how many times as fast float32 has to be, since it costs memory and the clock of a busy machine errs
ROUNDS, FEWEST = 20, 3
SECONDS = 0.6  # after which no round begins, past the fewest


@dataclass(frozen=True)
class Times:
    """The least of several runs of the same products, in seconds: what else runs on a machine only ever adds."""

    int8: float
    float32: float

    @property
    def faster(self) -> Kernel:
        """float32 where it is clearly so."""
        return "float32" if self.float32 * CLEARLY < self.int8 else "int8"


def measure(int8: Callable[[], object], float32: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> Times:
    """Time both in turns, so that a busy moment of the machine meets both. The first runs, which allocate, do not count."""
    int8()
    float32()
    best, began = Times(float("inf"), float("inf")), clock()
    for done in range(ROUNDS):
        if done >= FEWEST and clock() - began > SECONDS:
            break
        best = Times(min(best.int8, _seconds(int8, clock)), min(best.float32, _seconds(float32, clock)))
    return best


def _seconds(run: Callable[[], object], clock: Callable[[], float]) -> float:
    started = clock()
    run()
    return clock() - started
