"""Draws the products that a chat model learns from and is validated on: none twice, and none that repeats another part's."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.command_line.log import log
from training.data.parts import Parts, sampling_weights
from training.data.rows import Row, drop_repeats, product_text
from training.data.shingles import RepeatIndex
from training.fine_tuning import examples
from training.fine_tuning.examples import TRAIN, VALIDATION, ExampleError, Report


@dataclass(frozen=True)
class Drawing:
    """How many examples of each file, and how they are drawn: `balance` and `balance_rest` are powers of the price."""

    train: int
    validation: int
    balance: float
    balance_rest: float
    seed: int

    @property
    def powers(self) -> tuple[float, float]:
        """See sampling_weights."""
        return self.balance, self.balance_rest


def draw(rows: Sequence[Row], count: int, seed: int, balance: tuple[float, float]) -> list[Row]:
    """`count` different rows, drawn by the pricers' sampling weights: most rows are cheap, most questions are not."""
    if count > len(rows):
        raise ExampleError(f"{count} examples are wanted of {len(rows)} rows")
    weights = sampling_weights(rows, *balance)
    chosen = np.random.default_rng(seed).choice(len(rows), count, replace=False, p=weights / weights.sum())
    return [rows[i] for i in chosen]


def distinct(rows: Sequence[Row]) -> list[Row]:
    """Rows that repeat no row before them."""
    index = RepeatIndex([product_text(row) for row in rows])
    return [row for i, row in enumerate(rows) if not any(j < i for j in index.repeated_by(product_text(row)))]


def make_files(parts: Parts, out: Path, how: Drawing) -> tuple[Report, Report]:
    """Draw, write and check both files in `out`. ExampleError lists what is wrong."""
    train = draw(distinct(parts.fit), how.train, how.seed, how.powers)
    # What is held out repeats no fitted row but by the rarest of chains; the check below would find it.
    validation = draw(drop_repeats(distinct(parts.held), of=train), how.validation, how.seed, how.powers)
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in ((TRAIN, train), (VALIDATION, validation)):
        examples.write(out / name, rows)
    reports = examples.check_file(out / TRAIN), examples.check_file(out / VALIDATION)
    examples.ensure([*reports[0].problems, *reports[1].problems, *examples.check_repeats(*reports, parts.dev)])
    for report in reports:
        log(f"{report.path}: {json.dumps(report.summary())}")
    return reports
