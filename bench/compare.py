"""One table of how good everything is that prices: uv run python -m bench.compare [--runs runs/ensemble] [--data FOLDER]

Rows are the ensemble, each of its pricers, the chat path on recorded answers, and peers: those answers as they were given, with the
ensemble on the rows that have one, TF-IDF neighbours and a constant; columns are the splits of products-dev, brand goods (named),
a hundred names as people type them, and the deals' goods that are kept back. Then the answers to ten names typed by hand. The
markdown comes first, the last line is JSON. Needs the shared data, and scikit-learn (`make training`) for the neighbours; estimates
are kept in --runs, where training.ensemble_train keeps its own.
"""

import argparse
import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.chat_bounds import settle
from bench.chat_records import Record, Said, local_pricer, with_local
from bench.famous import TYPED_NAMES, read_famous
from common.pricing import PriceRequest
from common.settings import shared_data_dir
from frontier_rag.chat.chat_calibration import bundled_calibration
from training.baseline.fitting import Fitting, fit_and_ask
from training.baseline.names import BaselineError
from training.command_line.log import log
from training.data.market import DEAL, DEALS_FILE, family_of
from training.data.parts import load_market
from training.data.rows import Row, read_records
from training.ensemble.estimates import estimates_of
from training.evaluation.bootstrap import mean_interval
from training.evaluation.evaluation_file import request_of, sample
from training.evaluation.findings import outcome_of
from training.evaluation.metrics import LEAST, Outcome, score
from training.evaluation.pricers import MEMBERS, Answer, Combined, load_ensemble_weights

COLUMNS = ("seed", "amazon-b", "walmart", "bestbuy", "lite", "named", "typed", "deal")
ENSEMBLE, CHAT_PATH, NEIGHBOURS, CONSTANT = "ensemble", "chat path, recorded answers", "TF-IDF neighbours", "the median price"
AS_RECORDED, ENSEMBLE_THERE = "recorded answers as given", "ensemble, rows with a recorded answer"
TOLD = ("n", "log_error", "mae", "hits", "coverage80", "log_bias")
BASELINES = {NEIGHBOURS: "tfidf-neighbours-log", CONSTANT: "median"}
SEED = 42
RECORDED = "specialist_8b"  # key of a row: what a fine-tuned 8B said to it
TYPED = (
    "AirPods Pro 2",
    "Sony WH-1000XM5",
    "Dyson V15",
    "RTX 4090",
    "MacBook Pro 14 M3",
    "LEGO 75192",
    "iphone 15 pro 256",
    "used nintendo switch oled",
    "kitchenaid stand mixer",
    "Zorblax 9000 flux inverter",
)
Scores = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """The rows of the table with the column of each, and the names typed by hand."""

    rows: list[Row]
    columns: list[str]
    typed: list[Row]


def asked_of(dev: Sequence[Row], names: Sequence[Row]) -> Asked:
    """Dev rows by split, then the names that people type."""
    return Asked([*dev, *names], [*(row.split for row in dev), *("typed" for _ in names)], [Row(name) for name in TYPED])


def scores_by_column(rows: Sequence[Row], columns: Sequence[str], answers: Sequence[Answer]) -> Scores:
    """The figures of TOLD in each column that has rows."""
    outcome, names = outcome_of(rows, answers), np.array(columns)
    return {column: _told(outcome.only(names == column)) for column in COLUMNS if column in columns}


def _told(outcome: Outcome) -> dict[str, Any]:
    logs = np.abs(np.log(np.maximum(outcome.price, LEAST) / np.maximum(outcome.truth, LEAST)))
    found = {key: value for key, value in score(outcome, 0).items() if key in TOLD}
    return found | {"log_error_ci95": [round(end, 4) for end in mean_interval(logs, 0)]}


