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
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from common.artifact import sha256
from common.errors import PricingAgentError
from common.pricing import PriceRequest
from training.data.rows import Row
from training.evaluation import predictors, replay, report
from training.evaluation.batches import BATCH, CONCURRENCY, EvaluationError, Pace, price_rows
from training.evaluation.comparison import Difference, differences
from training.evaluation.evaluation_file import Rejects, read, request_of, sample
from training.evaluation.findings import Evaluated, Study
from training.evaluation.ledger import Ledger
from training.evaluation.metrics import Outcome, Score, score, score_bands, score_groups
from training.evaluation.pricers import Answer
from training.evaluation.terminal import Display, print_differences, print_scores

MOST_IN_FLIGHT = 64


@dataclass(frozen=True)
class Asked:
    """The rows that are evaluated, as they are asked, and the estimates that need not be asked; `notes` tell what was left out."""

    rows: list[Row]
    requests: list[PriceRequest]
    recorded: dict[str, list[Answer]]
    skipped: int
    available: int  # rows of which these are a sample
    notes: list[str]


def outcome_of(rows: Sequence[Row], answers: Sequence[Answer]) -> Outcome:
    """Truths beside estimates."""
    truth = np.array([row.price for row in rows], np.float64)
    price, low, high = np.array([(each.price, each.low, each.high) for each in answers], np.float64).T
    return Outcome(truth, price, low, high)


def scores_of(rows: Sequence[Row], outcome: Outcome, seed: int) -> dict[str, dict[str, Score]]:
    """Metrics by split, category and price band."""
    return {
        "split": score_groups(outcome, [row.split for row in rows], seed),
        "category": score_groups(outcome, [row.main_category for row in rows], seed),
        "price_band": score_bands(outcome, seed),
    }


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = f"{', '.join(predictors.KNOWN)}; give it several times to compare"
    parser.add_argument("--pricer", action="append", required=True, help=names)
    parser.add_argument(
        "--reference", help="compare this one of them with each of the others, not every pair (default: every pair)"
    )
    parser.add_argument("--data", type=Path, required=True, help=".jsonl, .jsonl.gz, .jsonl.xz, .jsonl.zst or .parquet")
    parser.add_argument("--out", type=Path, help="folder for report.html, scores.json, the estimates and meta.json (default: none)")
    parser.add_argument("--limit", type=int, help="price only so many rows, drawn at random (default: all)")
    parser.add_argument("--seed", type=int, default=42, help="of the draw and of the bootstrap (default 42)")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"rows in a request (default {BATCH})")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help=f"requests in flight (default {CONCURRENCY})")
    parser.add_argument("--quiet", action="store_true", help="no line for each item (default: lines on a terminal)")
    args = parser.parse_args(argv)
    if not 1 <= args.batch <= 1000 or not 1 <= args.concurrency <= MOST_IN_FLIGHT or (args.limit is not None and args.limit < 1):
        parser.error(f"--batch takes 1 to 1000, --concurrency 1 to {MOST_IN_FLIGHT}, --limit at least 1")
    if len(set(args.pricer)) < len(args.pricer):
        parser.error("--pricer: the same pricer is named twice")
    if args.reference not in (None, *args.pricer):
        parser.error(f"--reference: {args.reference} is none of the pricers named")
    return args


def _read_rows(path: Path) -> list[Row]:
    rejects = Rejects()
    rows = list(read(path, rejects))
    if rejects.count:
        print(f"{rejects.count} rows of {path} cannot be used:", *rejects.reasons, sep="\n  ", file=sys.stderr)
    if not rows:
        raise EvaluationError(f"{path} holds no row with a text and a price")
    return rows


def select(args: argparse.Namespace) -> Asked:
    """The rows for which every recorded pricer has an estimate, and of these the sample."""
    rows = _read_rows(args.data)
    requests = [request_of(row) for row in rows]
    sources = {name: name.removeprefix(replay.PREFIX) for name in args.pricer if name.startswith(replay.PREFIX)}
    recorded = {name: replay.recorded(source, rows, requests) for name, source in sources.items()}
    notes = []
    for name, answers in recorded.items():
        if lacking := answers.count(None):
            notes.append(f"{name} holds no estimate for {lacking:,} of {len(rows):,} rows: they are left out")
    common = [i for i in range(len(rows)) if all(answers[i] is not None for answers in recorded.values())]
    if not common:
        raise EvaluationError(f"{args.data} holds no row for which all of {', '.join(recorded)} have an estimate")
    if len(args.pricer) > 1 and len(common) < len(rows):
        notes.append(f"All pricers are compared on the {len(common):,} common rows alone")
    chosen = sample(common, args.limit, args.seed)
    if len(chosen) < len(common):
        notes.append(f"{len(chosen):,} of {len(common):,} rows were drawn at random (seed {args.seed})")
    found = {name: [answer for i in chosen if (answer := answers[i]) is not None] for name, answers in recorded.items()}
    skipped = len(rows) - len(common)
    return Asked([rows[i] for i in chosen], [requests[i] for i in chosen], found, skipped, len(common), notes)


