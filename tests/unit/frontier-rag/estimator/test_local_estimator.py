"""The local estimator around its trees: features, calibration, the pull of a product that is nearly the same."""

from dataclasses import replace

import numpy as np
import pytest

from common.errors import InvalidInputError
from frontier_rag.estimator.known_products import KnownProducts, known_features
from frontier_rag.estimator.local_estimator import (
    DEPTH,
    Calibration,
    LocalEstimator,
    Models,
    neighbour_features,
    pack_trees,
    unpack_trees,
)
from frontier_rag.estimator.matched_price import EXACT, SHORT, TENTH, VARIANT
from frontier_rag.estimator.network import Network
from frontier_rag.estimator.text_measures import COUNT
from frontier_rag.estimator.trees import Trees
from frontier_rag.estimator.word_model import BITS, PROJECTED_BITS, WordModel
from frontier_rag.names.lexical_index import LexicalIndex
from frontier_rag.names.match import Match
from tests.unit.frontier_rag_fakes import neighbour


def constant(value: float) -> Trees:
    one, zero = np.array([0], np.int16), np.array([0], np.int32)
    return Trees(one, np.array([np.inf], np.float32), zero, zero, np.array([value], np.float32), zero, 0)


EVEN = np.ones((1, DEPTH), np.float32)
FEATURES = neighbour_features(EVEN, EVEN).shape[1] + known_features(EVEN, EVEN).shape[1] + 2 + 3 + 384 + COUNT


def constant_network(value: float) -> Network:
    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.float32)

    last_bias = np.full((1, 1, 1), value, np.float32)
    layers = (zeros(1, FEATURES, 2), zeros(1, 1, 2), zeros(1, 2, 2), zeros(1, 1, 2), zeros(1, 2, 1), last_bias)
    return Network(zeros(1), np.ones(1, np.float32), *layers)


CALIBRATION = Calibration(
    knots=np.array([2.0, 10.0]),
    low_offsets=np.array([-0.1, -0.5]),
    high_offsets=np.array([0.2, 1.0]),
    near=0.97,
    near_weight=0.9,
    same=0.995,
    same_weight=0.95,
    near_low=-0.05,
    near_high=0.05,
    network_share=0.25,
)
WORDS = WordModel(
    np.ones(1 << BITS, np.float32),
    np.zeros((1 << BITS, 2), np.float16),
    np.zeros(2, np.float32),
    np.ones(1 << PROJECTED_BITS, np.float32),
    np.zeros((1 << PROJECTED_BITS, 3), np.float32),
)
KNOWN = KnownProducts(LexicalIndex.build(["a drill", "a drill of steel"]), np.log1p(np.array([20.0, 40.0], np.float32)), 3.0)
LEARNED = float(np.log1p(100.0))


def models(price: float = LEARNED, network: float = LEARNED) -> Models:
    trees = {"price": constant(price), "low": constant(LEARNED - 0.3), "high": constant(LEARNED + 0.3)}
    return Models(trees, constant_network(network))


ESTIMATOR = LocalEstimator(WORDS, KNOWN, models(), CALIBRATION, "1")


def estimate(*near: tuple[float, float], estimator: LocalEstimator = ESTIMATOR) -> tuple[float, float, float]:
    found = [neighbour("Tools", price, similarity) for price, similarity in near]
    (answer,) = estimator.estimate(["a drill"], np.zeros((1, 384), np.float32), [found])
    return answer.price, answer.low, answer.high


def test_without_a_near_product_the_learned_price_stands_with_offsets_between_those_of_its_two_knots() -> None:
    price, low, high = estimate((500.0, 0.8))
    share = (LEARNED - 2) / 8
    assert price == pytest.approx(100.0, rel=1e-5)
    assert low == pytest.approx(np.expm1(LEARNED - 0.3 - 0.1 - 0.4 * share), rel=1e-5)
    assert high == pytest.approx(np.expm1(LEARNED + 0.3 + 0.2 + 0.8 * share), rel=1e-5)