def cell(figures: Mapping[str, Any] | None) -> str:
    """|ln| / MAE / hits / coverage / bias, as a cell of the table; a dash for nothing."""
    if figures is None:
        return "-"
    covered = "-" if figures["coverage80"] is None else f"{figures['coverage80']:.0%}"
    return f"{figures['log_error']:.3f} / {figures['mae']:.0f} / {figures['hits']:.0%} / {covered} / {figures['log_bias']:+.2f}"


def markdown(table: Mapping[str, Scores]) -> str:
    """The table; below each column how many rows it has, which the chat path's may be fewer than."""
    counts = {column: max((found[column]["n"] for found in table.values() if column in found), default=0) for column in COLUMNS}
    lines = ["| mean abs ln / MAE $ / hits / in 80 % / median ln | " + " | ".join(f"{c} ({n:,})" for c, n in counts.items()) + " |"]
    lines.append("|---" * (len(COLUMNS) + 1) + "|")
    lines += [f"| {name} | " + " | ".join(cell(found.get(c)) for c in COLUMNS) + " |" for name, found in table.items()]
    return "\n".join(lines)


def combined(weights: Combined, rows: Sequence[Row], answers: Mapping[str, Sequence[Answer]]) -> list[Answer]:
    """What the ensemble says by its pricers' answers."""
    columns = [{name: column[i] for name, column in answers.items()} for i in range(len(rows))]
    return [weights.combined(request_of(row), each) for row, each in zip(rows, columns, strict=True)]


def recorded_answers(dev: Sequence[Row], deals: Path) -> list[float | None]:
    """What was recorded of each dev row: a large model's answer to a deal's bare name, a fine-tuned 8B's to a listing."""
    models = {(str(each.get("subject")), each["market_price"]): each["llm"] for each in read_records(deals) if each.get("llm")}
    found = [models.get((row.title, row.price)) if family_of(row) == DEAL else row.extra.get(RECORDED) for row in dev]
    return [float(str(each)) if each and row.price else None for each, row in zip(found, dev, strict=True)]


def said_of(dev: Sequence[Row], deals: Path) -> list[Said]:
    """Recorded answers beside what was asked and the truth."""
    return [
        Said(row.split, PriceRequest(description=row.title) if family_of(row) == DEAL else request_of(row), said, row.price)
        for row, said in zip(dev, recorded_answers(dev, deals), strict=True)
        if said is not None and row.price
    ]


def beside_recorded(dev: Sequence[Row], recorded: Sequence[float | None], ours: Sequence[Answer]) -> dict[str, Scores]:
    """Figures of the recorded answers as they were given, and of ours to the same rows."""
    there = [(row, said, answer) for row, said, answer in zip(dev, recorded, ours, strict=False) if said is not None]
    rows, columns = [row for row, _, _ in there], [row.split for row, _, _ in there]
    return {
        AS_RECORDED: scores_by_column(rows, columns, [Answer(said) for _, said, _ in there]),
        ENSEMBLE_THERE: scores_by_column(rows, columns, [answer for _, _, answer in there]),
    }


async def chat_records(said: Sequence[Said]) -> list[Record]:
    """Recorded answers beside the local estimator's, of the half that the bounds in frontier-rag were not fitted to."""
    async with local_pricer() as pricer:
        if pricer.estimator.version != bundled_calibration().estimator:
            log("the bounds of chat answers were measured beside another local estimator: python -m bench.chat_bounds --write")
        return [each for each in await with_local(pricer, said) if not each.is_fitted_on]


def chat_scores(records: Sequence[Record]) -> Scores:
    """What becomes of them in frontier-rag."""
    columns = {column: [each for each in records if each.source == column] for column in COLUMNS}
    return {column: _chat_told(found) for column, found in columns.items() if found}


def _chat_told(records: Sequence[Record]) -> dict[str, Any]:
    settled = settle(records, bundled_calibration())
    views = [each.opinion or each.record.local for each in settled]
    low, high = (np.array([getattr(view, end) for view in views]) for end in ("low", "high"))
    return _told(Outcome(np.array([each.truth for each in records]), np.array([each.price for each in settled]), low, high))


