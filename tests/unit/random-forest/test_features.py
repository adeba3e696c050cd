"""A text becomes the numbers that the forest was trained on."""

from pathlib import Path

import numpy as np
import pytest

from common.errors import ArtifactError
from random_forest.features import (
    COUNTS,
    Tables,
    TextFeatures,
    counts,
    hash_grams,
    hash_prefixes,
    hash_words,
    load_tables,
    lookup,
    words_of,
)


def tables() -> Tables:
    """Words lamp = (1, 0), desk = (0, 2) at IDF 1 and 3, words that begin with "gara" = (0, -1); one linear model."""
    keys = np.concatenate([hash_words([b"lamp", b"desk"]), hash_prefixes([b"gara"])])
    order = np.argsort(keys)
    grams = hash_grams(words_of("desk lamp"))[:3]  # desk, lamp, and both as a pair
    rank = np.argsort(grams)
    return Tables(
        word_keys=keys[order],
        word_idf=np.array([1, 3, 1], np.float16)[order],
        word_codes=np.array([[100, 0], [0, 100], [0, -100]], np.int8)[order],
        word_scales=np.array([0.01, 0.02, 0.01], np.float32)[order],
        gram_keys=grams[rank],
        gram_idf=np.ones(3, np.float16),
        gram_scores=np.array([[1.0], [2.0], [4.0]], np.float16)[rank],
        score_bias=np.array([0.5], np.float32),
    )


@pytest.fixture
def features() -> TextFeatures:
    return TextFeatures(tables())


def test_words_are_lower_case_without_accents_and_numbers_stay_whole() -> None:
    assert words_of("Café-Table 2.5GHz, 18V\nIt's OAK").body == [b"cafe", b"table", b"2.5", b"ghz", b"18", b"v", b"it's", b"oak"]


def test_the_title_is_the_first_line() -> None:
    assert words_of("Desk lamp\nWarm light").title == [b"desk", b"lamp"]


def test_the_title_counts_as_such_and_each_further_word_of_it_beside_the_brand() -> None:
    def of(text: str) -> set[int]:
        return set(hash_grams(words_of(text)).tolist())

    lamp = of("Acme desk lamp\nwarm light")
    assert len(lamp) == 5 + 4 + 3 + 2 + 2  # words, pairs, the title's words, its pairs, desk and lamp of Acme
    assert (
        len(lamp & of("Zeta desk lamp\nwarm light")) == len(lamp) - 6
    )  # no word, pair or title word of Acme, nor its desk and lamp
    assert of("") == set()


def test_a_mean_vector_weighs_by_idf(features: TextFeatures) -> None:
    assert features.mean_vector([b"lamp", b"desk"]) == pytest.approx([0.25, 1.5])


def test_a_repeated_word_counts_by_its_logarithm(features: TextFeatures) -> None:
    twice = 1 + np.log(2)
    assert features.mean_vector([b"lamp", b"lamp", b"desk"]) == pytest.approx([twice / (twice + 3), 6 / (twice + 3)])


def test_an_unknown_word_borrows_from_words_that_begin_alike(features: TextFeatures) -> None:
    assert features.mean_vector([b"garage"]) == pytest.approx([0, -1])


def test_words_of_which_nothing_is_known_give_zeros(features: TextFeatures) -> None:
    assert features.mean_vector([b"xyzzy"]) == pytest.approx([0, 0])
    assert features.mean_vector([]) == pytest.approx([0, 0])


def test_a_linear_score_weighs_known_words_and_pairs_to_length_one(features: TextFeatures) -> None:
    assert features.scores(words_of("desk lamp")) == pytest.approx([0.5 + 7 / np.sqrt(3)], rel=1e-5)
    assert features.scores(words_of("unheard of")) == pytest.approx([0.5])


@pytest.mark.parametrize("text", ["desk lamp", "冷蔵庫", " ", "9" * 5000, "a" * 10_000, "\x00\n\n", "1e309 " * 100])
def test_any_text_gives_a_finite_row(features: TextFeatures, text: str) -> None:
    row = features.row(text)
    assert row.shape == (features.width,) == (2 * 2 + 1 + COUNTS,)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()


def test_a_matrix_holds_the_rows_in_order(features: TextFeatures) -> None:
    matrix = features.matrix(["lamp", "desk"])
    assert np.array_equal(matrix, np.stack([features.row("lamp"), features.row("desk")]))
    assert features.matrix([]).shape == (0, features.width)


def test_counts_tell_numbers_and_capitals() -> None:
    text = "AA 48 pack"
    found = counts(text, words_of(text))
    assert found[2:5] == pytest.approx([3, 1 / 3, np.log1p(48)])
    assert found[6] == pytest.approx(0.2)


def test_a_missing_key_is_not_found() -> None:
    table = np.array([2, 5, 9], np.uint32)
    assert lookup(table, np.array([0, 2, 6, 9, 2**32 - 1], np.uint32)).tolist() == [-1, 0, -1, 2, -1]
    assert lookup(np.zeros(0, np.uint32), table).tolist() == [-1, -1, -1]


def test_tables_come_back_as_they_were_saved(tmp_path: Path) -> None:
    tables().save(tmp_path / "features.npz")
    again = TextFeatures(load_tables(tmp_path / "features.npz"))
    assert np.array_equal(again.row("desk garage"), TextFeatures(tables()).row("desk garage"))


def test_tables_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "features.npz").write_bytes(b"nothing")
    with pytest.raises(ArtifactError):
        load_tables(tmp_path / "features.npz")
    np.savez(tmp_path / "features.npz", word_keys=np.zeros(1))
    with pytest.raises(ArtifactError):
        load_tables(tmp_path / "features.npz")
