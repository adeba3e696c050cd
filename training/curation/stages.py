"""The two stages of a curation, each with its progress bar: every chunk through the engine to a shard, all shards to splits."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from training.command_line.progress import progress_bars
from training.curation.assemble import STEPS, assemble
from training.curation.chunks import Chunk, cut
from training.curation.curator import Curator
from training.curation.options import Options
from training.curation.rejects import RejectsFile
from training.curation.settings import Settings
from training.curation.shards import Report
from training.curation.stats import CurationStats
from training.data.whole_files import whole_file

REJECTS = "rejects.jsonl"


class Reading:
    """Runs every chunk and gathers the reports: counts, seconds by stage, rejects, and the shards that hold rows."""

    def __init__(self, settings: Settings, rejects: RejectsFile) -> None:
        self.settings, self.rejects = settings, rejects
        self.stats, self.seconds = CurationStats(), dict[str, float]()
        self.numbers: list[int] = []
        self.waiting: dict[int, Chunk] = {}

    def drawn(self, chunks: Iterator[Chunk]) -> Generator[Chunk, None, None]:
        """The chunks, remembered until their report comes."""
        for chunk in chunks:
            self.waiting[chunk.number] = chunk
            yield chunk

    def add(self, report: Report) -> Chunk:
        """Take up one report."""
        chunk = self.waiting.pop(report.number)
        self.rejects.add(chunk, report.lines, self.settings.shards)
        self.stats.merge(report.stats)
        for stage, seconds in report.seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
        if report.kept:
            self.numbers.append(report.number)
        if chunk.is_unpacked:
            chunk.path.unlink(missing_ok=True)
        return chunk

    def summary(self, seconds: float) -> dict[str, Any]:
        """What came of the rows, and how long each stage took; `seconds`: the whole run."""
        stats = self.stats
        return {
            "rows": stats.rows,
            "kept": stats.kept,
            "sampled": stats.sampled,
            "splits": stats.splits,
            "dropped": stats.dropped,
            "seconds": round(seconds, 2),
            "rows_per_second": round(stats.rows / seconds, 1),
            "stage_seconds": {stage: round(value, 2) for stage, value in self.seconds.items()},
        }


def read_all(options: Options, sources: list[Path], settings: Settings, console: Console) -> Reading:
    """Every chunk through the engine; bad lines go to the rejects file."""
    total = sum(path.stat().st_size for path in sources)
    start = time.perf_counter()
    with (
        whole_file(options.out / REJECTS) as part,
        part.open("w", encoding="utf-8") as file,
        progress_bars(console) as progress,
    ):
        reading = Reading(settings, RejectsFile(file))
        task = progress.add_task("reading", total=total, told="")
        chunks = reading.drawn(cut(sources, settings.shards, options.chunk_bytes))
        with options.workforce.open() as engine, closing(chunks):
            for report in engine.map(partial(Curator, settings), chunks):
                chunk = reading.add(report)
                rate = reading.stats.rows / (time.perf_counter() - start)
                progress.update(task, advance=chunk.stored, told=f"{reading.stats.rows:,} rows, {rate:,.0f} rows/s")
        progress.update(task, completed=total)
    return reading


def finish(options: Options, reading: Reading, console: Console) -> None:
    """Duplicates, sample, splits and their files; counts go to the reading's stats."""
    kept, seconds = reading.stats.kept, reading.seconds
    last = time.perf_counter()
    with progress_bars(console) as progress:
        task = progress.add_task("duplicates and splits", total=STEPS, told="")

        def told(stage: str, words: str) -> None:
            nonlocal last
            now = time.perf_counter()
            seconds[stage], last = seconds.get(stage, 0.0) + now - last, now
            progress.update(task, advance=1, told=words)

        assemble(reading.settings.shards, reading.numbers, options.out, options.choice, reading.stats, told)
        progress.update(task, completed=STEPS, told=f"{kept:,} rows compared")