def test_trees_and_networks_meet_at_the_share_of_the_networks() -> None:
    price, _, _ = estimate((500.0, 0.8), estimator=LocalEstimator(WORDS, KNOWN, models(4.0, 5.0), CALIBRATION, "1"))
    assert price == pytest.approx(np.expm1(0.25 * 5 + 0.75 * 4), rel=1e-5)


def test_the_price_never_leaves_its_interval() -> None:
    for learned in (0.5, 9.5):
        price, low, high = estimate(
            (500.0, 0.8), estimator=LocalEstimator(WORDS, KNOWN, models(learned, learned), CALIBRATION, "1")
        )
        assert low <= price <= high


def test_the_price_of_a_product_that_is_the_same_counts_most() -> None:
    price, low, high = estimate((500.0, 0.9999), (20.0, 0.6))
    assert price == pytest.approx(np.expm1(0.95 * np.log1p(500) + 0.05 * LEARNED), rel=1e-4)
    assert low <= price <= high
    assert high - low < 80


def test_the_pull_grows_with_the_similarity() -> None:
    prices = [estimate((500.0, similarity))[0] for similarity in (0.94, 0.955, 0.965, 0.97, 0.98, 0.999)]
    assert prices[0] == pytest.approx(100.0, rel=1e-5)
    assert prices == sorted(prices)
    assert prices[-1] > 400


def test_two_products_that_are_nearly_the_same_meet_between() -> None:
    price, _, _ = estimate((400.0, 0.98), (600.0, 0.98))
    assert price == pytest.approx(estimate((np.expm1((np.log1p(400) + np.log1p(600)) / 2), 0.98))[0], rel=1e-3)


@pytest.mark.parametrize(
    ("match", "covers", "deviation"), [("exact", True, EXACT), ("model", True, SHORT), ("model", False, VARIANT)]
)
def test_a_product_of_the_same_name_pulls_the_price_by_how_sure_both_are(match: Match, covers: bool, deviation: float) -> None:
    found = [replace(neighbour("Audio", 400.0, 0.8), match=match, covers=covers), neighbour("Audio", 30.0, 0.85)]
    _, low, high = estimate((400.0, 0.8))
    own = (np.log1p(high) - np.log1p(low)) / (2 * TENTH)
    (answer,) = ESTIMATOR.estimate(["a drill"], np.zeros((1, 384), np.float32), [found])
    weight = own**2 / (own**2 + deviation**2)
    assert answer.price == pytest.approx(np.expm1(weight * np.log1p(400) + (1 - weight) * LEARNED), rel=1e-4)
    assert answer.low < answer.price < answer.high
    assert np.log1p(answer.high) - np.log1p(answer.low) < 2 * TENTH * min(own, deviation)


def test_fewer_neighbours_than_looked_at_are_enough_but_none_are_not() -> None:
    assert estimate((50.0, 0.5))[0] == pytest.approx(100.0, rel=1e-5)
    with pytest.raises(InvalidInputError, match="at least one neighbour"):
        estimate()


def test_no_texts_give_no_estimates() -> None:
    assert ESTIMATOR.estimate([], np.empty((0, 384), np.float32), []) == []


def test_equal_neighbours_have_their_price_as_mean_and_no_spread() -> None:
    logs = np.full((1, DEPTH), np.log1p(50.0), np.float32)
    features = neighbour_features(np.full((1, DEPTH), 0.7, np.float32), logs)[0]
    assert features[0] == pytest.approx(np.log1p(50.0))
    assert features[1] == pytest.approx(0.0, abs=1e-3)


def test_trees_survive_being_packed() -> None:
    trees = {name: constant(value) for name, value in (("price", 1.0), ("low", 2.0), ("high", 3.0))}
    restored = unpack_trees(pack_trees(trees))
    row = np.zeros((1, 1), np.float32)
    assert [float(restored[name].predict(row)[0]) for name in ("price", "low", "high")] == [1.0, 2.0, 3.0]
