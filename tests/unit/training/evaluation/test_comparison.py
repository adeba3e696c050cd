"""A pricer is called better only where the paired interval excludes zero, widened for the number of comparisons."""

import numpy as np
import pytest

from training.evaluation import comparison
from training.evaluation.comparison import differences
from training.evaluation.metrics import Outcome

COUNT = 300
TRUTH = np.random.default_rng(0).lognormal(4, 1, COUNT) + 20


def pricer(error: float, seed: int, noise: float = 5.0) -> Outcome:
    """Estimates above the truth by `error` on average."""
    return Outcome.points(TRUTH, TRUTH + error + np.random.default_rng(seed).normal(0, noise, COUNT))


def test_the_difference_is_that_of_the_mean_errors_and_names_the_better() -> None:
    near, far = pricer(20, 1), pricer(30, 2)
    (found,) = differences({"near": near, "far": far}, ["s"] * COUNT, seed=0)
    assert found["difference"] == pytest.approx(near.errors.mean() - far.errors.mean(), abs=1e-3)
    assert found["nearer"] == pytest.approx((near.errors < far.errors).mean(), abs=1e-4)
    assert found["better"] == "near"
    assert found["comparisons"] == 1
    assert found["ci_adjusted"] == found["ci95"]
    assert "by" not in found
    (turned,) = differences({"far": far, "near": near}, ["s"] * COUNT, seed=0)
    assert turned["difference"] == -found["difference"]
    assert turned["better"] == "near"


def test_the_interval_is_that_of_the_paired_differences() -> None:
    near, far = pricer(20, 1), pricer(21, 2)
    gap = near.errors - far.errors
    rng = np.random.default_rng(17)
    plain = np.percentile([rng.choice(gap, COUNT).mean() for _ in range(4000)], [2.5, 97.5])
    (found,) = differences({"near": near, "far": far}, [""] * COUNT, seed=0)
    assert found["ci95"] == pytest.approx(plain, abs=0.06)


def test_alike_pricers_are_called_better_about_once_in_twenty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "RESAMPLES", 2000)
    called = 0
    for seed in range(200):
        (found,) = differences({"a": pricer(20, 2 * seed), "b": pricer(20, 2 * seed + 1)}, [""] * COUNT, seed)
        called += found["better"] is not None
    assert 2 <= called <= 20


def test_the_same_answers_differ_by_nothing() -> None:
    (found,) = differences({"a": pricer(20, 1), "b": pricer(20, 1)}, [""] * COUNT, seed=0)
    assert found["ci95"] == [0, 0]
    assert found["ties"] == 1
    assert found["nearer"] == 0
    assert found["better"] is None


def test_three_pricers_are_three_comparisons_with_wider_intervals() -> None:
    found = differences({"a": pricer(20, 1), "b": pricer(21, 2), "c": pricer(40, 3)}, [""] * COUNT, seed=0)
    assert [(each["a"], each["b"]) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    for each in found:
        (low, high), (wide_low, wide_high) = each["ci95"], each["ci_adjusted"]
        assert each["comparisons"] == 3
        assert wide_low < low < high < wide_high
        assert (wide_high - wide_low) / (high - low) == pytest.approx(
            2.394 / 1.96, rel=0.06
        )  # normal quantiles at 0.05 / 6 and 0.05 / 2


def test_splits_are_compared_as_a_family_of_their_own() -> None:
    splits = ["even" if i % 2 == 0 else "odd" for i in range(COUNT)]
    near, far = pricer(20, 1), pricer(30, 2)
    (found,) = differences({"near": near, "far": far}, splits, seed=0)
    odd = found["by"]["split"]["odd"]
    assert odd["n"] == COUNT // 2
    assert odd["comparisons"] == 2
    assert odd["difference"] == pytest.approx((near.errors - far.errors)[1::2].mean(), abs=1e-3)
    assert found["comparisons"] == 1


def test_a_handful_of_rows_settles_nothing() -> None:
    few = {name: each.only(np.arange(5)) for name, each in (("near", pricer(20, 1)), ("far", pricer(90, 2)))}
    (found,) = differences(few, ["s"] * 5, seed=0)
    assert found["ci95"][1] < 0
    assert found["better"] is None


def test_with_a_reference_its_pairs_alone_are_compared_and_told_more_sharply() -> None:
    several = {name: pricer(20 + place, place) for place, name in enumerate(("a", "b", "c", "d"))}
    every, own = differences(several, [""] * COUNT, 0), differences(several, [""] * COUNT, 0, reference="c")
    assert [(each["a"], each["b"]) for each in own] == [("c", "a"), ("c", "b"), ("c", "d")]
    assert {each["comparisons"] for each in own} == {3}
    (wide,) = (each for each in every if (each["a"], each["b"]) == ("c", "d"))
    assert wide["difference"] == own[2]["difference"]
    assert wide["ci_adjusted"][1] - wide["ci_adjusted"][0] > own[2]["ci_adjusted"][1] - own[2]["ci_adjusted"][0]
