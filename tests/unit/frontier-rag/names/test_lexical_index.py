"""Which products share the rarest words with a text."""

import io

import numpy as np
import pytest

from frontier_rag.names.lexical_index import LexicalIndex, terms_of

PRODUCTS = [
    "Sony WH-1000XM5 Wireless Headphones\nnoise cancelling over-ear headphones",
    "Sony WH-1000XM4 Wireless Headphones\nnoise cancelling over-ear headphones",
    "Apple AirPods Pro 2\nwireless earbuds",
    "Apple AirPods 3\nwireless earbuds",
    "Bose QuietComfort Ultra Headphones\nnoise cancelling",
    "Stainless steel garlic press\nfor the kitchen",
    "Silicone garlic press\nfor the kitchen",
]


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return LexicalIndex.build(PRODUCTS * 3)  # so that no word is that of one text alone


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("wh1000xm5", 0), ("Sony WH-1000 XM4", 1), ("airpods pro2", 2), ("AirPods Pro (2nd Gen)", 2), ("garlic press silicone", 6)],
)
def test_another_spelling_finds_the_product(index: LexicalIndex, asked: str, expected: int) -> None:
    _, positions = index.nearest([asked], 1)
    assert positions[0, 0] % len(PRODUCTS) == expected


def test_a_product_is_nearest_to_itself_and_similarities_fall(index: LexicalIndex) -> None:
    similarities, positions = index.nearest(PRODUCTS, 5)
    assert (positions[:, 0] == np.arange(len(PRODUCTS))).all()
    assert similarities[:, 0].min() > 0.8
    assert (np.diff(similarities, axis=1) <= 0).all()


def test_a_model_number_that_a_single_product_has_finds_it() -> None:
    index = LexicalIndex.build([*PRODUCTS, "LEGO Star Wars Millennium Falcon 75192", "LEGO Star Wars Ship 75257"])
    similarities, positions = index.nearest(["LEGO 75192", "LEGO 75193"], 1)
    assert positions[0, 0] == len(PRODUCTS)
    assert similarities[0, 0] > 2 * similarities[1, 0]


def test_a_bare_name_means_the_thing_itself_and_not_what_goes_with_it() -> None:
    index = LexicalIndex.build(["Stihl MS 170 Case", "Stihl MS 170 Gas Chainsaw"] * 3)
    kept = LexicalIndex.from_arrays(index.arrays())
    for each in (index, kept):
        _, bare = each.nearest(["stihl ms 170"], 1)
        _, accessory = each.nearest(["stihl ms 170 case"], 1)
        assert (bare[0, 0] % 2, accessory[0, 0] % 2) == (1, 0)
    told = [terms_of(text).is_name for text in ("stihl ms 170", "case for stihl ms 170", "stihl ms 170\na chainsaw")]
    assert told == [True, False, False]


def test_where_fewer_share_a_word_the_rest_is_filled_up(index: LexicalIndex) -> None:
    similarities, positions = index.nearest(["garlic", "qwertz", ""], 8)
    assert (positions[0] >= 0).sum() == 6
    assert (positions[1:] == -1).all()
    assert (similarities[1:] == 0).all()
    assert (similarities.dtype, positions.dtype) == (np.float32, np.int32)


def test_words_that_no_product_has_lower_the_similarity(index: LexicalIndex) -> None:
    similarities, _ = index.nearest(["Sony headphones", "Sony headphones zorblax frumious"], 1)
    assert similarities[1, 0] < 0.8 * similarities[0, 0]


def test_an_index_survives_its_file(index: LexicalIndex) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, **index.arrays())  # type: ignore[arg-type] # its keyword for pickling is not among them
    file.seek(0)
    again = LexicalIndex.from_arrays(np.load(file))
    for one, other in zip(index.nearest(PRODUCTS, 4), again.nearest(PRODUCTS, 4), strict=True):
        assert one == pytest.approx(other, abs=2e-3)


def test_no_word_lies_in_the_arrays(index: LexicalIndex) -> None:
    assert {array.dtype.kind for array in index.arrays().values()} == {"i", "u", "f"}


def test_an_index_of_nothing_finds_nothing() -> None:
    similarities, positions = LexicalIndex.build([]).nearest(["Sony headphones"], 3)
    assert positions.tolist() == [[-1, -1, -1]]
    assert similarities.tolist() == [[0.0, 0.0, 0.0]]
