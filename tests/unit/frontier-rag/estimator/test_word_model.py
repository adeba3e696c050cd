"""TF-IDF over hashed n-grams."""

import numpy as np
import pytest

from frontier_rag.estimator.word_model import BITS, PROJECTED_BITS, WordModel, grams_of, weigh


@pytest.fixture
def model() -> WordModel:
    generator = np.random.default_rng(0)
    return WordModel(
        rarity=np.ones(1 << BITS, np.float32),
        weights=generator.normal(size=(1 << BITS, 2)).astype(np.float32),
        intercepts=np.array([3.0, 4.0], np.float32),
        projected_rarity=np.ones(1 << PROJECTED_BITS, np.float32),
        projection=generator.normal(size=(1 << PROJECTED_BITS, 5)).astype(np.float32),
    )


def test_words_of_the_title_count_again_as_a_titles() -> None:
    assert len(grams_of("drill\nstrong drill", BITS).buckets) > len(grams_of("\ndrill strong drill", BITS).buckets)


def test_case_and_punctuation_do_not_matter() -> None:
    first, second = grams_of("Cordless DRILL, 20 V", BITS), grams_of("cordless drill 20 v", BITS)
    assert sorted(first.buckets) == sorted(second.buckets)


def test_weights_have_length_one_and_those_of_an_empty_text_are_none() -> None:
    rarity = np.full(1 << BITS, 2.0, np.float32)
    assert np.linalg.norm(weigh(grams_of("a cordless drill", BITS), rarity)) == pytest.approx(1.0)
    assert weigh(grams_of("", BITS), rarity).size == 0


def test_a_text_without_words_gets_the_intercepts(model: WordModel) -> None:
    assert model.features(["!!!"])[0].tolist() == [3.0, 4.0, 0, 0, 0, 0, 0]


def test_a_text_has_the_same_features_alone_and_in_a_batch(model: WordModel) -> None:
    texts = ["a cordless drill", "lamp\nwhite, 5 W", ""]
    together = model.features(texts)
    assert together.shape == (3, 7)
    for text, row in zip(texts, together, strict=True):
        assert np.array_equal(model.features([text])[0], row)
    assert model.features([]).shape == (0, 7)
