"""Runs all benchmarks that this machine can run, one after the other, and writes docs/benchmarks.md: `make bench`.

    uv run python -m bench                        # all: within an hour on two quiet cores
    uv run python -m bench --only right extract   # these alone, or groups of them: --list
    uv run python -m bench --quick                # a smoke run of a few minutes; its figures are told to nobody
    uv run python -m bench --page-only            # the page again, of what is recorded

Each has a deadline. What it printed lies in runs/bench, its result in bench/recorded, of which the page is made: what a machine
cannot run keeps the figures that another recorded, with its name and date. A run that was stopped goes on: what was measured of
this very commit is not measured again, but for --again. Measure on a machine that does nothing else: the page tells its load.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.whole.benches import BENCHES, GROUPS, Bench, UnknownBenchError, chosen
from bench.whole.page.document import write_page
from bench.whole.results import DONE, RECORDED, Result, read, supersedes, write
from bench.whole.running import ROOT, Run, commit, run

PAGE, PICTURES = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "benchmarks"
KEPT = ROOT / "runs" / "bench"


def main(argv: Sequence[str] | None = None) -> int:
    """Run, record, write; 1 where one failed."""
    arguments = _parse(argv)
    if arguments.list:
        print(_listed())
        return 0
    try:
        benches = [] if arguments.page_only else chosen(arguments.only, arguments.skip)
    except UnknownBenchError as exc:
        print(exc, file=sys.stderr)
        return 2
    how = Run(KEPT / "quick" if arguments.quick else KEPT, arguments.quick, commit(), arguments.patience)
    recorded = how.folder / "recorded" if arguments.quick else RECORDED
    try:
        results = [_one(bench, how, recorded, is_again=arguments.again) for bench in benches]
    finally:
        page, pictures = (how.folder / "benchmarks.md", how.folder / "benchmarks") if arguments.quick else (PAGE, PICTURES)
        write_page(recorded, page, pictures)
        print(f"wrote {page.relative_to(ROOT)}", file=sys.stderr)
    return int(any(result.status not in (DONE, "not run") for result in results))


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", nargs="+", default=[], metavar="NAME", help="these benchmarks, or groups of them, alone")
    add("--skip", nargs="+", default=[], metavar="NAME", help="all but these")
    add("--quick", action="store_true", help="short forms, which say whether all still run; under runs/bench/quick")
    add("--patience", type=float, default=1.0, help="times the deadlines: for a busy machine (default: %(default)s)")
    add("--again", action="store_true", help="measure also what was measured of this commit")
    add("--page-only", action="store_true", help="run nothing, write the page")
    add("--list", action="store_true", help="say which there are")
    return parser.parse_args(argv)


def _listed() -> str:
    lines = [f"{bench.name:<20} {bench.group:<8} python -m {bench.module} {bench.arguments}".rstrip() for bench in BENCHES]
    return "\n".join([*lines, "", *(f"{name:<20} {words}" for name, words in GROUPS.items())])


def _one(bench: Bench, how: Run, recorded: Path, *, is_again: bool) -> Result:
    """What came of it now, or before of the same commit; recorded."""
    kept = read(how.folder / f"{bench.name}.json")
    if kept and kept.status == DONE and how.commit and kept.commit == how.commit and not how.commit.endswith("+") and not is_again:
        print(f"{bench.name:<20} measured before", file=sys.stderr)
        result = kept
    else:
        print(f"{bench.name:<20} {datetime.now(UTC):%H:%M} ", end="", file=sys.stderr, flush=True)
        result = run(bench, how)
        print(f"{result.status} in {result.seconds:.0f} s {result.why}".rstrip(), file=sys.stderr)
        write(how.folder, result)
    if supersedes(result, read(recorded / f"{bench.name}.json")):
        write(recorded, result)
    return result


if __name__ == "__main__":
    sys.exit(main())
