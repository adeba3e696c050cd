"""Trains the ensemble: prices the held-out rows with all pricers in this process, fits a rule for every subset of them.

    uv run python -m training.ensemble_train [--data FOLDER] [--out artifacts/ensemble]
    uv run python -m training.ensemble_train --compare-only     # the table of all ways to combine; writes no artifact
    uv run python -m training.ensemble_train --chat             # frontier-rag's chat model as a member of its own: 4,254 requests

Needs the pricers' artifacts. Estimates are kept in runs/ by artifact version. Knows nothing of how the pricers work.
"""

import argparse
import asyncio
import itertools
import json
import math
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.artifact import sha256, write_meta
from common.pricing import PriceRequest
from common.settings import artifacts_dir
from ensemble.combine import CAUTION, CHAT, COMMAND, FORMAT_VERSION, LOCAL, Weights, member_of, subset_key, width_of
from training.data.folds import folds_of
from training.data.parts import data_folder, data_hashes, load_parts, sampling_weights
from training.data.rows import Row
from training.ensemble import compare as ensemble_compare
from training.ensemble import fit as ensemble_fit
from training.ensemble.compare import log
from training.ensemble.fit import Held
from training.evaluate import outcome_of
from training.evaluation.evaluation_file import request_of
from training.evaluation.metrics import score
from training.evaluation.pricers import MEMBERS, Answer, EvaluatedPricer, load_member

Floats = npt.NDArray[np.float64]
CHUNK = 50  # rows between two savings
CHAT_NOTE = (
    f"{CHAT} was not evaluated here: in frontier-rag's place it gets {CAUTION:g} of the weight fitted for the local estimator,"
    " and all of it where it is alone. ensemble_train --chat fits its own."
)


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


def version_of(name: str) -> str:
    """Changes with every meta.json of the artifact: frontier-rag's estimator has one of its own."""
    folder = artifacts_dir() / name
    digests = [sha256(path) for path in sorted(folder.rglob("meta.json"), key=lambda path: (len(path.parts), str(path)))]
    return "-".join(digest[:10] for digest in digests)


class Member:
    """A pricer, frontier-rag as its local estimator whatever keys are set; loaded when first asked: kept estimates need none."""

    def __init__(self, name: str) -> None:
        self.version = version_of(name)
        self._name = name
        self._pricer: EvaluatedPricer | None = None

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        if self._pricer is None:
            loaded: Any = await load_member(self._name)
            if self._name == LOCAL:
                loaded.pricer.chat = None
            self._pricer = loaded
        return await self._pricer.answer(requests)


class ChatMember:
    """frontier-rag with the chat model of the environment; the rows that it leaves to the local estimator are counted."""

    def __init__(self, pricer: EvaluatedPricer, version: str) -> None:
        self.pricer, self.version, self.left = pricer, version, 0

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        """One answer for each request."""
        answers = await self.pricer.answer(requests)
        self.left += sum(member_of(LOCAL, answer.member) != CHAT for answer in answers)
        return answers


async def chat_member() -> ChatMember:
    """SystemExit where the environment names no chat model."""
    loaded: Any = await load_member(LOCAL)
    if loaded.pricer.chat is None:
        raise SystemExit("no chat model: set what frontier-rag's settings name (OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL)")
    said = re.sub("[^A-Za-z0-9.]+", "-", "+".join(each.name for each in loaded.pricer.chat.endpoints))
    return ChatMember(loaded, f"{version_of(LOCAL)}-{said}")


async def estimates_of(
    members: Sequence[str], parts: Mapping[str, Sequence[Row]], runs: Path
) -> dict[str, dict[str, list[Answer]]]:
    """Answers by part and pricer, kept in files named after the pricer's meta.json: an artifact made anew is asked anew."""
    answers: dict[str, dict[str, list[Answer]]] = {part: {} for part in parts}
    for name in members:
        pricer = await chat_member() if name == CHAT else Member(name)
        for part, rows in parts.items():
            answers[part][name] = await priced(pricer, rows, runs / f"{name}-{pricer.version}-{part}-{len(rows)}.jsonl")
            log(name, "priced", len(rows), "rows:", part)
        if isinstance(pricer, ChatMember) and pricer.left:
            log(pricer.left, "answers were the local estimator's: the chat model gave none, or none to be believed")
    return answers


