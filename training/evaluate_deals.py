"""Evaluates the judge on published deals whose worth is known, as it is served: pricers, judge and alert rule.

    uv run python -m training.evaluate_deals --data FILE [--out DIR]

FILE: rows as in deals-market (.jsonl, .xz, .gz, .zst). Deals of markets with many sellers, of makers' own shops and in other money
than dollars are left out unless --all. blind: title, category, retailer, condition and price; stated: all that the text says too;
others: without the reference of the label's own kind, on the deals that state another. The last line is the JSON: n, modes,
references_read and, where rows hold verdicts as those of the scanner's GET /feedback/export do, feedback: how right what was said
of them was. Savings are in dollars; figures in `ln` are mean absolute errors of natural logarithms.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.artifact import read_artifact
from common.settings import artifacts_dir
from ensemble.judge.model import COMMAND, FILE, FORMAT_VERSION, load_judge
from scanner.alert_rule import AlertRule
from training.command_line.arguments import Help, made_from
from training.command_line.log import log
from training.data.rows import read_records
from training.judge.answers import answers_of
from training.judge.cases import Case, is_usable, read_cases
from training.judge.feedback import feedback_figures
from training.judge.modes import figures
from training.judge.references import read_deals, references_read


@dataclass(frozen=True)
class Run:
    """What is judged, where the report goes (None: nowhere), and where the pricers' answers are kept."""

    data: Path
    out: Path | None
    runs: Path
    all: bool


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="deals with market_price, as JSON Lines, also packed")
    add("--out", type=Path, help="folder for report.html and judge.png")
    add("--runs", type=Path, default=Path("runs/judge"), help="where the pricers' answers are kept")
    add("--all", action="store_true", help="also deals of the weak sources and in other money")
    return made_from(Run, parser.parse_args(argv))


def main(argv: Sequence[str] | None = None) -> None:
    """Read, ask, judge, tell."""
    run = parse(argv)
    try:
        cases, verdicts = read_cases(run.data, run.all), feedback_figures(read_records(run.data))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SystemExit(f"evaluate_deals: {run.data} cannot be read: {type(exc).__name__}: {exc}") from exc
    said = {} if verdicts is None else {"feedback": verdicts}
    if not cases and not said:
        raise SystemExit(f"{run.data} holds no deal with a market price that counts")
    print(json.dumps({"n": 0, "modes": {}} | said if not cases else _judged(run, cases) | said))


def _judged(run: Run, cases: Sequence[Case]) -> dict[str, Any]:
    """The figures of the cases, and their report where one is wanted."""
    artifact = read_artifact(artifacts_dir() / "judge", format_version=FORMAT_VERSION, command=COMMAND)
    model = load_judge(artifact.path(FILE))
    log(len(cases), "deals; judge", artifact.version)
    answers = asyncio.run(answers_of([case.request for case in cases], run.runs))
    rule = AlertRule()
    judged = asyncio.run(figures(cases, answers, lambda _: model, rule))
    read = read_deals(record for record in read_records(run.data) if is_usable(record, run.all))
    found: dict[str, Any] = {"n": len(cases), "modes": judged.modes, "references_read": references_read(read).as_json()}
    if run.out:
        from training.judge.page import write  # here, for without a report it needs no matplotlib

        write(run.out, f"{len(cases):,} deals of {run.data.name} judged", found, judged, rule)
    return found


if __name__ == "__main__":
    main()