def ledger_of(name: str, asked: Asked, args: argparse.Namespace) -> Ledger:
    """Where a pricer's estimates are kept; those of a recorded one are all there already."""
    items = [replay.item_of(request) for request in asked.requests]
    if name in asked.recorded:
        ledger = Ledger(None, {}, items)
        ledger.add(range(len(items)), asked.recorded[name])
        return ledger
    stem = "estimates" if len(args.pricer) == 1 else f"estimates-{predictors.file_name(name)}"
    header = {"pricer": name, "data": sha256(args.data), "rows": len(items), "limit": args.limit, "seed": args.seed}
    header |= {"artifacts": predictors.fingerprint(name)}
    return Ledger(args.out / f"{stem}.jsonl" if args.out else None, header, items)


async def answers_of(name: str, asked: Asked, ledger: Ledger, args: argparse.Namespace) -> list[Answer]:
    """What the pricer says of the rows: recorded, kept by a run that was cut short, or asked now."""
    if ledger.missing:
        display = Display(name, asked.rows, Console(stderr=True), args.quiet)
        async with predictors.opened(name) as pricer:
            with display.running(ledger.answers):
                await price_rows(pricer, asked.requests, ledger, Pace(args.batch, args.concurrency), display)
    return ledger.ordered


async def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Price, score, compare, report; what the last line says."""
    for name in args.pricer:
        predictors.check(name)
    asked = select(args)
    print(*(f"{note}." for note in asked.notes), sep="\n", end="\n" if asked.notes else "", file=sys.stderr)
    evaluated, ledgers = [], {name: ledger_of(name, asked, args) for name in args.pricer}
    for name, ledger in ledgers.items():
        outcome = outcome_of(asked.rows, await answers_of(name, asked, ledger, args))
        evaluated.append(Evaluated(name, outcome, score(outcome, args.seed), scores_of(asked.rows, outcome, args.seed)))
    for ledger in ledgers.values():
        ledger.close()  # not before all are priced: a run is resumed until its last pricer is done
    found: list[Difference] = []
    if len(evaluated) > 1:
        outcomes = {each.name: each.outcome for each in evaluated}
        found = differences(outcomes, [row.split for row in asked.rows], args.seed, args.reference)
    notes = [*asked.notes, *_sample_notes(evaluated, asked)]
    _show(evaluated, found, notes[len(asked.notes) :])
    result = _result(evaluated, found, asked)
    if args.out:
        titles = [row.title or row.main_category for row in asked.rows]
        _write_out(args, Study(args.data.name, titles, evaluated, found, notes, args.seed), result)
    return result


def _sample_notes(evaluated: Sequence[Evaluated], asked: Asked) -> list[str]:
    """What a sample of so many rows can tell."""
    count = len(asked.rows)
    if count >= asked.available:
        return []
    notes = []
    for name, total in ((each.name, each.total) for each in evaluated):
        low, high = total["mae_ci95"]
        words = f"a mean error of {count:,} items has a standard deviation of ${total['mae_sd']:.2f}"
        notes.append(f"{name}: {words}, so that {total['mae']:.2f} means {low:.2f} to {high:.2f} (95 %)")
    return notes


def _show(evaluated: Sequence[Evaluated], found: Sequence[Difference], notes: Sequence[str]) -> None:
    if len(evaluated) == 1:
        (only,) = evaluated
        print_scores({"all": {only.name: only.total}, **only.groups})
    else:
        for key in ("split", "price_band"):
            for group in evaluated[0].groups[key]:
                print(f"\n{group}")
                print_scores({each.name: {each.name: each.groups[key][group]} for each in evaluated})
        print("\nall")
        print_scores({each.name: {each.name: each.total} for each in evaluated})
        print_differences(found)
    print(*(f"{note}." for note in notes), sep="\n", end="\n" if notes else "")


def _result(evaluated: Sequence[Evaluated], found: Sequence[Difference], asked: Asked) -> dict[str, Any]:
    told = {each.name: {"pricer": each.name, **each.total, "skipped": asked.skipped, "by": each.groups} for each in evaluated}
    if len(evaluated) == 1:
        return next(iter(told.values()))
    return {"n": len(asked.rows), "skipped": asked.skipped, "pricers": told, "differences": list(found)}


def _write_out(args: argparse.Namespace, study: Study, result: dict[str, Any]) -> None:
    page = args.out / "report.html"
    args.out.mkdir(parents=True, exist_ok=True)
    report.write(page, study)
    _write_json(args.out / "scores.json", result)
    given = {key: str(value) if isinstance(value, Path) else value for key, value in vars(args).items()}
    totals = {each.name: each.total for each in study.evaluated}
    _write_json(args.out / "meta.json", {"arguments": given, "data": sha256(args.data), "notes": study.notes, "metrics": totals})
    print(f"report: {page}")


def _write_json(path: Path, value: object) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(value, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(part, path)


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 when the evaluation could not be finished, 130 when it was interrupted."""
    try:
        result = asyncio.run(evaluate(arguments(argv)))
    except (EvaluationError, PricingAgentError, OSError) as exc:
        print(f"evaluate: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("evaluate: interrupted; with --out the same command goes on where it stopped", file=sys.stderr)
        return 130
    print(json.dumps(result, allow_nan=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
