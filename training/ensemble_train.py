"""Trains the ensemble: prices the held-out rows with all pricers in this process, fits a rule for every subset of them.

    uv run python -m training.ensemble_train [--data FOLDER] [--out artifacts/ensemble]

Needs the pricers' artifacts. Estimates are kept in runs/ by artifact version. Knows nothing of how the pricers work.
"""

import argparse
import asyncio
import itertools
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.artifact import sha256, write_meta
from common.settings import artifacts_dir
from ensemble.combine import COMMAND, FORMAT_VERSION, Rule, Weights, subset_key
from training import ensemble_fit
from training.data import data_folder, data_hashes, load_parts, sampling_weights
from training.ensemble_fit import Held
from training.evaluate import outcome_of
from training.evaluation.bootstrap import mean_interval
from training.evaluation.metrics import Outcome, score, score_bands, score_groups
from training.evaluation.pricers import MEMBERS, Answer, EvaluatedPricer, load_member
from training.evaluation.rows import request_of
from training.folds import folds_of
from training.rows import Row

Floats = npt.NDArray[np.float64]
CHUNK = 50  # rows between two savings
CHAT_NOTE = (
    "frontier-rag with a chat model was never evaluated here. It answers under the weight of frontier-rag, which was fitted on"
    " the local estimator: cautious, since no weight rests on what the chat model might do better."
)


def log(*words: object) -> None:
    """A line with the time."""
    print(time.strftime("%H:%M:%S"), *words, flush=True)


def _read_kept(path: Path) -> list[Answer]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Answer(*json.loads(line)) for line in lines if line.endswith("]")]


async def priced(pricer: EvaluatedPricer, rows: Sequence[Row], kept: Path) -> list[Answer]:
    """Answers for all rows, those in the file `kept` first; new ones are added to it as they come."""
    answers = _read_kept(kept)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("a", encoding="utf-8") as file:
        while len(answers) < len(rows):
            chunk = await pricer.answer([request_of(row) for row in rows[len(answers) : len(answers) + CHUNK]])
            file.writelines(json.dumps(astuple(answer)) + "\n" for answer in chunk)
            file.flush()
            answers += chunk
    return answers


async def estimates_of(
    members: Sequence[str], parts: Mapping[str, Sequence[Row]], runs: Path
) -> dict[str, dict[str, list[Answer]]]:
    """Answers by part and pricer, kept in files named after the pricer's meta.json: an artifact made anew is asked anew."""
    answers: dict[str, dict[str, list[Answer]]] = {part: {} for part in parts}
    for name in members:
        digest = sha256(artifacts_dir() / name / "meta.json")[:10]
        pricer = await load_member(name)
        for part, rows in parts.items():
            answers[part][name] = await priced(pricer, rows, runs / f"{name}-{digest}-{part}-{len(rows)}.jsonl")
            log(name, "priced", len(rows), "rows:", part)
    return answers


def held_of(rows: Sequence[Row], answers: Mapping[str, Sequence[Answer]], args: argparse.Namespace) -> Held:
    """What the fit works on."""
    logs = {name: np.log(np.array([answer.price for answer in column])) for name, column in answers.items()}
    truth = np.array([row.price for row in rows], np.float64)
    return Held(logs, truth, sampling_weights(rows, args.balance, args.balance_rest), folds_of(rows, args.folds))


def fit_all(members: Sequence[str], held: Held) -> Weights:
    """A rule for every subset of the members."""
    subsets = itertools.chain.from_iterable(itertools.combinations(sorted(members), n) for n in range(1, len(members) + 1))
    rules = {subset_key(names): ensemble_fit.fit_rule(names, held) for names in subsets}
    for key, rule in rules.items():
        log(key, rule.weights)
    return Weights(sorted(members), rules)


def _row_of_table(held: Held, log_price: Floats, ours: Floats) -> dict[str, Any]:
    errors, best = np.abs(np.exp(log_price) - held.truth), np.abs(np.exp(ours) - held.truth)
    weights = held.weights / held.weights.mean()
    difference = weights * (errors - best)
    return {
        "mae": round(float(np.average(errors, weights=weights)), 3),
        "above_ours": round(float(difference.mean()), 3),
        "above_ours_ci95": mean_interval(difference, 0),
    }


def comparison(held: Held, learned: Mapping[str, Floats]) -> dict[str, dict[str, Any]]:
    """Mean absolute error of every way to combine, and how far it lies above ours with a paired 95 % interval."""
    ways = {**ensemble_fit.without_fitting(held), **learned}
    return {name: _row_of_table(held, log_price, learned["ours"]) for name, log_price in ways.items()}


