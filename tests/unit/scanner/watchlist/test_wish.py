"""What is understood of a wish, how it is told, and how it is corrected."""

from typing import Any

import pytest
from pydantic import ValidationError

from common.errors import InvalidInputError
from scanner.watchlist.watch import WatchFields
from scanner.watchlist.wish import Wish, is_kit, read_wish


def wish(text: str, **values: Any) -> Wish:
    return read_wish(WatchFields(text=text, **values))


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("65 inch OLED TV under 1200", "TV, OLED, 65 inch, at most $1,200, new"),
        ("Makita 18V impact driver, tool only", "driver, makita, impact, 18 volts, tool or body alone, new"),
        ("LEGO 75192", "lego, 75192, new"),
        ("2TB NVMe SSD under 99.50", "SSD, nvme, 2 TB, drive internal, at most $99.50, new"),
        ("RTX 4070 graphics card", "GPU, RTX4070, new"),
        ("AirPods Pro 2, any condition, max 150", "airpod, PRO, number 2, at most $150, in any condition"),
    ],
)
def test_a_person_sees_what_was_understood(text: str, summary: str) -> None:
    assert wish(text).summary == summary


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("drill", ("new",)),
        ("New Balance shoes", ("new",)),
        ("refurbished drill", ("refurbished",)),
        ("drill, new or refurbished", ("new", "refurbished")),
        ("drill or refurbished", ("new", "refurbished")),
        ("drill, used is fine", ("new", "used")),
        ("drill not refurbished", ("new",)),
        ("used or open box drill", ("open-box", "used")),
        ("drill in any condition", ("new", "refurbished", "open-box", "used")),
    ],
)
def test_conditions_are_those_that_are_named_and_new_where_none_is(text: str, conditions: tuple[str, ...]) -> None:
    assert wish(text).conditions == conditions


def test_condition_and_price_are_no_part_of_the_thing() -> None:
    found = wish("256GB iPhone 15 refurbished < 500")
    assert (found.name, found.target, found.thing.stated.gigabytes) == ("256gb iphone 15", 500.0, (256.0,))
    assert found.thing.words == {"iphone"}


def test_explicit_fields_take_the_place_of_what_was_read() -> None:
    found = wish("Acme TV under 900", target_price=800, inches=55, gigabytes=64, model="QN-90B", brand="Sony", conditions=("used",))
    assert (found.target, found.conditions) == (800.0, ("used",))
    assert (found.thing.stated.inches, found.thing.stated.gigabytes) == (55.0, (64.0,))
    assert found.thing.stated.models == {"qn90b"}
    assert "sony" in found.thing.words


@pytest.mark.parametrize("text", ["under 50", "new, max $20", "under $5 or used"])
def test_words_that_name_no_thing_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="no thing") as refusal:
        wish(text)
    assert refusal.value.field == "text"


@pytest.mark.parametrize(
    "given",
    [
        {"text": "  "},
        {"text": "$$$"},
        {"text": "x" * 301},
        {"text": "tv", "target_price": 0},
        {"text": "tv", "target_price": float("inf")},
        {"text": "tv", "inches": -1},
        {"text": "tv", "least_similarity": 2},
        {"text": "tv", "priority": "loud"},
        {"text": "tv", "conditions": ["mint"]},
        {"text": "tv", "required": ["!"]},
        {"text": "tv", "channels": ["x"] * 21},
        {"text": "tv", "colour": "red"},
    ],
)
def test_a_field_that_cannot_be_meant_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WatchFields.model_validate(given)


def test_a_kit_says_that_more_comes_with_the_tool() -> None:
    assert is_kit("Makita 18V Drill Kit")
    assert is_kit("Acme drill w/ two batteries")
    assert not is_kit("Makita 18V Drill (Tool Only)")
