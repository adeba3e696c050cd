"""Trains the judge of offers: how far the asked price, the pricers and stated references are to be believed.

    uv run python -m training.judge_train [--data FOLDER] [--out artifacts/judge]
    uv run python -m training.judge_train --compare-only     # the cross-validated figures alone

Needs the artifacts of the pricers and the ensemble: of each deal it asks what they say. Trusted deals were fitted on by none of
them. Figures in meta.json are of deals whose product the judge had not seen (grouped folds), but for the three numbers that all
evidence shares, its sharpness and the calibration of the chances. The last line is the JSON.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from common.artifact import sha256, write_meta
from common.settings import artifacts_dir
from ensemble.judge.model import COMMAND, FILE, FORMAT_VERSION, JudgeModel
from scanner.alert_rule import AlertRule
from training.command_line.arguments import Help, arguments_of, made_from
from training.command_line.log import log
from training.data.market import DEALS_FILE, NAMED, family_of
from training.data.parts import Parts, data_folder, load_market
from training.data.whole_files import check_replaceable, whole_folder
from training.judge.answers import answers_of
from training.judge.calibrate import calibrated
from training.judge.cases import USUAL, Case, read_cases, usual_cases
from training.judge.estimate_alone import figures_alone
from training.judge.fit import Evidence, Recipe, crossed, fit_judge
from training.judge.modes import Figures, figures
from training.judge.prior_fit import PriorRecipe

USUAL_ROWS, SEED = 500, 53  # goods at their own price, drawn from the brand goods that no pricer was fitted on


@dataclass(frozen=True)
class Run:
    """Where the data, the artifact, the kept answers and a report (None: nowhere) lie."""

    data: Path
    out: Path
    runs: Path
    compare_only: bool
    report: Path | None
    recipe: Recipe


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    add = parser.add_argument
    add("--data", type=Path, help=f"folder with {DEALS_FILE} and products-*.jsonl.xz (default: ../shared/data)")
    add("--out", type=Path, default=artifacts_dir() / "judge", help="folder of the artifact")
    add("--runs", type=Path, default=Path("runs/judge"), help="where the pricers' answers are kept")
    add("--compare-only", action="store_true", help="print the figures, write no artifact")
    add("--report", type=Path, help="folder for report.html and judge.png of the cross-validated figures")
    add("--folds", type=int, default=5, help="of the cross-validation, by product")
    add("--claimed", type=float, default=0.3, help="what an estimate's error counts where the price is a seller's claim")
    add("--usual", type=float, default=0.3, help="the same of goods at their own price")
    found = parser.parse_args(argv)
    return made_from(Run, found, data=data_folder(found.data), recipe=made_from(Recipe, found, prior=PriorRecipe()))


def evidence_of(parts: Parts, deals: Path, runs: Path) -> Evidence:
    """All deals of the file, and some goods at their own price, with what the pricers say of them."""
    untouched = {(row.title, row.price) for row in (*parts.held, *parts.dev)}
    named = [row for row in parts.held if family_of(row) == NAMED]
    usual = usual_cases(random.Random(SEED).sample(named, min(USUAL_ROWS, len(named))))
    cases = [*read_cases(deals), *usual]
    answers = asyncio.run(answers_of([case.request for case in cases], runs))
    is_honest = np.array([case.kind == USUAL or (case.offer.title, case.market) in untouched for case in cases], bool)
    return Evidence(cases, answers, is_honest, np.array([case.kind == USUAL for case in cases], bool))


def measured(honest: Evidence, models: dict[int, JudgeModel], rule: AlertRule) -> Figures:
    """Figures by mode of deals that no pricer was fitted on, each judged by the model of its fold, which was not fitted on it."""
    folds = len(models)

    def model_of(case: Case) -> JudgeModel:
        return models[case.fold(folds)]

    return asyncio.run(figures(honest.cases, honest.answers, model_of, rule))


def main(argv: Sequence[str] | None = None) -> None:
    """Ask, cross-validate, fit, write."""
    run, rule = parse(argv), AlertRule()
    if not run.compare_only:
        check_replaceable(run.out)  # told before the pricing, not after
    deals = run.data / DEALS_FILE
    if not deals.is_file():
        raise SystemExit(f"{deals} is not there: the judge is fitted on deals whose worth is known")
    evidence = evidence_of(load_market(run.data), deals, run.runs)
    log(len(evidence.cases), "cases,", int(evidence.is_honest.sum()), "that no pricer was fitted on")
    honest = evidence.only(evidence.is_honest & ~evidence.is_usual)
    models = crossed(evidence, run.recipe, run.recipe.folds)
    sharpness, calibration = calibrated(models, honest)
    models = {fold: replace(model, sharpness=sharpness, calibration=calibration) for fold, model in models.items()}
    judged = measured(honest, models, rule)
    if run.report:
        from training.judge.page import write

        write(
            run.report,
            f"{len(honest.cases):,} deals judged by models that have not seen them",
            {"modes": judged.modes},
            judged,
            rule,
        )
    metrics = judged.modes | {"estimate_alone": figures_alone(honest.cases, honest.answers)}
    if not run.compare_only:
        facts = {"arguments": arguments_of(run.recipe), "data": {DEALS_FILE: sha256(deals)}, "metrics": metrics}
        with whole_folder(run.out) as folder:
            replace(fit_judge(evidence, run.recipe), sharpness=sharpness, calibration=calibration).save(folder / FILE)
            write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=[FILE], name=run.out.name, **facts)
    print(json.dumps({"judge": str(run.out), "n": len(evidence.cases), "modes": metrics}))


if __name__ == "__main__":
    main()
