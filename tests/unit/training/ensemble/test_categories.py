"""Words vote for the category that they speak for."""

from training.data.rows import Row
from training.ensemble.categories import fit_category_words

ROWS = [
    *(Row(title=f"Steel dishwasher number {i}", main_category="Appliances") for i in range(30)),
    *(Row(title=f"Steel guitar number {i}", main_category="Musical_Instruments") for i in range(30)),
    *(Row(title=f"Steel boots number {i}", main_category="Shoes > Boots") for i in range(60)),
    *(Row(title="kazoo", main_category="Musical_Instruments") for _ in range(7)),
    *(Row(title="dishwasher", main_category="") for _ in range(200)),
]


def test_a_telling_word_votes_for_its_category_and_a_common_one_for_none() -> None:
    words = fit_category_words(ROWS)
    assert {word: category for word, (category, _) in words.votes.items()} == {
        "dishwasher": "Appliances",
        "guitar": "Musical_Instruments",
        "boots": "other",
    }
    assert words.guess("a guitar") == "Musical_Instruments"
    assert words.guess("kazoo") == "other"  # of too few texts


def test_the_most_telling_words_are_kept() -> None:
    assert list(fit_category_words(ROWS, kept=1).votes) == ["boots"]


def test_shares_are_those_of_the_rows_that_name_a_category() -> None:
    shares = fit_category_words(ROWS).shares
    assert shares["other"] > shares["Musical_Instruments"] > shares["Appliances"] > shares["Automotive"]
