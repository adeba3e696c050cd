"""What is asked is put into groups by what can be seen of it."""

import numpy as np
import pytest

from common.pricing import PriceRequest, PriceResponse, Similar
from ensemble.groups import CATEGORIES, KINDS, CategoryWords, Groups, category_of, is_known, kind_of, told_known
from ensemble.rule import BAND_EDGES, BANDS
from training.evaluation import metrics

WORDS = CategoryWords(
    {name: -2.0 if name == "other" else -4.0 for name in CATEGORIES},
    {
        "dishwasher": ("Appliances", 4.0),
        "guitar": ("Musical_Instruments", 3.0),
        "strings": ("Musical_Instruments", 2.5),
        "red": ("other", 1.0),
    },
)


@pytest.mark.parametrize(
    ("told", "category"),
    [
        ("Tools_and_Home_Improvement", "Tools_and_Home_Improvement"),
        ("Tools & Home Improvement", "Tools_and_Home_Improvement"),
        ("Cell Phones > Cell Phone Accessories > Cases", "Cell_Phones_and_Accessories"),
        ("Toys & Games > LEGO > City", "Toys_and_Games"),
        ("Computers > Laptops", "Electronics"),
        ("TVs", "Electronics"),
        ("inkjet printer ink", "Office_Products"),
        ("4_appliances", "Appliances"),
        ("Automotive", "Automotive"),
        ("Car Care", "Automotive"),
        ("Skin Care", "other"),
        ("Shoes > Running", "other"),
        ("Musical_Instruments", "Musical_Instruments"),
        ("  ", None),
        (None, None),
    ],
)
def test_shops_names_for_a_category_are_understood(told: str | None, category: str | None) -> None:
    assert category_of(told) == category


@pytest.mark.parametrize(
    ("words", "kind"), [(1, "name"), (8, "name"), (9, "title"), (40, "title"), (41, "listing"), (400, "listing")]
)
def test_texts_are_told_apart_by_their_length(words: int, kind: str) -> None:
    assert kind_of("word " * words) == kind


def test_a_category_is_guessed_by_the_votes_of_the_words() -> None:
    assert WORDS.guess("Bosch Dishwasher, red") == "Appliances"
    assert WORDS.guess("guitar strings for a dishwasher") == "Musical_Instruments"
    assert WORDS.guess("a red thing") == "other"
    assert WORDS.guess("qwerty") == "other"


def test_the_callers_category_counts_before_a_guess() -> None:
    given = WORDS.group_of(PriceRequest(description="dishwasher", category="Toys & Games"), known=False)
    assert (CATEGORIES[int(given.category)], KINDS[int(given.kind)], int(given.known)) == ("Toys_and_Games", "name", 0)
    guessed = WORDS.group_of(PriceRequest(description="dishwasher"), known=True)
    assert (CATEGORIES[int(guessed.category)], int(guessed.known)) == ("Appliances", 1)


def test_groups_of_many_are_stacked() -> None:
    each = [WORDS.group_of(PriceRequest(description=text), known=True) for text in ("dishwasher", "word " * 20)]
    stacked = Groups.stacked(each)
    assert stacked.kind.tolist() == [0, 1]
    assert stacked.only(np.array([False, True])).kind.tolist() == [1]


def test_a_pricer_that_shows_no_products_cannot_tell_what_is_known() -> None:
    answer = PriceResponse(price=5.0, low=1.0, high=9.0, model="m")
    assert told_known(answer) is None
    assert told_known(answer.model_copy(update={"known": False})) is False
    assert told_known(answer.model_copy(update={"similar": [Similar(title="x", price=5.0, similarity=0.9)]})) is True
    assert [is_known(told) for told in ([], [None], [None, False], [True, False])] == [True, True, False, True]


def test_bands_are_those_of_evaluations() -> None:
    assert (BAND_EDGES, BANDS) == (metrics.BAND_EDGES, metrics.BANDS)
