"""Shortened texts stand beside their rows, in the same fold and with less weight."""

from dataclasses import replace

import numpy as np
import pytest

from training.data.rows import Row
from training.random_forest.samples import Sampling, samples_of, with_variants

ROWS = [Row(f"Lamp code{i}x", (f"Brass{i} lamp of {i} watts. It stands on a foot of oak{i}.",), price=10.0 + i) for i in range(60)]
SAMPLING = Sampling(balance=0.0, balance_rest=0.0, variant_weight=0.5, folds=3, seed=42)


def test_the_rows_come_first_as_they_are() -> None:
    fit = samples_of(ROWS)
    fitted = with_variants(fit, SAMPLING)
    assert fitted.texts[:60] == fit.texts
    assert fitted.prices[:60].tolist() == [10.0 + i for i in range(60)]
    assert fitted.weights[:60] == pytest.approx(np.ones(60))


def test_a_variant_has_price_and_fold_of_its_row_and_half_its_weight() -> None:
    fitted = with_variants(samples_of(ROWS), SAMPLING)
    assert len(fitted.texts) > 70
    for text, row, price, fold, weight in zip(
        *(each[60:] for each in (fitted.texts, fitted.rows, fitted.prices, fitted.folds, fitted.weights)), strict=True
    ):
        at = ROWS.index(row)
        assert text != fitted.texts[at]
        assert (price, fold, weight) == (row.price, fitted.folds[at], pytest.approx(0.5))


def test_dear_rows_count_more_with_the_power_of_the_price() -> None:
    fitted = with_variants(samples_of(ROWS), replace(SAMPLING, balance=1.0, balance_rest=1.0))
    assert fitted.weights[59] / fitted.weights[0] == pytest.approx(69 / 10)
    assert fitted.weights[:60].mean() == pytest.approx(1)


def test_the_same_seed_draws_the_same_variants() -> None:
    fit = samples_of(ROWS)
    assert with_variants(fit, SAMPLING).texts == with_variants(fit, SAMPLING).texts
    assert with_variants(fit, SAMPLING).texts != with_variants(fit, replace(SAMPLING, seed=1)).texts