def plain_peers(asked: Asked, data: Path) -> dict[str, Scores]:
    """The baselines' figures; none where scikit-learn is not installed."""
    try:
        apart = sum(column != "typed" for column in asked.columns)  # the catalogue knows some of the names: ours may use it, too
        found = fit_and_ask(list(BASELINES.values()), asked.rows, data, Fitting(all_rows=True, apart=apart))
    except BaselineError as exc:
        log(f"left out: {exc}")
        return {}
    told = [scores_by_column(asked.rows, asked.columns, [Answer(float(price)) for price in each.prices]) for each in found]
    return dict(zip(BASELINES, told, strict=True))


@dataclass(frozen=True)
class Gathered:
    """What was said: the members' and the ensemble's answers to the table's rows, by name, recorded answers, and to typed names."""

    answers: dict[str, list[Answer]]
    records: list[Record]
    typed: list[Answer]


async def gather(asked: Asked, dev: Sequence[Row], data: Path, runs: Path) -> Gathered:
    """Estimates that were kept, the others asked now."""
    names = asked.rows[len(dev) :]
    parts = {"dev": dev, _part("names", names): names, _part("typed", asked.typed): asked.typed}
    first, second, typed = (await estimates_of(MEMBERS, parts, runs)).values()
    ensemble = Combined({}, load_ensemble_weights())
    members = {name: [*first[name], *second[name]] for name in MEMBERS}
    answers = {ENSEMBLE: combined(ensemble, asked.rows, members), **members}
    return Gathered(answers, await chat_records(said_of(dev, data / DEALS_FILE)), combined(ensemble, asked.typed, typed))


def _part(name: str, rows: Sequence[Row]) -> str:
    """Changes with the names, so that what is kept of others is not taken for theirs."""
    return f"{name}-{hashlib.blake2b('|'.join(row.title for row in rows).encode(), digest_size=4).hexdigest()}"


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = shared_data_dir()
    parser.add_argument("--data", type=Path, default=shared / "data" if shared else None, help="folder of the shared data")
    parser.add_argument("--runs", type=Path, default=Path("runs/ensemble"), help="where estimates are kept")
    parser.add_argument("--limit", type=int, help="dev rows, drawn at random (default: all)")
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data: there is no shared data here; set PRICER_DATA")
    dev = sample(list(load_market(args.data).dev), args.limit, SEED)
    asked = asked_of(dev, read_famous(TYPED_NAMES))
    found = asyncio.run(gather(asked, dev, args.data, args.runs))
    table = {name: scores_by_column(asked.rows, asked.columns, answers) for name, answers in found.answers.items()}
    table[CHAT_PATH] = chat_scores(found.records)
    table |= beside_recorded(dev, recorded_answers(dev, args.data / DEALS_FILE), found.answers[ENSEMBLE])
    table |= plain_peers(asked, args.data)
    print(markdown(table))
    print(typed_table(found.typed))
    typed = [{"name": name, **_told_of(answer)} for name, answer in zip(TYPED, found.typed, strict=True)]
    print(json.dumps({"bench": "compare", "table": table, "typed": typed}))


def typed_table(answers: Sequence[Answer]) -> str:
    """The answers to TYPED."""
    lines = ["", "| typed | says $ | 80 % $ | known |", "|---|---|---|---|"]
    for name, answer in zip(TYPED, answers, strict=True):
        lines.append(
            f"| {name} | {answer.price:,.0f} | {answer.low:,.0f} to {answer.high:,.0f} | {'yes' if answer.is_known else 'no'} |"
        )
    return "\n".join(lines)


def _told_of(answer: Answer) -> dict[str, Any]:
    return {"price": answer.price, "low": answer.low, "high": answer.high, "known": answer.is_known}


if __name__ == "__main__":
    main()
