"""Prices rows in batches, a bounded number of them in flight; the answers lie in the ledger in the order of the rows.

When a batch fails no new one is begun, those in flight are kept, and the error names the rows. Knows nothing of truths.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from common.errors import PricingAgentError
from common.pricing import PriceRequest
from training.evaluation.ledger import Ledger
from training.evaluation.pricers import Answer, EvaluatedPricer

Watch = Callable[[int, Answer], None]  # is told of each row, by its position, as its answer comes
BATCH = 50  # rows: the specialist takes about a second for them on two cores
CONCURRENCY = 4


class EvaluationError(Exception):
    """The evaluation cannot be finished; the message says at which rows and what was kept."""


@dataclass(frozen=True)
class Batching:
    """How much is asked at once: rows in a batch, batches in flight."""

    batch: int = BATCH
    concurrency: int = CONCURRENCY


def _ignore(_position: int, _answer: Answer) -> None:
    pass


async def price_rows(
    pricer: EvaluatedPricer, requests: Sequence[PriceRequest], ledger: Ledger, batching: Batching, watch: Watch = _ignore
) -> list[Answer]:
    """Price the rows that `ledger` does not hold yet; all answers in the order of the rows, or EvaluationError."""
    missing = ledger.missing
    batches = (missing[start : start + batching.batch] for start in range(0, len(missing), batching.batch))
    failures: list[tuple[list[int], PricingAgentError]] = []

    async def work(waiting: Iterator[list[int]]) -> None:
        while not failures and (positions := next(waiting, None)):
            try:
                answers = await pricer.answer([requests[i] for i in positions])
            except PricingAgentError as exc:
                failures.append((positions, exc))
                return
            ledger.add(positions, answers)
            for position, answer in zip(positions, answers, strict=True):
                watch(position, answer)

    await asyncio.gather(*(work(batches) for _ in range(batching.concurrency)))
    if failures:
        positions, cause = min(failures, key=lambda failure: failure[0][0])
        raise EvaluationError(_failure(positions, cause, ledger)) from cause
    return ledger.ordered


def _failure(positions: Sequence[int], cause: PricingAgentError, ledger: Ledger) -> str:
    kept = f"{len(ledger.answers)} of {len(ledger.items)} are kept, the same command goes on" if ledger.path else "nothing is kept"
    return f"rows {positions[0] + 1} to {positions[-1] + 1} were not priced: {cause} ({kept})"
