"""How good is a pricer, and is another better? Prices every row of a file and prints the metrics; the last line is one JSON object.

    uv run python -m training.evaluate --pricer ensemble --data products.jsonl.xz [--out DIR]
    uv run python -m training.evaluate --pricer ensemble --pricer random-forest --pricer replay:specialist_8b --data ...

A name loads a service's pricer in this process from artifacts/; an http(s):// URL is asked through POST /price/batch;
`python:package.module:function` is called with a list of texts (or of PriceRequest where it says so) and returns prices or
(price, low, high); `constant:60` says 60 to everything; `replay:KEY` and `replay:FILE.jsonl` take estimates recorded under a key of
the rows or by an earlier run with --out. Several pricers are compared on the rows that all of them can answer for. With --out,
estimates are kept as they come: after a failure the same command goes on where it stopped. Knows nothing of how a pricer works.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.about.checks import artifact_version
from common.artifact import sha256
from common.errors import PricingAgentError
from common.settings import artifacts_dir
from training.command_line import INTERRUPTED
from training.command_line.arguments import Help, arguments_of, made_from
from training.data.parts import reported_file
from training.data.whole_files import whole_file
from training.evaluation import predictors, report
from training.evaluation.asking import answers_of, open_ledgers
from training.evaluation.batches import BATCH, CONCURRENCY, Batching, EvaluationError
from training.evaluation.comparison import differences
from training.evaluation.findings import Findings, judge, sample_notes
from training.evaluation.kept import keep
from training.evaluation.selection import Wanted, select
from training.evaluation.terminal import print_findings

MOST_IN_FLIGHT = 64
DATA_HELP = ".jsonl, .jsonl.gz, .jsonl.xz, .jsonl.zst, .csv or .parquet; of a folder with the data to train on, its reported rows"


@dataclass(frozen=True)
class Run:
    """What is evaluated, how it is asked, where the report goes. `reference`: the one pricer that the others are compared with;
    `keep`: whether the dashboard is to show it.
    """

    wanted: Wanted
    batching: Batching
    reference: str | None
    out: Path | None
    quiet: bool
    keep: bool = False


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    names = f"{', '.join(predictors.KNOWN)}; give it several times to compare"
    add = parser.add_argument
    add("--pricer", action="append", required=True, help=names)
    add("--reference", help="compare this one of them with each of the others, not every pair (default: every pair)")
    add("--data", type=Path, required=True, help=DATA_HELP)
    add("--out", type=Path, help="folder for report.html, scores.json, the estimates and meta.json (default: none)")
    add("--keep", action="store_true", help="keep the figures beside the models, for the dashboard (default: do not)")
    add("--limit", type=int, help="price only so many rows, drawn at random (default: all)")
    add("--seed", type=int, default=42, help="of the draw and of the bootstrap")
    add("--batch", type=int, default=BATCH, help="rows in a request")
    add("--concurrency", type=int, default=CONCURRENCY, help="requests in flight")
    add("--quiet", action="store_true", help="no line for each item (default: lines on a terminal)")
    found = parser.parse_args(argv)
    if (
        not 1 <= found.batch <= 1000
        or not 1 <= found.concurrency <= MOST_IN_FLIGHT
        or (found.limit is not None and found.limit < 1)
    ):
        parser.error(f"--batch takes 1 to 1000, --concurrency 1 to {MOST_IN_FLIGHT}, --limit at least 1")
    if len(set(found.pricer)) < len(found.pricer):
        parser.error("--pricer: the same pricer is named twice")
    if found.reference not in (None, *found.pricer):
        parser.error(f"--reference: {found.reference} is none of the pricers named")
    data = reported_file(found.data) if found.data.is_dir() else found.data
    wanted = made_from(Wanted, found, pricer=tuple(found.pricer), data=data)
    return made_from(Run, found, wanted=wanted, batching=made_from(Batching, found))


async def evaluate(run: Run) -> dict[str, Any]:
    """Price, score, compare, report; what the last line says."""
    wanted = run.wanted
    for name in wanted.pricer:
        predictors.check(name)
    asked = select(wanted)
    print(*(f"{note}." for note in asked.notes), sep="\n", end="\n" if asked.notes else "", file=sys.stderr)
    with open_ledgers(asked, wanted, run.out) as ledgers:
        answers = {
            name: await answers_of(name, asked, ledger, run.batching, is_quiet=run.quiet) for name, ledger in ledgers.items()
        }
    evaluated = [judge(name, asked.rows, each, wanted.seed) for name, each in answers.items()]
    outcomes = {each.name: each.outcome for each in evaluated}
    splits = [row.split for row in asked.rows]
    found = differences(outcomes, splits, wanted.seed, run.reference) if len(evaluated) > 1 else []
    notes = sample_notes(evaluated, len(asked.rows), asked.available)
    print_findings(evaluated, found, notes)
    titles = [row.title or row.main_category for row in asked.rows]
    findings = Findings(wanted.data.name, titles, evaluated, found, [*asked.notes, *notes], wanted.seed)
    result = findings.as_json(asked.skipped)
    if run.keep:
        versions = {name: artifact_version(name) or "" for name in wanted.pricer if name in predictors.KNOWN}
        folder = keep(artifacts_dir(), findings, {"data": {wanted.data.name: sha256(wanted.data)}, "models": versions})
        print(f"kept: {folder}", file=sys.stderr)
    if run.out:
        write(run, run.out, findings, result)
    return result


def write(run: Run, out: Path, findings: Findings, result: Mapping[str, Any]) -> None:
    """Report, scores, and last how they came about, in the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    page = out / "report.html"
    report.write(page, findings)
    _write_json(out / "scores.json", result)
    given = {key: str(value) if isinstance(value, Path) else value for key, value in arguments_of(run).items()}
    totals = {each.name: each.total for each in findings.evaluated}
    meta = {"arguments": given, "data": sha256(run.wanted.data), "notes": findings.notes, "metrics": totals}
    _write_json(out / "meta.json", meta)
    print(f"report: {page}")


def _write_json(path: Path, value: object) -> None:
    with whole_file(path) as part:
        part.write_text(json.dumps(value, allow_nan=False) + "\n", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 when the evaluation could not be finished, 130 when it was interrupted."""
    try:
        result = asyncio.run(evaluate(parse(argv)))
    except (EvaluationError, PricingAgentError, OSError) as exc:
        print(f"evaluate: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("evaluate: interrupted; with --out the same command goes on where it stopped", file=sys.stderr)
        return INTERRUPTED
    print(json.dumps(result, allow_nan=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
