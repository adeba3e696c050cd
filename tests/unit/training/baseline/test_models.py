"""Every fitted baseline learns what there is to learn, in dollars or their logarithm, and gives the same answers twice."""

import importlib.util
import json
import random

import numpy as np
import pytest

from training.baseline.models import CONSTANTS, LOG, METHODS, OFFLINE, answer, label_of, library_of
from training.baseline.representations import Representations
from training.data.rows import PRICE_MAX, PRICE_MIN, PUBLISHED_PRICE_MAX, Row

KINDS = (("lamp", "glow", 12.0, 1), ("kettle", "steam", 45.0, 4), ("sofa", "oakley", 600.0, 90))
FILLERS = ["brass", "oak", "steel", "linen", "modern", "classic", "compact", "folding", "portable", "quiet", "bright", "soft"]


def products(count: int, seed: int) -> list[Row]:
    """Three kinds of product, told apart by a word, the brand and the weight; prices within a tenth of the kind's."""
    rng = random.Random(seed)
    rows = []
    for i in range(count):
        noun, brand, price, weight = KINDS[i % len(KINDS)]
        words = " ".join(rng.choices(FILLERS, k=20))
        details = json.dumps({"Brand": brand, "Item Weight": f"{weight} pounds"})
        rows.append(Row(f"{noun} number {i}", (f"{noun} {words}",), (), details, round(price * rng.uniform(0.9, 1.1), 2)))
    return rows


def rows(fit: int = 240, asked: int = 30) -> Representations:
    return Representations(products(fit, 1), products(asked, 2), np.ones(fit), threads=1)


def errors(name: str, given: Representations) -> float:
    truth = np.array([row.price for row in given.asked], np.float64)
    return float(np.abs(answer(name, given) - truth).mean())


def test_constants_are_those_of_the_fitted_prices() -> None:
    given = rows()
    assert answer("mean", given).tolist() == [given.prices.mean()] * 30
    assert answer("median", given).tolist() == [float(np.median(given.prices))] * 30


def test_random_prices_span_the_range_and_repeat_with_the_seed() -> None:
    prices = answer("random", rows(asked=2000))
    assert prices.tolist() == answer("random", rows(asked=2000)).tolist()
    assert prices.min() < 10
    assert prices.max() > 990
    assert 470 < prices.mean() < 530
    assert prices.tolist() != answer("random", Representations([], products(2000, 2), np.ones(0), seed=7)).tolist()


@pytest.mark.parametrize("name", [name for name in OFFLINE if name not in CONSTANTS])
def test_each_regression_beats_the_constants_by_far(name: str) -> None:
    for library in ("sklearn", library_of(name)):
        if library_of(name):
            pytest.importorskip(library, reason="needs scikit-learn and gensim (make training)")
    given = rows()
    limit = 0.75 if name.startswith("word2vec") else 0.4  # vectors of a few thousand words are poor
    assert errors(name, given) < limit * min(errors("mean", given), errors("median", given))
    assert answer(name, given).tolist() == answer(name, rows()).tolist()


def at_rank(rank: float, price: float | None = None) -> Row:
    return Row("lamp", details=json.dumps({"Best Sellers Rank": {"Lamps": rank}}), price=price)


@pytest.mark.parametrize("name", ["features-linear", "features-linear-log"])
@pytest.mark.parametrize(
    ("prices", "end"),
    [((1.0, 300.0, 900.0), PUBLISHED_PRICE_MAX), ((1.0, 300.0, 5000.0), PRICE_MAX), ((900.0, 300.0, 1.0), PRICE_MIN)],
)
def test_a_line_that_leaves_the_range_of_prices_is_cut(name: str, prices: tuple[float, ...], end: float) -> None:
    fit = [at_rank(rank, price) for rank, price in zip((1, 9, 99), prices, strict=True)]
    assert answer(name, Representations(fit, [at_rank(1e15)], np.ones(3))) == pytest.approx([end])


def test_weights_move_the_line() -> None:
    fit = [Row("lamp", price=10.0), Row("lamp", price=90.0)]
    assert answer("features-linear", Representations(fit, fit[:1], np.array([1.0, 1.0])))[0] == pytest.approx(50.0)
    assert answer("features-linear", Representations(fit, fit[:1], np.array([3.0, 1.0])))[0] == pytest.approx(30.0)


def test_every_regression_exists_both_ways_and_has_a_name_in_words() -> None:
    for name in METHODS:
        assert label_of(name + LOG) == f"{label_of(name)}, log price"
    assert len({label_of(name) for name in OFFLINE}) == len(OFFLINE)


def test_the_light_baselines_need_no_package_that_the_default_installation_lacks() -> None:
    light = [name for name in OFFLINE if not library_of(name)]
    assert {"random", "mean", "median", "features-linear"} <= set(light)
    if importlib.util.find_spec("sklearn") is None:
        with pytest.raises(ModuleNotFoundError):
            answer("words-linear", rows())


def test_what_repeats_a_fitted_text_costs_what_that_did() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    fitted = products(240, 1)
    odd = Row("lamp with wonderful crystals", ("lamp with wonderful crystals",), price=400.0)
    given = Representations([*fitted, odd, odd], [odd, fitted[0]], np.ones(242))
    crystals, lamp = answer("tfidf-neighbours-log", given)
    assert crystals == pytest.approx(400.0, rel=0.02)
    assert lamp == pytest.approx(12.0, rel=0.2)


def test_without_a_word_in_common_the_neighbours_say_nothing() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    given = Representations(products(240, 1), [Row("qwerty")], np.ones(240))
    assert answer("tfidf-neighbours", given) == pytest.approx(answer("tfidf-ridge", given))
