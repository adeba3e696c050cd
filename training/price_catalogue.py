"""Prices a whole catalogue: JSON Lines, CSV (either plain or packed) or Parquet in, one of the three out. The last line is JSON.

    uv run python -m training.price_catalogue IN OUT [--pricer URL|local|local:NAME] [--engine local|ray] [--workers N] [--describe]

Rows need a title or a description (or the fields of Amazon-Reviews-2023). Finished chunks are kept in OUT.part: the same command
goes on where it stopped. A row that cannot be priced keeps its error; a pricer that cannot be asked ends the run. With Ray,
OUT's folder must be one that all nodes see.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from common.artifact import sha256
from common.product_files.packed import PACKED
from common.product_files.reading import kind_of
from training.catalogue import writing
from training.catalogue.asking import RETRIES, Asking, local_name
from training.catalogue.catalogue import Catalogue, CatalogueError, prepare
from training.catalogue.describing import is_describer
from training.catalogue.pricing import price_chunks
from training.command_line import INTERRUPTED
from training.command_line.arguments import Help, made_from
from training.engines.engine import ENGINES, Workforce
from training.engines.worker import EngineError, WorkerError

FORMAT_VERSION = 1  # of what lies in OUT.part
OURS = ("UnavailableError", "DeadlineExceededError", "OverloadedError", "NotFoundError", "ArtifactError", "InvalidInputError", "")


@dataclass(frozen=True)
class Run:
    """What is priced into what, `chunk` rows kept at a time; whom to ask, who works, and whether an earlier run is forgotten."""

    source: Path
    target: Path
    chunk: int
    asking: Asking
    workforce: Workforce
    restart: bool

    def header(self) -> dict[str, Any]:
        """What OUT.part says it is of: another run's chunks are not taken up."""
        told = {"pricer": self.asking.pricer, "chunk": self.chunk, "source": self.source.name, "sha256": sha256(self.source)}
        return {"format_version": FORMAT_VERSION, **told, "describer": self.asking.describer or None}


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line; exits with a message where it cannot be meant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    add = parser.add_argument
    add("source", metavar="IN", type=Path, help=".jsonl or .csv (also .gz, .xz, .zst), or .parquet")
    add("target", metavar="OUT", type=Path, help=".jsonl, .csv or .parquet")
    add("--pricer", default="local", help="http(s)://HOST:PORT, local (the ensemble in process) or local:NAME")
    add("--describe", action="store_true", help="also write a clear text of each row: described, written_by, narrowed")
    add("--describer", default="local", help="who does: local (frontier-rag in process) or its http(s)://HOST:PORT")
    add("--engine", choices=ENGINES, default="local", help="where workers run")
    add("--workers", type=int, default=1, help="batches at the same time; 0: in this process")
    add("--address", default=None, help="host:port of a Ray cluster's head (default: a Ray of this machine's own)")
    add("--batch", type=int, default=50, help="rows in a request, 1 to 1000")
    add("--chunk", type=int, default=500, help="rows that are kept together when finished")
    add("--timeout", type=float, default=120.0, help="seconds for one request")
    add("--retries", type=int, default=RETRIES, help="of a request that failed")
    add("--restart", action="store_true", help="forget what an earlier run left in OUT.part (default: go on)")
    found = parser.parse_args(argv)
    asking = made_from(Asking, found, seconds=found.timeout, describer=found.describer if found.describe else "")
    run = made_from(Run, found, asking=asking, workforce=made_from(Workforce, found))
    if problem := _problem(run):
        parser.error(problem)
    return run


def _problem(run: Run) -> str | None:
    """Why the run cannot be meant, or None."""
    try:
        kind_of(run.source)
        kind_of(run.target)
        local_name(run.asking.pricer)
        if not is_describer(run.asking.describer):
            raise ValueError(f"unknown describer {run.asking.describer!r}; known are http(s)://HOST:PORT and local")
    except ValueError as exc:
        return str(exc)
    if run.target.suffix in PACKED or run.target.resolve() == run.source.resolve():
        return f"{run.target}: OUT is written unpacked, and beside IN"
    asking, workforce = run.asking, run.workforce
    is_possible = 1 <= asking.batch <= 1000 and asking.seconds > 0 and asking.retries >= 0
    if not is_possible or run.chunk < 1 or workforce.workers < (workforce.engine == "ray"):
        return "--batch takes 1 to 1000; --chunk and --timeout more than 0; --retries and --workers at least 0"
    return None


def price_catalogue(run: Run, console: Console) -> dict[str, Any]:
    """The whole run; what the last line says."""
    start = time.perf_counter()
    catalogue = Catalogue(run.source.resolve(), run.target.resolve(), run.chunk)
    run.target.parent.mkdir(parents=True, exist_ok=True)
    prepare(catalogue, run.header(), run.restart)
    done = price_chunks(catalogue, run.asking, run.workforce, console)
    seconds = time.perf_counter() - start
    written = writing.Written(run.source, run.target, bool(run.asking.describer))
    writing.write(written, catalogue.priced, catalogue.folder / "out.tmp")
    counts = catalogue.counts()
    shutil.rmtree(catalogue.folder)
    return {**counts, "seconds": round(seconds, 2), "rate": round(done / seconds, 2), "out": str(run.target)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 when the catalogue could not be priced to its end, 130 at Ctrl-C."""
    run = parse(argv)
    kept = f"finished chunks are kept in {run.target}.part, the same command goes on"
    try:
        result = price_catalogue(run, Console(stderr=True))
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
        return INTERRUPTED
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
