"""Compares the ensemble with its members and with other ways to combine them, row by row, and shows the tables.

`uv run python -m training.ensemble_train --compare-only` prints them. Knows nothing of how estimates were made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ensemble.combine import CHAT, LOCAL, Weights, subset_key
from ensemble.rule import Rule
from training.command_line.log import log
from training.data.folds import folds_of
from training.data.market import family_of
from training.data.rows import Row
from training.ensemble.by_group import coverage_by_group, figures_by_group, show_levels, worst_group
from training.ensemble.fit import crossed, linear_regression, rule_answers, without_fitting
from training.ensemble.held import Floats, Held
from training.evaluation.bootstrap import mean_interval
from training.evaluation.comparison import differences
from training.evaluation.metrics import Outcome, score, score_bands, score_groups

OURS, REGRESSION, PUBLISHED = "ours", "linear regression", "published 8B"
RECORDED = "specialist_8b"  # key of a row: what the published fine-tune of Llama-3.1-8B answered
FOLDS = 5  # of the stand-in's cross-fit


def _row_of_table(held: Held, log_price: Floats, ours: Floats) -> dict[str, Any]:
    errors, best = np.abs(np.exp(log_price) - held.truth), np.abs(np.exp(ours) - held.truth)
    weights = held.weights / held.weights.mean()
    difference = weights * (errors - best)
    return {
        "mae": round(float(np.average(errors, weights=weights)), 3),
        "above_ours": round(float(difference.mean()), 3),
        "above_ours_ci95": mean_interval(difference, 0),
    }


def _ways(held: Held, learned: Mapping[str, Floats]) -> dict[str, Floats]:
    return {**without_fitting(held), **learned}


def comparison(held: Held, learned: Mapping[str, Floats]) -> dict[str, dict[str, Any]]:
    """Mean absolute error of every way to combine, and how far it lies above ours with a paired 95 % interval."""
    return {name: _row_of_table(held, log_price, learned[OURS]) for name, log_price in _ways(held, learned).items()}


def by_split(held: Held, learned: Mapping[str, Floats], splits: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The same for each of several splits, every row alike; `adjusted` intervals hold for all splits of a pair together."""
    table: dict[str, dict[str, Any]] = {}
    if len(set(splits)) < 2:
        return table
    ours = Outcome.points(held.truth, np.exp(learned[OURS]))
    for split in dict.fromkeys(splits):
        mean = float(ours.errors[np.array(splits) == split].mean())
        table[split] = {OURS: {"mae": round(mean, 3), "above_ours": 0.0, "above_ours_ci95": [0.0, 0.0], "adjusted": [0.0, 0.0]}}
    for name, log_price in _ways(held, learned).items():
        if name == OURS:
            continue
        other = Outcome.points(held.truth, np.exp(log_price))
        (pair,) = differences({name: other, OURS: ours}, splits, 0)
        for split, found in pair.get("by", {}).get("split", {}).items():
            mask = np.array(splits) == split
            table[split][name] = {
                "mae": round(float(other.errors[mask].mean()), 3),
                "above_ours": found["difference"],
                "above_ours_ci95": found["ci95"],
                "adjusted": found["ci_adjusted"],
            }
    return table


def show(title: str, table: Mapping[str, Mapping[str, Any]]) -> None:
    """The comparison, best first."""
    log(title)
    for name, line in sorted(table.items(), key=lambda item: item[1]["mae"]):
        low, high = line["above_ours_ci95"]
        print(f"  {name:<20} MAE {line['mae']:>8.2f}   above ours {line['above_ours']:>+7.2f}  [{low:+.2f}, {high:+.2f}]")


def outcome_of_rule(rule: Rule, held: Held) -> Outcome:
    """What the rule answers for the rows of a part."""
    level = rule.log_price(held.logs, held.widths, held.groups)
    return Outcome(held.truth, np.exp(level), *(np.exp(end) for end in rule.bounds(level, held.widths, held.groups)))