def _ends(column: Sequence[Answer]) -> Floats:
    """ln(high / low) of each answer, NaN where there is none."""
    return np.array([math.nan if a.low is None or a.high is None else width_of(a.low, a.high) for a in column])


def held_of(rows: Sequence[Row], answers: Mapping[str, Sequence[Answer]], args: argparse.Namespace) -> Held:
    """What the fit works on."""
    logs = {name: np.log(np.array([answer.price for answer in column])) for name, column in answers.items()}
    widths = {name: _ends(column) for name, column in answers.items()}
    truth = np.array([row.price for row in rows], np.float64)
    return Held(logs, truth, sampling_weights(rows, args.balance, args.balance_rest), folds_of(rows, args.folds), widths)


def fit_all(members: Sequence[str], held: Held) -> Weights:
    """A rule for every subset of the members that can answer together: frontier-rag answers by its chat model or without."""
    subsets = itertools.chain.from_iterable(itertools.combinations(sorted(members), n) for n in range(1, len(members) + 1))
    rules = {subset_key(names): ensemble_fit.fit_rule(names, held) for names in subsets if not {CHAT, LOCAL} <= set(names)}
    for key, rule in rules.items():
        log(key, rule.weights, "sharpness", rule.sharpness, "knots of the shift", len(rule.shift.knots))
    return Weights(sorted(members), rules)


def _shift_told(offsets: Sequence[float]) -> str:
    if not any(offsets):
        return ""
    return f", times {math.exp(offsets[0]):.3f}" if len(offsets) == 1 else f", shift at {len(offsets)} levels"


def in_one_line(weights: Weights) -> dict[str, str]:
    """What meta.json says of each rule."""
    return {
        key: " + ".join(f"{weight:.3f} {name}" for name, weight in rule.weights.items())
        + f", each over its relative width ** {rule.sharpness:g}"
        + _shift_told(rule.shift.offsets)
        for key, rule in weights.subsets.items()
    }


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with products-*.jsonl.xz (default: ../shared/data)")
    parser.add_argument("--out", type=Path, help="default: artifacts/ensemble")
    parser.add_argument("--runs", type=Path, default=Path("runs/ensemble"), help="where estimates are kept (runs/ensemble)")
    parser.add_argument("--members", nargs="+", default=list(MEMBERS), choices=MEMBERS, help="fewer than all: for a trial")
    parser.add_argument("--chat", action="store_true", help="also fit frontier-rag's chat model, which answers every row for money")
    parser.add_argument("--compare-only", action="store_true", help="print the comparison, write no artifact")
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
    members = [*args.members, *([CHAT] if args.chat else [])]
    answers = asyncio.run(estimates_of(members, parts, args.runs))
    held, dev = (held_of(parts[part], answers[part], args) for part in ("held", "dev"))
    dev = replace(dev, weights=np.ones_like(dev.truth))  # products-dev is what it is: every row counts once
    weights = fit_all(members, held)
    metrics = ensemble_compare.judge(weights, parts, held, dev)
    metrics["members"] = {name: score(outcome_of(parts["dev"], answers["dev"][name]), 0) for name in members}
    if not args.compare_only:
        chosen = {name: value for name, value in vars(args).items() if name not in ("data", "out", "runs", "compare_only")}
        notes = {} if args.chat else {CHAT: CHAT_NOTE}
        facts = {"arguments": chosen, "data": data_hashes(data), "rules": in_one_line(weights), "metrics": metrics, "notes": notes}
        write(weights, args.out or artifacts_dir() / "ensemble", facts)
    print(
        json.dumps({"pricer": "ensemble", "members": weights.members, **metrics["dev"]["all"], **ensemble_compare.brief(metrics)})
    )


if __name__ == "__main__":
    main()
