"""Gets every pricer's answers for the rows: those recorded, those that a run which was cut short has kept, and the rest asked now.

Knows nothing of truths.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from common.artifact import sha256
from training.evaluation import predictors, replay
from training.evaluation.batches import Batching, price_rows
from training.evaluation.ledger import Ledger
from training.evaluation.pricers import Answer
from training.evaluation.selection import Asked, Wanted
from training.evaluation.terminal import Display


def ledger_of(name: str, asked: Asked, wanted: Wanted, out: Path | None) -> Ledger:
    """Where a pricer's estimates are kept; those of a recorded one are all there already."""
    items = [replay.item_of(request) for request in asked.requests]
    if name in asked.recorded:
        ledger = Ledger(None, {}, items)
        ledger.add(range(len(items)), asked.recorded[name])
        return ledger
    stem = "estimates" if len(wanted.pricer) == 1 else f"estimates-{predictors.file_name(name)}"
    header = {"pricer": name, "data": sha256(wanted.data), "rows": len(items), "limit": wanted.limit, "seed": wanted.seed}
    header |= {"artifacts": predictors.fingerprint(name)}
    return Ledger(out / f"{stem}.jsonl" if out else None, header, items)


@contextmanager
def open_ledgers(asked: Asked, wanted: Wanted, out: Path | None) -> Iterator[dict[str, Ledger]]:
    """A ledger for each pricer. They are complete only when all pricers are done: until then a run can be resumed."""
    ledgers = {name: ledger_of(name, asked, wanted, out) for name in wanted.pricer}
    yield ledgers
    for ledger in ledgers.values():
        ledger.close()


async def answers_of(name: str, asked: Asked, ledger: Ledger, batching: Batching, *, is_quiet: bool) -> list[Answer]:
    """What the pricer says of the rows: recorded, kept by a run that was cut short, or asked now."""
    if ledger.missing:
        display = Display(name, asked.rows, Console(stderr=True), is_quiet)
        async with predictors.opened(name) as pricer:
            with display.running(ledger.answers):
                await price_rows(pricer, asked.requests, ledger, batching, display)
    return ledger.ordered