def report(rows: Sequence[Row], outcome: Outcome) -> dict[str, Any]:
    """Metrics of our rule on a part, by split and band."""
    by = {**score_groups(outcome, [row.split or family_of(row) for row in rows], 0), **score_bands(outcome, 0)}
    for name, s in {"all": score(outcome, 0), **by}.items():
        told = f"  {name:<12} n {s['n']:>5}  MAE {s['mae']:>7.2f}  |ln| {s['log_error']:.3f}  bias {s['log_bias']:+.3f}"
        print(f"{told}  hits {s['hits']:.1%}  in 80 % {s['coverage80']:.1%}")
    return {"all": score(outcome, 0), **by}


def _recorded(row: Row) -> float:
    found = row.extra.get(RECORDED)
    return float(found) if isinstance(found, int | float) and found > 0 else 0.0


def stand_in(rows: Sequence[Row], held: Held, members: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The published 8B's recorded estimates in the specialist's place, where rows have them: fitted on other folds of these rows.

    Empty where no row has one. It gave no intervals, so it counts as usually sure everywhere.
    """
    said = np.array([_recorded(row) for row in rows])
    found = said > 0
    if not found.any():
        return {}
    kept = held.only(found)
    others = [name for name in members if name != "specialist"]
    logs = {**{name: kept.logs[name] for name in others}, PUBLISHED: np.log(said[found])}
    widths = {name: kept.widths[name] for name in others if name in kept.widths}
    folds = folds_of([row for row, is_there in zip(rows, found, strict=True) if is_there], FOLDS)
    stood = Held(logs, kept.truth, np.ones_like(kept.truth), folds, kept.groups, kept.evened, widths)
    learned = {
        OURS: crossed(stood, rule_answers(sorted(logs))),
        REGRESSION: crossed(stood, linear_regression),
    }
    return comparison(stood, learned)


def judge(weights: Weights, parts: Mapping[str, Sequence[Row]], held: Held, dev: Held) -> dict[str, Any]:
    """What meta.json says of how good the ensemble is: with the chat model where both frontier-rags were asked."""
    members = [name for name in weights.members if not (name == LOCAL and CHAT in weights.members)]
    whole = weights.subsets[subset_key(members)]
    held, dev = held.among(members), dev.among(members)
    learned = {OURS: crossed(held, rule_answers(members)), REGRESSION: crossed(held, linear_regression)}
    applied = {OURS: whole.log_price(dev.logs, dev.widths, dev.groups), REGRESSION: linear_regression(held)(dev)}
    tables = {"held": comparison(held, learned), "dev": comparison(dev, applied)}
    show("held out, cross-validated, weighted towards the balanced sample", tables["held"])
    show("products-dev", tables["dev"])
    splits = by_split(dev, applied, [row.split for row in parts["dev"]])
    for split, table in splits.items():
        show(f"products-dev: {split}", table)
    stood = stand_in(parts["dev"], dev, members)
    if stood:
        show(f"seed, cross-fitted, with the recorded estimates of the {PUBLISHED} as the specialist", stood)
    log("ours on products-dev")
    outcome = outcome_of_rule(whole, dev)
    figures, by_group = report(parts["dev"], outcome), figures_by_group(parts["dev"], outcome)
    show_levels(by_group)
    return {"comparison": {**tables, "splits": splits, "stand_in": stood}, "dev": figures, "dev_by": by_group}


def _best(table: Mapping[str, Mapping[str, Any]], members: Sequence[str]) -> str:
    return min(members, key=lambda name: float(table[name]["mae"]))


def brief(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What the last line says beside the metrics: ours against the best member in all, in each split, and the stand-in."""
    found = metrics["comparison"]
    members = [name for name in metrics["members"] if name in found["dev"]]
    best = _best(found["dev"], members)
    compared = {split: table for split, table in found["splits"].items() if set(members) <= set(table)}  # none of a single split
    ahead = {split: round(table[_best(table, members)]["above_ours"], 3) for split, table in compared.items()}
    stood = {name: line["mae"] for name, line in found["stand_in"].items() if name in (OURS, PUBLISHED)}
    return {
        "best_member": best,
        "below_best_member": round(found["dev"][best]["above_ours"] / found["dev"][best]["mae"], 4),
        "best_member_above_ours_by_split": ahead,
        "worst_band": worst_group(metrics["dev_by"], "price_band"),
        "worst_category": worst_group(metrics["dev_by"], "category"),
        "coverage": coverage_by_group(metrics["dev_by"]),
        "stand_in": stood,
    }
