"""Makes a training set of items from raw product metadata: rules, near-duplicates, a sample, splits. The last line is JSON.

    uv run python -m training.items_curate [SOURCE ...] --out DIR [--lite] [--engine ray --address ...] [--push user/name]

A SOURCE is hf:McAuley-Lab/Amazon-Reviews-2023[:Category,...], a file (.jsonl, .gz, .xz, .zst, .parquet) or a folder of them.
The same command run again goes on where it stopped. Knows nothing of models; a tokenizer is all that it takes of one.
"""

import json
import shutil
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from common.artifact import sha256, write_meta
from training.curation.assemble import STEPS, assemble
from training.curation.charts import write_charts
from training.curation.chunks import Chunk, cut
from training.curation.curator import Curator
from training.curation.hub import PushError, hub_token, push
from training.curation.options import Options, parse
from training.curation.rejects import RejectsFile, drops_table, in_order
from training.curation.settings import Settings, run_key
from training.curation.shards import Report
from training.curation.sources import SourceError
from training.curation.splits import SPLITS
from training.curation.stats import CurationStats
from training.curation.tokens import TokenizerError, load_tokens
from training.engines.engine import open_engine
from training.engines.worker import EngineError

FORMAT_VERSION, COMMAND = 1, "uv run python -m training.items_curate"
STATS, REJECTS = "stats.json", "rejects.jsonl"


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"))
    return Progress(*columns, TimeElapsedColumn(), TextColumn("ETA"), TimeRemainingColumn(), console=console)


class _Reading:
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


def read_all(options: Options, sources: list[Path], settings: Settings, console: Console) -> _Reading:
    """Every chunk through the engine, with a progress bar; bad lines go to the rejects file."""
    part = options.out / f"{REJECTS}.part"
    total = sum(path.stat().st_size for path in sources)
    start = time.perf_counter()
    with part.open("w", encoding="utf-8") as file, _progress(console) as progress:
        reading = _Reading(settings, RejectsFile(file))
        task = progress.add_task("reading", total=total, told="")
        chunks = reading.drawn(cut(sources, settings.shards, options.chunk_bytes))
        with open_engine(options.engine, options.workers, options.address) as engine, closing(chunks):
            for report in engine.map(partial(Curator, settings), chunks):
                chunk = reading.add(report)
                rate = reading.stats.rows / (time.perf_counter() - start)
                progress.update(task, advance=chunk.stored, told=f"{reading.stats.rows:,} rows, {rate:,.0f} rows/s")
        progress.update(task, completed=total)
    part.replace(options.out / REJECTS)
    return reading


def finish(options: Options, reading: _Reading, console: Console) -> None:
    """Duplicates, sample, splits and their files; counts go to the reading's stats."""
    kept, seconds = reading.stats.kept, reading.seconds
    last = time.perf_counter()
    with _progress(console) as progress:
        task = progress.add_task("duplicates and splits", total=STEPS, told="")

        def told(stage: str, words: str) -> None:
            nonlocal last
            now = time.perf_counter()
            seconds[stage], last = seconds.get(stage, 0.0) + now - last, now
            progress.update(task, advance=1, told=words)

        assemble(reading.settings.shards, reading.numbers, options.out, options.choice, reading.stats, told)
        progress.update(task, completed=STEPS, told=f"{kept:,} rows compared")


def _write_stats(out: Path, stats: CurationStats) -> None:
    part = out / f"{STATS}.part"
    part.write_text(json.dumps(stats.to_json()) + "\n", encoding="utf-8")
    part.replace(out / STATS)


def _summary(reading: _Reading, seconds: float) -> dict[str, Any]:
    stats = reading.stats
    return {
        "rows": stats.rows,
        "kept": stats.kept,
        "sampled": stats.sampled,
        "splits": stats.splits,
        "dropped": stats.dropped,
        "seconds": round(seconds, 2),
        "rows_per_second": round(stats.rows / seconds, 1),
        "stage_seconds": {stage: round(value, 2) for stage, value in reading.seconds.items()},
    }


def curate(options: Options, console: Console) -> dict[str, Any]:
    """The whole run; the summary that is printed last. SourceError, TokenizerError or EngineError say what is wrong."""
    start = time.perf_counter()
    options.out.mkdir(parents=True, exist_ok=True)
    sources, tokenizer = options.files(), options.tokenizer_file()
    load_tokens(tokenizer)  # so that a wrong one is told at once, not by a worker
    key = run_key(options.rules, tokenizer, list(options.exclude), sources, options.chunk_bytes)
    settings = Settings(tokenizer, options.out / f".shards-{key}", options.rules, tuple(options.exclude))
    settings.shards.mkdir(exist_ok=True)
    (options.out / "meta.json").unlink(missing_ok=True)  # until this run is done the folder is not complete
    reading = read_all(options, sources, settings, console)
    finish(options, reading, console)
    reading.stats.dropped = in_order(reading.stats.dropped)
    _write_stats(options.out, reading.stats)
    console.print(drops_table(reading.stats))
    page = write_charts(options.out, reading.stats)
    summary = _summary(reading, time.perf_counter() - start)
    files = [STATS, REJECTS, *(f"{name}.parquet" for name in SPLITS), page.name, *(path.name for path in options.out.glob("*.png"))]
    inputs = {str(path): sha256(path) for path in (*sources, tokenizer, *options.exclude)}
    write_meta(
        options.out, format_version=FORMAT_VERSION, command=COMMAND, files=files, arguments=options.told(), inputs=inputs, **summary
    )
    if not options.keep_shards:
        shutil.rmtree(settings.shards)
    return summary


def main(argv: Sequence[str] | None = None) -> None:
    """Curate, push where that is wanted, and print the summary."""
    options = parse(argv, __doc__ or "")
    console = Console(stderr=True)
    try:
        if options.push:
            hub_token()  # told before the work, not after it
        summary = curate(options, console)
        if options.push:
            summary["pushed"] = push(options.out, options.push, is_private=not options.public)
    except (SourceError, TokenizerError, EngineError, PushError, OSError) as exc:
        sys.exit(f"items_curate: {exc}")
    except ModuleNotFoundError as exc:
        sys.exit(f"items_curate: {exc.name} is not installed; add what curation needs with: uv sync --inexact --extra curation")
    except KeyboardInterrupt:
        sys.exit("items_curate: stopped; the same command goes on from here")
    print(json.dumps({**summary, "out": str(options.out)}))


if __name__ == "__main__":
    main()
