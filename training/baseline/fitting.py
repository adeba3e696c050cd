"""Fits the offline baselines on the rows that pricers are fitted on, and asks each for the held-out rows and the user's."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.baseline import models
from training.baseline.names import BaselineError, has
from training.baseline.representations import Representations
from training.baseline.results import Answered
from training.command_line.log import log
from training.data.parts import load_market, load_parts, sampling_weights
from training.data.rows import Row, drop_repeats


@dataclass(frozen=True)
class Fitting:
    """`balance` and `balance_rest`: powers of price in the fitted rows' weights (see sampling_weights).

    `threads`: for the forest and the nearest neighbours. `all_rows`: brand goods, the catalogue and deals beside the listings, at
    all prices that pricers know. `apart`: of how many of the asked rows, the first, nothing is fitted on that repeats them
    (None: of all).
    """

    balance: float = 0.0
    balance_rest: float = 0.0
    seed: int = 42
    threads: int = 2
    all_rows: bool = False
    apart: int | None = None


def fit_and_ask(names: Sequence[str], asked: Sequence[Row], data: Path, how: Fitting) -> list[Answered]:
    """The baselines' answers, with their mean absolute error on the held-out rows. BaselineError where a library is missing."""
    parts = load_market(data) if how.all_rows else load_parts(data).listings()
    fit, held = (drop_repeats(rows, of=asked[: how.apart]) for rows in (parts.fit, parts.held))
    weights = sampling_weights(fit, how.balance, how.balance_rest)
    inputs = Representations(fit, [*held, *asked], weights, how.seed, how.threads)
    truth = np.array([row.price for row in held], np.float64)
    log(f"fitting on {len(fit):,} rows, asking for {len(held):,} held-out ones and {len(asked):,} others")
    lines = []
    for name in names:
        if not has(models.library_of(name)):
            raise BaselineError(f"{name} needs {models.library_of(name)}: run `make training`")
        prices = models.answer(name, inputs)
        error = round(float(np.abs(prices[: len(held)] - truth).mean()), 3)
        log(f"{name:<22} held-out error {error:.2f}")
        lines.append(Answered(name, models.label_of(name), "baseline", prices[len(held) :], held=error))
    return lines
