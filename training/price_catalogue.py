"""Prices a whole catalogue: JSON Lines, CSV (either plain or packed) or Parquet in, one of the three out. The last line is JSON.

    uv run python -m training.price_catalogue IN OUT [--pricer URL|local|local:NAME] [--engine local|ray] [--workers N]

Rows need a title or a description (or the fields of Amazon-Reviews-2023). Finished chunks are kept in OUT.part: the same command
goes on where it stopped. A row that cannot be priced keeps its error; a pricer that cannot be asked ends the run. With Ray,
OUT's folder must be one that all nodes see.
"""

import argparse
import itertools
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from common.artifact import sha256
from common.product_files.packed import PACKED
from common.product_files.reading import count, kind_of, read
from common.product_files.record import Record, Unreadable
from common.product_files.request import request_from
from training.catalogue import writing
from training.catalogue.asking import RETRIES, Asking, local_name
from training.catalogue.chunk import Chunk, ChunkPricer, read_results, write_requests
from training.catalogue.writing import Block
from training.engines.engine import ENGINES, open_engine
from training.engines.worker import EngineError, WorkerError

FORMAT_VERSION = 1  # of what lies in OUT.part
HEADER = "run.json"
OURS = ("UnavailableError", "DeadlineExceededError", "OverloadedError", "NotFoundError", "ArtifactError", "InvalidInputError", "")


class CatalogueError(Exception):
    """The catalogue cannot be priced like this; the message says what to do."""


@dataclass(frozen=True)
class Catalogue:
    """What is priced into what, and how many rows make a chunk."""

    source: Path
    target: Path
    rows: int

    @property
    def folder(self) -> Path:
        """Where finished chunks lie until all are."""
        return self.target.with_name(f"{self.target.name}.part")

    def chunk(self, number: int) -> Chunk:
        """The chunk of that number."""
        return Chunk(self.folder, number)

    def blocks(self) -> Iterator[tuple[int, list[Record | Unreadable]]]:
        """The rows in chunks, numbered."""
        rows = read(self.source)
        number = 0
        while block := list(itertools.islice(rows, self.rows)):
            yield number, block
            number += 1

    def priced(self) -> Iterator[Block]:
        """Every chunk's rows with their results. CatalogueError where these are not of these rows."""
        for number, block in self.blocks():
            results = read_results(self.chunk(number))
            if len(results) != len(block):
                raise CatalogueError(f"{self.chunk(number).results} is damaged: remove it and run the same command again")
            yield block, results

    def counts(self) -> dict[str, int]:
        """What became of all rows; `degraded` are those priced without one of the ensemble's members."""
        counts = {"n": 0, "priced": 0, "failed": 0, "degraded": 0}
        numbers = itertools.takewhile(lambda number: self.chunk(number).results.exists(), itertools.count())
        for number in numbers:
            for result in read_results(self.chunk(number)):
                counts["n"] += 1
                counts["failed" if result.error else "priced"] += 1
                counts["degraded"] += bool(result.degraded)
        return counts


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("source", metavar="IN", type=Path, help=".jsonl or .csv (also .gz, .xz, .zst), or .parquet")
    add("target", metavar="OUT", type=Path, help=".jsonl, .csv or .parquet")
    add(
        "--pricer",
        default="local",
        help="http(s)://HOST:PORT, local (the ensemble in process) or local:NAME (default: %(default)s)",
    )
    add("--engine", choices=ENGINES, default="local", help="where workers run (default: %(default)s)")
    add("--workers", type=int, default=1, help="batches at the same time; 0: in this process (default: %(default)s)")
    add("--address", default=None, help="host:port of a Ray cluster's head (default: a Ray of this machine's own)")
    add("--batch", type=int, default=50, help="rows in a request, 1 to 1000 (default: %(default)s)")
    add("--chunk", type=int, default=500, help="rows that are kept together when finished (default: %(default)s)")
    add("--timeout", type=float, default=120.0, help="seconds for one request (default: %(default)s)")
    add("--retries", type=int, default=RETRIES, help="of a request that failed (default: %(default)s)")
    add("--restart", action="store_true", help="forget what an earlier run left in OUT.part (default: go on)")
    args = parser.parse_args(argv)
    try:
        kind_of(args.source)
        kind_of(args.target)
        local_name(args.pricer)
    except ValueError as exc:
        parser.error(str(exc))
    if args.target.suffix in PACKED or args.target.resolve() == args.source.resolve():
        parser.error(f"{args.target}: OUT is written unpacked, and beside IN")
    if (
        not 1 <= args.batch <= 1000
        or args.chunk < 1
        or args.timeout <= 0
        or args.workers < (args.engine == "ray")
        or args.retries < 0
    ):
        parser.error("--batch takes 1 to 1000; --chunk and --timeout more than 0; --retries and --workers at least 0")
    return args


