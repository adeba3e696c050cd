"""A text is parted into phrases that say one thing each, and a phrase can be left out of it without a trace."""

import time
from itertools import pairwise

import pytest

from ensemble.explain.phrases import MOST, READ, Span, phrases_of, without

DRILL = "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries, charger and carrying bag"


def told(text: str) -> list[str]:
    return [text[each.start : each.end] for each in phrases_of(text)]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        (DRILL, ["Cordless drill driver", "kit", "20 V", "brushless motor", "two 2 Ah batteries", "charger", "carrying bag"]),
        ("Sony WH-1000XM5 headphones", ["Sony", "WH-1000XM5", "headphones"]),
        ("laptop with 8gb ram, 2 x 4 GB", ["laptop", "8gb", "ram", "2 x 4 GB"]),
        ('Samsung 65" TV (1st gen)', ["Samsung", '65"', "TV", "1st gen"]),
        ("keyboard of 87 keys, 15.6-inch", ["keyboard", "87 keys", "15.6-inch"]),
        ("1.7l kettle; 1,500 W", ["1.7l", "kettle", "1,500 W"]),
        ("Кофеварка, 15 bar — café", ["Кофеварка", "15 bar", "café"]),
        ("and with the", []),
        ("", []),
        ("...!!! ---", []),
    ],
)
def test_a_phrase_says_one_thing_and_a_number_keeps_what_it_counts(text: str, phrases: list[str]) -> None:
    assert told(text) == phrases


@pytest.mark.parametrize(
    ("phrase", "left"),
    [
        ("Cordless drill driver", "kit, 20 V brushless motor, two 2 Ah batteries, charger and carrying bag"),
        ("kit", "Cordless drill driver, 20 V brushless motor, two 2 Ah batteries, charger and carrying bag"),
        ("two 2 Ah batteries", "Cordless drill driver kit, 20 V brushless motor, charger and carrying bag"),
        ("carrying bag", "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries, charger"),
    ],
)
def test_what_is_left_reads_as_if_the_phrase_had_never_been(phrase: str, left: str) -> None:
    start = DRILL.index(phrase)
    assert without(DRILL, [Span(start, start + len(phrase))]) == left


def test_brackets_go_with_what_stood_in_them_and_several_places_at_once() -> None:
    text = "Kettle (steel), a steel kettle"
    places = [Span(8, 13), Span(18, 23)]
    assert [text[each.start : each.end] for each in places] == ["steel", "steel"]
    assert without(text, places) == "Kettle, kettle"
    assert without("Kettle", [Span(0, 6)]) == ""


def test_a_long_text_has_longer_phrases_and_no_more_than_can_be_asked() -> None:
    text = " ".join(f"red apple{n} pie, with {n} nuts." for n in range(60))
    found = phrases_of(text)
    assert len(found) <= MOST
    assert all(0 <= each.start < each.end <= READ for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    words = [len(text[each.start : each.end].split()) for each in found]
    assert max(words) <= 5


@pytest.mark.parametrize("text", ["1,2." * 2_500, "a-" * 5_000, "(" * 10_000, "and " * 2_500, "x1" * 5_000, "9" * 10_000])
def test_hostile_texts_take_no_longer(text: str) -> None:
    begun = time.process_time()
    without(text, phrases_of(text))
    assert time.process_time() - begun < 0.5
