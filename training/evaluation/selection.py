"""Which rows of a file are evaluated: those for which every recorded pricer has an estimate, or some of these drawn at random.

What was left out, and why, is told in notes. Knows nothing of live pricers.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from common.pricing import PriceRequest
from training.data.rows import Row
from training.evaluation import replay
from training.evaluation.batches import EvaluationError
from training.evaluation.evaluation_file import Rejects, read, request_of, sample
from training.evaluation.pricers import Answer


@dataclass(frozen=True)
class Wanted:
    """What is to be evaluated: pricers by name, on the rows of the file `data`, or `limit` of them drawn with `seed`."""

    pricer: tuple[str, ...]
    data: Path
    limit: int | None
    seed: int


@dataclass(frozen=True)
class Asked:
    """The rows that are evaluated, as they are asked, and the estimates that need not be asked; `notes` tell what was left out."""

    rows: list[Row]
    requests: list[PriceRequest]
    recorded: dict[str, list[Answer]]
    skipped: int
    available: int  # rows of which these are a sample
    notes: list[str]


def _read_rows(path: Path) -> list[Row]:
    rejects = Rejects()
    rows = list(read(path, rejects))
    if rejects.count:
        print(f"{rejects.count} rows of {path} cannot be used:", *rejects.reasons, sep="\n  ", file=sys.stderr)
    if not rows:
        raise EvaluationError(f"{path} holds no row with a text and a price")
    return rows


def select(wanted: Wanted) -> Asked:
    """The rows for which every recorded pricer has an estimate, and of these the sample. EvaluationError where there is none."""
    rows = _read_rows(wanted.data)
    requests = [request_of(row) for row in rows]
    sources = {name: name.removeprefix(replay.PREFIX) for name in wanted.pricer if name.startswith(replay.PREFIX)}
    recorded = {name: replay.recorded(source, rows, requests) for name, source in sources.items()}
    notes = []
    for name, answers in recorded.items():
        if lacking := answers.count(None):
            notes.append(f"{name} holds no estimate for {lacking:,} of {len(rows):,} rows: they are left out")
    common = [i for i in range(len(rows)) if all(answers[i] is not None for answers in recorded.values())]
    if not common:
        raise EvaluationError(f"{wanted.data} holds no row for which all of {', '.join(recorded)} have an estimate")
    if len(wanted.pricer) > 1 and len(common) < len(rows):
        notes.append(f"All pricers are compared on the {len(common):,} common rows alone")
    chosen = sample(common, wanted.limit, wanted.seed)
    if len(chosen) < len(common):
        notes.append(f"{len(chosen):,} of {len(common):,} rows were drawn at random (seed {wanted.seed})")
    found = {name: [answer for i in chosen if (answer := answers[i]) is not None] for name, answers in recorded.items()}
    skipped = len(rows) - len(common)
    return Asked([rows[i] for i in chosen], [requests[i] for i in chosen], found, skipped, len(common), notes)
