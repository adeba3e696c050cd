"""Prices the chunks of a catalogue that are not priced yet, by the workers of an engine, with a progress bar."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.progress import Progress, TaskID

from common.product_files.reading import count
from common.product_files.record import Record, Unreadable
from common.product_files.request import request_from
from training.catalogue.asking import Asking
from training.catalogue.catalogue import Catalogue
from training.catalogue.chunk import Asks, Chunk, ChunkPricer, write_requests
from training.catalogue.describing import told_by
from training.command_line.progress import progress_bars
from training.engines.engine import Workforce


@dataclass
class _Waiting:
    """Draws chunks that are not done yet; a bar counts those that are."""

    catalogue: Catalogue
    progress: Progress
    task: TaskID
    describes: bool

    def __iter__(self) -> Iterator[Chunk]:
        for number, block in self.catalogue.blocks():
            chunk = self.catalogue.chunk(number)
            if chunk.results.exists():
                self.progress.advance(self.task, len(block))
                continue
            write_requests(chunk, [self._asks(row) for row in block])
            yield chunk

    def _asks(self, row: Record | Unreadable) -> Asks | Unreadable:
        request = request_from(row)
        return request if isinstance(request, Unreadable) else Asks(request, told_by(row) if self.describes else None)


def price_chunks(catalogue: Catalogue, asking: Asking, workforce: Workforce, console: Console) -> int:
    """Price what is not priced yet; rows priced or found wanting by this run."""
    done = failed = 0
    start = time.perf_counter()
    with progress_bars(console) as progress:
        task = progress.add_task("pricing", total=count(catalogue.source), told="")
        with workforce.open() as engine:
            for report in engine.map(partial(ChunkPricer, asking), _Waiting(catalogue, progress, task, bool(asking.describer))):
                done, failed = done + report.rows, failed + report.failed
                rate = done / (time.perf_counter() - start)
                progress.update(task, advance=report.rows, told=f"{rate:,.1f} rows/s, {failed:,} failed")
    return done
