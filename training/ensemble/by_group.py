"""Figures of the ensemble by group: is the level honest and does the interval hold in each, by what is known and by what is not?

A calibrated estimate has no bias by its own band; by the band of the true price some is left (regression to the mean). Knows
nothing of how estimates were made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ensemble.groups import OTHER, category_of
from training.data.market import family_of
from training.data.rows import Row
from training.evaluation.metrics import BANDS, Outcome, band_of, score_groups

TOLD = ("n", "mae", "log_error", "log_bias", "coverage80")
FEWEST = 30  # rows: the tables in the log leave smaller groups out
COVERED = ("family", "price_band", "estimate_band", "category")  # what the last line tells of


def figures_by_group(rows: Sequence[Row], outcome: Outcome) -> dict[str, Any]:
    """By family, band of the true price, band of the estimate and category; `levels`: by family and either band.

    Categories are those that intervals are calibrated by, here as the rows name them; rows that name none are in none.
    """
    families = [family_of(row) for row in rows]
    bands = {"estimate_band": band_of(outcome.price), "price_band": band_of(outcome.truth)}
    names = {"family": families, **bands, "category": [category_of(row.main_category) or "" for row in rows]}
    found: dict[str, Any] = {part: _scores(outcome, each) for part, each in names.items()}
    found["levels"] = {
        part: {family: _of_family(outcome, families, family, each) for family in dict.fromkeys(families)}
        for part, each in bands.items()
    }
    return found


def _of_family(outcome: Outcome, families: Sequence[str], family: str, bands: Sequence[str]) -> dict[str, dict[str, Any]]:
    mask = np.array(families) == family
    return _scores(outcome.only(mask), np.array(bands)[mask].tolist())


def _scores(outcome: Outcome, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The figures of TOLD by group; bands in their order."""
    scores = score_groups(outcome, names, 0)
    order = [band for band in BANDS if band in scores] or list(scores)
    return {name: {key: value for key, value in scores[name].items() if key in TOLD} for name in order}


def coverage_by_group(figures: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The shares of truths in their intervals alone."""
    return {part: {name: each["coverage80"] for name, each in figures[part].items()} for part in COVERED}


def worst_group(figures: Mapping[str, Any], part: str) -> list[Any]:
    """The least coverage of a part's groups and whose it is; rows of no main category are not one of the eight."""
    return list(min((each["coverage80"], name) for name, each in figures[part].items() if name != OTHER))


def show_levels(figures: Mapping[str, Any]) -> None:
    """Median ln(estimate / price) and coverage by family and band."""
    for part, families in figures["levels"].items():
        print(f"  median ln(estimate / price), coverage by {part.replace('_', ' ')}")
        for family, found in families.items():
            cells = [f"{band} {s['log_bias']:+.3f} {s['coverage80']:.0%}" for band, s in found.items() if s["n"] >= FEWEST]
            print(f"    {family:<10}" + "   ".join(cells))
