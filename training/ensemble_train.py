"""Trains the ensemble: prices the held-out rows with all pricers in this process, fits a rule for every subset of them.

    uv run python -m training.ensemble_train [--data FOLDER] [--out artifacts/ensemble]
    uv run python -m training.ensemble_train --compare-only     # the table of all ways to combine; writes no artifact
    uv run python -m training.ensemble_train --chat             # frontier-rag's chat model as a member of its own: 10,562 requests

Needs the pricers' artifacts. Estimates are kept in runs/ by artifact version. Knows nothing of how the pricers work.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from common.settings import artifacts_dir
from ensemble.combine import CAUTION, CHAT
from training.command_line.arguments import Help, arguments_of, made_from
from training.data.parts import data_folder, data_hashes, load_market
from training.data.whole_files import check_replaceable
from training.ensemble.artifact import in_one_line, write
from training.ensemble.categories import fit_category_words
from training.ensemble.compare import brief, judge
from training.ensemble.estimates import estimates_of
from training.ensemble.fit import fit_all
from training.ensemble.held import Weighing, held_of
from training.evaluation.findings import outcome_of
from training.evaluation.metrics import score
from training.evaluation.pricers import MEMBERS

CHAT_NOTE = (
    f"{CHAT} was not evaluated here: in frontier-rag's place it gets {CAUTION:g} of the weight fitted for the local estimator,"
    " and all of it where it is alone. ensemble_train --chat fits its own."
)


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights, as meta.json keeps it. `chat`: frontier-rag's chat model too; `limit`: rows of each part."""

    members: tuple[str, ...]
    chat: bool
    limit: int | None
    weighing: Weighing

    @property
    def asked(self) -> tuple[str, ...]:
        """Who is asked for estimates."""
        return (*self.members, CHAT) if self.chat else self.members


@dataclass(frozen=True)
class Run:
    """Where the data, the artifact and the kept estimates lie, and how the weights are fitted."""

    data: Path
    out: Path
    runs: Path
    compare_only: bool
    recipe: Recipe


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: ../shared/data)")
    add("--out", type=Path, default=artifacts_dir() / "ensemble", help="folder of the artifact")
    add("--runs", type=Path, default=Path("runs/ensemble"), help="where estimates are kept")
    add("--members", nargs="+", default=list(MEMBERS), choices=MEMBERS, help="fewer than all: for a trial")
    add("--chat", action="store_true", help="also fit frontier-rag's chat model, which answers every row for money")
    add("--compare-only", action="store_true", help="print the comparison, write no artifact")
    add("--limit", type=int, help="rows of each part, for a trial")
    add("--folds", type=int, default=5, help="of the cross-validation")
    add("--balance", type=float, default=0.7, help="power of price in the weight of the eight-category rows")
    add("--balance-rest", type=float, default=-0.5, help="the same for the shops' rows and appliances")
    found = parser.parse_args(argv)
    recipe = made_from(Recipe, found, members=tuple(found.members), weighing=made_from(Weighing, found))
    return made_from(Run, found, data=data_folder(found.data), recipe=recipe)


def main(argv: Sequence[str] | None = None) -> None:
    """Price, fit, compare, write."""
    run = parse(argv)
    if not run.compare_only:
        check_replaceable(run.out)  # told before hours of pricing, not after
    recipe, loaded = run.recipe, load_market(run.data)
    parts = {"held": loaded.held[: recipe.limit], "dev": loaded.dev[: recipe.limit]}
    answers = asyncio.run(estimates_of(recipe.asked, parts, run.runs))
    words = fit_category_words(loaded.fit)
    held, dev = (held_of(parts[part], answers[part], recipe.weighing, words) for part in ("held", "dev"))
    dev = replace(dev, weights=np.ones_like(dev.truth))  # products-dev is what it is: every row counts once
    weights = fit_all(recipe.asked, held, words)
    metrics = judge(weights, parts, held, dev)
    metrics["members"] = {name: score(outcome_of(parts["dev"], answers["dev"][name]), 0) for name in recipe.asked}
    if not run.compare_only:
        facts = {"arguments": arguments_of(recipe), "data": data_hashes(run.data), "rules": in_one_line(weights)}
        write(weights, run.out, {**facts, "metrics": metrics, "notes": {} if recipe.chat else {CHAT: CHAT_NOTE}})
    print(json.dumps({"pricer": "ensemble", "members": weights.members, **metrics["dev"]["all"], **brief(metrics)}))


if __name__ == "__main__":
    main()
