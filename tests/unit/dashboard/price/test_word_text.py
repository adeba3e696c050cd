"""Phrases in a text, tinted by what they do to its price."""

from typing import Any

import pytest

from dashboard.price.schemas import PriceWords
from dashboard.price.word_text import Piece, tint, word_text


def words(*phrases: tuple[str, float, str, int, int]) -> PriceWords:
    found: list[dict[str, Any]] = [
        {"words": name, "effect": effect, "dollars": 1.0, "places": [{"field": field, "start": start, "end": end}]}
        for name, effect, field, start, end in phrases
    ]
    return PriceWords.model_validate({"price": 1, "low": 1, "high": 2, "phrases": found})


def test_places_count_code_points_and_pieces_are_the_whole_text() -> None:
    text = "🔩🔩 20 V drill, used"
    found = word_text("T", text, words(("20 V", 0.3, "description", 3, 7), ("used", -0.1, "description", 15, 19)))
    assert found.description == [Piece("🔩🔩 "), Piece("20 V", "up-3"), Piece(" drill, "), Piece("used", "down-2")]
    assert found.title == [Piece("T")]
    assert [each.words for each in found.phrases] == ["20 V", "used"]


def test_of_phrases_that_overlap_the_weightiest_is_tinted_and_places_outside_are_left() -> None:
    told = words(("abc", 0.1, "title", 0, 3), ("bcd", 0.5, "title", 1, 4), ("far", 0.9, "title", 2, 99), ("no", 0.9, "else", 0, 2))
    assert word_text("abcdef", "", told).title == [Piece("a"), Piece("bcd", "up-3"), Piece("ef")]


@pytest.mark.parametrize(
    ("effect", "name"),
    [(0.0, ""), (0.019, ""), (0.02, "up-1"), (-0.02, "down-1"), (0.08, "up-2"), (-0.19, "down-2"), (2.0, "up-3"), (-9.0, "down-3")],
)
def test_there_are_three_strengths_either_way(effect: float, name: str) -> None:
    assert tint(effect) == name


def test_an_effect_is_told_as_a_share() -> None:
    (phrase,) = words(("x", 0.6931471805599453, "title", 0, 1)).phrases
    assert phrase.share == pytest.approx(1.0)