def _header(args: argparse.Namespace) -> dict[str, Any]:
    told = {"pricer": args.pricer, "chunk": args.chunk, "source": args.source.name, "sha256": sha256(args.source)}
    return {"format_version": FORMAT_VERSION, **told}


def prepare(catalogue: Catalogue, header: dict[str, Any], restart: bool) -> None:
    """Make OUT.part, or go on with it. CatalogueError when it is of another run: nobody's work is thrown away unasked."""
    path, part = catalogue.folder / HEADER, catalogue.folder / "run.tmp"
    if not path.exists() and catalogue.folder.exists() and set(catalogue.folder.iterdir()) - {part}:
        raise CatalogueError(f"{catalogue.folder} is no folder of this program: move it away, it would be removed at the end")
    if restart and path.exists():
        shutil.rmtree(catalogue.folder)
    if path.exists():
        _compare(catalogue.folder, path, header)
        return
    catalogue.folder.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps(header, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def _compare(folder: Path, path: Path, header: dict[str, Any]) -> None:
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        found = {}
    differing = [name for name in header if found.get(name) != header[name]]
    if differing:
        there = ", ".join(f"{name} {found.get(name)!r} there, {header[name]!r} now" for name in differing)
        raise CatalogueError(f"{folder} holds another run ({there}): finish that one, or add --restart to forget it")


@dataclass
class _Waiting:
    """Draws chunks that are not done yet; a bar counts those that are."""

    catalogue: Catalogue
    progress: Progress
    task: Any

    def __iter__(self) -> Iterator[Chunk]:
        for number, block in self.catalogue.blocks():
            chunk = self.catalogue.chunk(number)
            if chunk.results.exists():
                self.progress.advance(self.task, len(block))
                continue
            write_requests(chunk, [request_from(row) for row in block])
            yield chunk


def price_chunks(args: argparse.Namespace, catalogue: Catalogue, console: Console) -> int:
    """Price what is not priced yet; rows priced or found wanting by this run."""
    columns = (TextColumn("pricing"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"))
    done = failed = 0
    start = time.perf_counter()
    with Progress(*columns, TimeElapsedColumn(), TextColumn("ETA"), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("pricing", total=count(catalogue.source), told="")
        make = partial(ChunkPricer, Asking(args.pricer, args.batch, args.timeout, args.retries))
        with open_engine(args.engine, args.workers, args.address) as engine:
            for report in engine.map(make, _Waiting(catalogue, progress, task)):
                done, failed = done + report.rows, failed + report.failed
                rate = done / (time.perf_counter() - start)
                progress.update(task, advance=report.rows, told=f"{rate:,.1f} rows/s, {failed:,} failed")
    return done


def price_catalogue(args: argparse.Namespace, console: Console) -> dict[str, Any]:
    """The whole run; what the last line says."""
    start = time.perf_counter()
    catalogue = Catalogue(args.source.resolve(), args.target.resolve(), args.chunk)
    args.target.parent.mkdir(parents=True, exist_ok=True)
    prepare(catalogue, _header(args), args.restart)
    done = price_chunks(args, catalogue, console)
    seconds = time.perf_counter() - start
    writing.write(args.target, catalogue.priced, args.source, catalogue.folder / "out.tmp")
    counts = catalogue.counts()
    shutil.rmtree(catalogue.folder)
    return {**counts, "seconds": round(seconds, 2), "rate": round(done / seconds, 2), "out": str(args.target)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 when the catalogue could not be priced to its end, 130 at Ctrl-C."""
    args = arguments(argv)
    kept = f"finished chunks are kept in {args.target}.part, the same command goes on"
    try:
        result = price_catalogue(args, Console(stderr=True))
    except EngineError as exc:
        if isinstance(exc, WorkerError) and exc.kind not in OURS:
            print(*getattr(exc, "__notes__", ()), sep="\n", file=sys.stderr)
        print(f"price_catalogue: {exc}; {kept}", file=sys.stderr)
        return 1
    except (CatalogueError, OSError, ValueError) as exc:
        print(f"price_catalogue: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"price_catalogue: stopped; {kept}", file=sys.stderr)
        return 130
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
