"""What simple predictors, people and chat models achieve on the rows that pricers are judged by: one table, one bar chart.

    uv run python -m training.baselines [NAMES...] [--out DIR]         # all that need no network: after `make training`
    uv run python -m training.baselines chat:MODEL anthropic:MODEL     # OPENAI_BASE_URL, OPENAI_API_KEY, ANTHROPIC_API_KEY
    uv run python -m training.baselines --human-write FILE             # then fill it in, then --human-read FILE

Fitted on the rows that the pricers are fitted on, never on repeats of those asked. The last line is one JSON object. Knows
nothing of the services but what training.evaluate wrote of them (--with-pricers).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from common.artifact import sha256, write_meta
from training.baseline import human, models, output, results
from training.baseline.chat import ChatStoppedError
from training.baseline.chat_models import Asking, chat_line
from training.baseline.fitting import Fitting, fit_and_ask
from training.baseline.human import HumanFileError
from training.baseline.names import GROUP, HUMAN, KNOWN, BaselineError, expanded, is_chat
from training.baseline.results import Answered, ResultError, result_of
from training.command_line import INTERRUPTED
from training.command_line.arguments import Help, arguments_of, made_from
from training.data.parts import data_folder, data_hashes, reported_file
from training.data.rows import Row
from training.evaluation.evaluation_file import Rejects, read, request_of
from training.evaluation.replay import item_of

COMMAND = "uv run python -m training.baselines"
FORMAT_VERSION = 1
FAILURES = (BaselineError, ChatStoppedError, HumanFileError, ResultError, OSError)


@dataclass(frozen=True)
class Run:
    """Which baselines answer for which rows: `eval`, else products-dev of `data`; how, and where the table goes.

    `human_write` makes the file that `human_read` takes; `with_pricers` are what training.evaluate wrote of our pricers.
    """

    names: tuple[str, ...]
    data: Path | None
    out: Path
    eval: Path | None = None
    human_write: Path | None = None
    human_read: Path | None = None
    with_pricers: tuple[Path, ...] = ()
    fitting: Fitting = field(default_factory=Fitting)
    asking: Asking = field(default_factory=Asking)


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line; exits with a message where it cannot be meant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    fitting, asking, add = Fitting(), Asking(), parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"{KNOWN}; {GROUP}, the default, is all without a network")
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: $PRICER_DATA/data, else ../shared/data)")
    add("--eval", type=Path, help="rows to answer for (default: products-dev of the folder)")
    add("--out", type=Path, default=Path("runs/baselines"), help="table, chart, estimates and kept answers")
    add("--seed", type=int, default=fitting.seed, help="of the models, the draw of rows and the bootstrap")
    add("--threads", type=int, default=fitting.threads, help="for the random forest and nearest neighbours")
    add(
        "--balance", type=float, default=fitting.balance, help="power of price in the fitted rows' weights; the pricers use up to 1"
    )
    add("--balance-rest", type=float, default=fitting.balance_rest, help="the same for the shops' rows and appliances")
    add(
        "--all-rows",
        action="store_true",
        help="fit on brand goods, the catalogue and deals too, at prices to $10,000 (default: listings of the published range)",
    )
    add("--rows", type=int, default=asking.rows, help="rows that people and chat models are asked, drawn at random; 0: all")
    add("--human-write", type=Path, metavar="FILE", help="write those rows without prices as a CSV to fill in, and stop")
    add("--human-read", type=Path, metavar="FILE", help="the filled-in CSV; a blank price is no answer")
    add("--with-pricers", type=Path, nargs="*", default=[], metavar="PATH", help="scores.json of training.evaluate, or its folder")
    add("--concurrency", type=int, default=asking.concurrency, help="questions to a chat model under way at a time")
    add("--timeout", type=float, default=asking.timeout, help="seconds for one try of a question")
    add("--retries", type=int, default=asking.retries, help="further tries after 429, 5xx and broken connections")
    found = parser.parse_args(argv)
    if found.rows < 0 or found.concurrency < 1 or found.timeout <= 0 or found.retries < 0 or found.threads < 1:
        parser.error("--rows and --retries take 0 or more, --concurrency, --threads and --timeout more than 0")
    try:
        names = expanded(found.names, has_sheet=found.human_read is not None)
    except ValueError as exc:
        parser.error(str(exc))
    how = {"fitting": made_from(Fitting, found, apart=None), "asking": made_from(Asking, found)}
    return made_from(Run, found, names=names, with_pricers=tuple(found.with_pricers), **how)


def rows_of(run: Run) -> list[Row]:
    """The rows to answer for. BaselineError where there is none."""
    rejects = Rejects()
    rows = list(read(run.eval or reported_file(data_folder(run.data)), rejects))
    if rejects.count:
        print(f"{rejects.count} rows cannot be used:", *rejects.reasons, sep="\n  ", file=sys.stderr)
    if not rows:
        raise BaselineError("there is no row with a text and a price to answer for")
    return rows


def answered(run: Run, asked: Sequence[Row]) -> list[Answered]:
    """Every line that is asked for."""
    offline = [name for name in run.names if name in models.OFFLINE]
    lines = fit_and_ask(offline, asked, data_folder(run.data), run.fitting) if offline else []
    if run.human_read:
        prices, count = human.read(run.human_read, asked)
        lines.append(Answered(HUMAN, "human", "human", prices, count - int(np.isfinite(prices).sum())))
    chats = [name for name in run.names if is_chat(name)]
    return lines + [chat_line(name, asked, run.asking, run.out / f"answers-{output.file_name(name)}.jsonl") for name in chats]


def describe(run: Run, files: Sequence[str]) -> None:
    """Write meta.json over the files, last."""
    folder = data_folder(run.data)
    data = data_hashes(folder) | ({run.eval.name: sha256(run.eval)} if run.eval else {})
    given = {key: str(value) for key, value in arguments_of(run).items()}
    write_meta(run.out, format_version=FORMAT_VERSION, command=COMMAND, files=files, arguments=given, data=data)


def make_table(run: Run) -> dict[str, Any]:
    """Answer, judge, write; what the last line says. One of FAILURES where that cannot be done."""
    asked = rows_of(run)
    if run.human_write:
        rows = [asked[i] for i in run.asking.drawn(asked)]
        return {"written": str(run.human_write), "rows": human.write(run.human_write, rows)}
    run.out.mkdir(parents=True, exist_ok=True)
    pricers = [line for path in run.with_pricers for line in results.read_pricers(path)]
    said = answered(run, asked)
    lines = [result_of(asked, each, run.fitting.seed) for each in said] + pricers
    items = [item_of(request_of(row)) for row in asked]
    describe(run, output.write(run.out, lines, {each.name: output.estimate_lines(items, each.prices) for each in said}))
    print(results.as_text(results.table(lines)))
    better = models.better_targets({each.name: each.held for each in said if each.held is not None})
    for name, target in better.items():
        print(f"{name}: fitted to the {target} it errs less on the held-out rows")
    return {"better_target": better, "results": {line.name: line.summary() for line in lines}}


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 when a baseline cannot be run or its answers cannot be used, 130 after Ctrl-C."""
    run = parse(argv)
    try:
        told = make_table(run)
    except KeyboardInterrupt:
        print("\nbaselines: interrupted; what chat models have answered is kept, the same command goes on", file=sys.stderr)
        return INTERRUPTED
    except FAILURES as exc:
        print(f"baselines: {exc}", file=sys.stderr)
        return 1
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