def show(title: str, table: Mapping[str, Mapping[str, Any]]) -> None:
    """The comparison, best first."""
    log(title)
    for name, line in sorted(table.items(), key=lambda item: item[1]["mae"]):
        low, high = line["above_ours_ci95"]
        print(f"  {name:<20} MAE {line['mae']:>8.2f}   above ours {line['above_ours']:>+7.2f}  [{low:+.2f}, {high:+.2f}]")


def report(rows: Sequence[Row], rule: Rule, held: Held) -> dict[str, Any]:
    """Metrics of our rule on a part, by split and band."""
    level = rule.log_price(held.logs)
    outcome = Outcome(held.truth, np.exp(level), *(np.exp(end) for end in rule.bounds(level)))
    by = {**score_groups(outcome, [row.split or row.source for row in rows], 0), **score_bands(outcome, 0)}
    for name, s in {"all": score(outcome, 0), **by}.items():
        print(f"  {name:<12} n {s['n']:>5}  MAE {s['mae']:>7.2f}  RMSLE {s['rmsle']:.3f}  in 80 % {s['coverage80']:.1%}")
    return {"all": score(outcome, 0), **by}


def judge(weights: Weights, parts: Mapping[str, Sequence[Row]], held: Held, dev: Held) -> dict[str, Any]:
    """Everything that meta.json says of how good the ensemble is."""
    whole = weights.subsets[subset_key(weights.members)]
    crossed = {
        "ours": ensemble_fit.crossed(held, ensemble_fit.rule_answers(weights.members)),
        "linear regression": ensemble_fit.crossed(held, ensemble_fit.linear_regression),
    }
    applied = {"ours": whole.log_price(dev.logs), "linear regression": ensemble_fit.linear_regression(held)(dev)}
    tables = {"held": comparison(held, crossed), "dev": comparison(dev, applied)}
    show("held out, cross-validated, weighted towards the balanced sample", tables["held"])
    show("products-dev", tables["dev"])
    log("ours on products-dev")
    return {"comparison": tables, "dev": report(parts["dev"], whole, dev)}


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with products-*.jsonl.xz (default: ../shared/data)")
    parser.add_argument("--out", type=Path, help="default: artifacts/ensemble")
    parser.add_argument("--runs", type=Path, default=Path("runs/ensemble"), help="where estimates are kept (runs/ensemble)")
    parser.add_argument("--members", nargs="+", default=list(MEMBERS), choices=MEMBERS, help="fewer than all: for a trial")
    parser.add_argument("--limit", type=int, help="rows of each part, for a trial")
    parser.add_argument("--folds", type=int, default=5, help="of the cross-validation (5)")
    parser.add_argument("--balance", type=float, default=0.7, help="power of price in the weight of the eight-category rows (0.7)")
    parser.add_argument("--balance-rest", type=float, default=0.3, help="the same for the shops' rows and appliances (0.3)")
    return parser.parse_args(argv)


def write(weights: Weights, out: Path, facts: Mapping[str, Any]) -> None:
    """Write beside the artifact, then take its place."""
    folder = out.with_name(out.name + ".part")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    weights.save(folder / "weights.json")
    write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=["weights.json"], name=out.name, **facts)
    shutil.rmtree(out, ignore_errors=True)
    folder.rename(out)


def main(argv: Sequence[str] | None = None) -> None:
    """Price, fit, compare, write."""
    args = arguments(argv)
    data = data_folder(args.data)
    loaded = load_parts(data)
    parts = {"held": loaded.held[: args.limit], "dev": loaded.dev[: args.limit]}
    answers = asyncio.run(estimates_of(args.members, parts, args.runs))
    held, dev = (held_of(parts[part], answers[part], args) for part in ("held", "dev"))
    dev = Held(dev.logs, dev.truth, np.ones_like(dev.truth), dev.folds)  # products-dev is what it is: every row counts once
    weights = fit_all(args.members, held)
    metrics = judge(weights, parts, held, dev)
    alone = {name: score(outcome_of(parts["dev"], answers["dev"][name]), 0) for name in args.members}
    chosen = {name: value for name, value in vars(args).items() if name not in ("data", "out", "runs")}
    facts = {"arguments": chosen, "data": data_hashes(data), "metrics": {**metrics, "members": alone}}
    write(weights, args.out or artifacts_dir() / "ensemble", {**facts, "notes": {"frontier-rag-chat": CHAT_NOTE}})
    print(json.dumps({"pricer": "ensemble", "members": weights.members, **metrics["dev"]["all"]}))


if __name__ == "__main__":
    main()
