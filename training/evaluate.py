"""How good is a pricer? Prices every row of a file and prints the metrics; the last line is one JSON object.

    uv run python -m training.evaluate --pricer ensemble --data products.jsonl.xz [--out DIR]

Names load a service's pricer in this process from artifacts/; a URL is asked through POST /price/batch. With --out, estimates
are kept as they come: after a failure the same command goes on where it stopped. Knows nothing of how a pricer works.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from common.artifact import sha256
from common.errors import PricingAgentError
from training.evaluation import pricers, report
from training.evaluation.metrics import Outcome, Score, score, score_bands, score_groups
from training.evaluation.pricers import Answer, EvaluatedPricer
from training.evaluation.rows import Rejects, read, request_of, sample
from training.rows import Row

PROGRESS = "estimates.part.jsonl"  # a run that was cut short; renamed when complete, so that only an unfinished run is resumed
ESTIMATES = "estimates.jsonl"
SHOWN_GROUP = 20  # rows: the terminal's table leaves smaller groups to the JSON and the report
SUMMARY = ("n", "mae", "mae_ci95", "rmsle", "hits", "coverage80")


class EvaluationError(Exception):
    """The evaluation cannot be finished; the message says at which rows and what was kept."""


class Ledger:
    """Estimates on disk, in the order of the rows, under a header that says of what they are. Without a folder: in memory."""

    def __init__(self, folder: Path | None, header: dict[str, Any]) -> None:
        self.folder = folder
        self.answers: list[Answer] = []
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        self.answers = _read_progress(folder / PROGRESS, header)
        self._write("w", [header, *map(astuple, self.answers)])

    def add(self, answers: Sequence[Answer]) -> None:
        """Keep more estimates."""
        self.answers += answers
        self._write("a", [astuple(answer) for answer in answers])

    def close(self) -> None:
        """All rows are priced."""
        if self.folder:
            (self.folder / PROGRESS).replace(self.folder / ESTIMATES)

    def _write(self, mode: str, values: Sequence[object]) -> None:
        if self.folder:
            with (self.folder / PROGRESS).open(mode, encoding="utf-8") as file:
                file.writelines(json.dumps(value) + "\n" for value in values)


def _read_progress(path: Path, header: dict[str, Any]) -> list[Answer]:
    """The estimates of an unfinished run with the same header; a line cut short by a crash ends them."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    answers: list[Answer] = []
    try:
        if json.loads(lines[0]) != header:
            return []
        answers.extend(Answer(*json.loads(line)) for line in lines[1:])
    except (ValueError, IndexError, TypeError):
        pass
    return answers


async def price_rows(pricer: EvaluatedPricer, rows: Sequence[Row], ledger: Ledger, batch: int) -> None:
    """Price the rows that `ledger` does not hold yet; EvaluationError names those at which the pricer failed."""
    console = Console(stderr=True)
    with Progress(*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("pricing", total=len(rows), completed=len(ledger.answers))
        while (done := len(ledger.answers)) < len(rows):
            chunk = rows[done : done + batch]
            try:
                ledger.add(await pricer.answer([request_of(row) for row in chunk]))
            except PricingAgentError as exc:
                kept = f"the {done} before them are kept, the same command goes on" if ledger.folder else "nothing is kept"
                raise EvaluationError(f"rows {done + 1} to {done + len(chunk)} were not priced: {exc} ({kept})") from exc
            bar.advance(task, len(chunk))


def outcome_of(rows: Sequence[Row], answers: Sequence[Answer]) -> Outcome:
    """Truths beside estimates."""
    truth = np.array([row.price for row in rows], np.float64)
    price, low, high = np.array([astuple(answer) for answer in answers], np.float64).T
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
    names = "specialist, frontier-rag, random-forest, ensemble, constant:DOLLARS or http(s)://host:port"
    parser.add_argument("--pricer", required=True, help=names)
    parser.add_argument("--data", type=Path, required=True, help=".jsonl, .jsonl.gz, .jsonl.xz, .jsonl.zst or .parquet")
    parser.add_argument("--out", type=Path, help="folder for report.html, scores.json and the estimates")
    parser.add_argument("--limit", type=int, help="price only so many rows, drawn at random")
    parser.add_argument("--seed", type=int, default=42, help="of the draw and of the bootstrap (default 42)")
    parser.add_argument("--batch", type=int, default=pricers.HTTP_BATCH, help="rows at once (default 50)")
    args = parser.parse_args(argv)
    if args.batch < 1 or args.batch > 1000 or (args.limit is not None and args.limit < 1):
        parser.error("--batch takes 1 to 1000, --limit at least 1")
    return args


def _read_rows(args: argparse.Namespace) -> list[Row]:
    rejects = Rejects()
    rows = sample(list(read(args.data, rejects)), args.limit, args.seed)
    if rejects.count:
        print(f"{rejects.count} rows of {args.data} cannot be used:", *rejects.reasons, sep="\n  ", file=sys.stderr)
    if not rows:
        raise EvaluationError(f"{args.data} holds no row with a text and a price")
    return rows


def _print_table(scores: dict[str, dict[str, Score]]) -> None:
    print(f"{'':<28}{'n':>7}{'MAE $':>9}{'RMSLE':>8}{'hits':>7}{'in 80 %':>9}{'bias $':>9}{'width $':>9}")
    groups = [(name, s, len(heading)) for heading in scores.values() for name, s in heading.items()]
    for name, s in ((name, s) for name, s, siblings in groups if siblings == 1 or int(str(s["n"])) >= SHOWN_GROUP):
        shares = f"{s['hits']:>7.1%}{s['coverage80']:>9.1%}"
        print(f"{name[:27]:<28}{s['n']:>7}{s['mae']:>9.2f}{s['rmsle']:>8.3f}{shares}{s['bias']:>+9.2f}{s['width']:>9.2f}")


async def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Price, score, report; what the last line says."""
    rows = _read_rows(args)
    header = {"pricer": args.pricer, "data": sha256(args.data), "limit": args.limit, "seed": args.seed}
    pricer = await pricers.load(args.pricer)
    ledger = Ledger(args.out, header)
    await price_rows(pricer, rows, ledger, args.batch)
    ledger.close()
    outcome = outcome_of(rows, ledger.answers)
    total, groups = score(outcome, args.seed), scores_of(rows, outcome, args.seed)
    _print_table({"all": {args.pricer: total}, **groups})
    result = {"pricer": args.pricer, **{key: total[key] for key in SUMMARY}, "by": groups}
    if args.out:
        titles = [row.title or row.main_category for row in rows]
        page = report.write(args.out, args.pricer, {"all": {"all": total}, **groups}, (outcome, titles, args.seed))
        (args.out / "scores.json").write_text(json.dumps(result) + "\n", encoding="utf-8")
        print(f"report: {page}")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 when the evaluation could not be finished."""
    try:
        result = asyncio.run(evaluate(arguments(argv)))
    except (EvaluationError, PricingAgentError, OSError) as exc:
        print(f"evaluate: {exc}", file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
