"""Products that the estimator knows by their words: found, stored, joined by a person's own."""

import numpy as np
import pytest

from frontier_rag.estimator.known_products import COUNT, KnownProducts, known_features
from frontier_rag.names.lexical_index import LexicalIndex
from frontier_rag.products import Neighbour, Product

TEXTS = ["Acme WH-500 headphones", "Acme WH-500 headphones, black", "Bolt DX 20V drill kit", "Bolt DX 20V drill, tool only"]
PRICES = np.array([300.0, 310.0, 150.0, 90.0], np.float32)
USUAL = float(np.log1p(50))
KNOWN = KnownProducts(LexicalIndex.build(TEXTS), np.log1p(PRICES), USUAL)


def test_the_nearest_by_words_come_first_and_the_usual_price_fills_the_rest() -> None:
    similarities, logs = KNOWN.nearest(["acme wh500 headphones"])
    assert similarities.shape == logs.shape == (1, COUNT)
    assert set(np.round(np.expm1(logs[0, :2]))) == {300.0, 310.0}
    assert similarities[0, 0] > 0.5
    assert similarities[0, -1] == 0
    assert np.expm1(logs[0, -1]) == pytest.approx(50, rel=1e-4)


def test_a_persons_own_products_take_their_places() -> None:
    own = Neighbour(Product("Zeta Q7 lamp", 77.0), 0.9, lexical=0.95)
    bundled = Neighbour(Product("Tools", 5.0, source="bundled"), 0.9, lexical=0.99)
    similarities, logs = KNOWN.nearest(["zeta q7 lamp", "acme wh-500"], [[bundled, own], []])
    assert np.expm1(logs[0, 0]) == pytest.approx(77, rel=1e-4)
    assert similarities[0, 0] == pytest.approx(0.95)
    assert np.expm1(logs[1, 0]) == pytest.approx(300, rel=0.05)


def test_it_survives_being_stored() -> None:
    restored = KnownProducts.from_arrays(KNOWN.arrays())
    for one, other in zip(KNOWN.nearest(TEXTS), restored.nearest(TEXTS), strict=True):
        assert one == pytest.approx(other, abs=1e-3)


def test_the_nearer_a_product_the_more_its_price_counts() -> None:
    similarities, logs = np.full((1, COUNT), 0.2, np.float32), np.full((1, COUNT), 3.0, np.float32)
    similarities[0, 0], logs[0, 0] = 0.9, 6.0
    features = known_features(similarities, logs)[0]
    assert features[0] < features[2] < features[4] <= 6.0  # means by rising powers of the similarity
    assert features[4] == pytest.approx(6.0, abs=0.01)
