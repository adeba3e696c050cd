"""The text of an offer with what was read of it."""

from typing import Any

import pytest

from common.deals import Deal
from dashboard.opportunities.source_text import source_text


def deal(title: str, description: str = "", *, price: float = 329.0, references: tuple[dict[str, Any], ...] = ()) -> Deal:
    plain = {"url": "https://a.example", "feed": "f", "published": "2026-11-01T00:00:00Z"}
    return Deal.model_validate(plain | {"title": title, "description": description, "price": price, "references": references})


def marked(pieces: Any) -> list[tuple[str, str]]:
    return [(each.text, each.says) for each in pieces if each.says]


@pytest.mark.parametrize(
    ("title", "price", "expected"),
    [
        ("Robot for $329", 329.0, "$329"),
        ("Robot for $329.00 shipped", 329.0, "$329.00"),
        ("Robot $1,059.99", 1059.99, "$1,059.99"),
        ("Robot 1059.99", 1059.99, "1059.99"),
        ("Robot from €329", 329.0, "€329"),
        ("Pack of 3299 for $329", 329.0, "$329"),
        ("$13.29 off a robot at $329.", 329.0, "$329"),
    ],
)
def test_the_asked_price_is_marked_where_it_stands(title: str, price: float, expected: str) -> None:
    assert marked(source_text(deal(title, price=price)).title) == [(expected, "the asked price")]


@pytest.mark.parametrize(
    ("title", "price"), [("Robot 3290", 329.0), ("Robot $329.50", 329.0), ("Robot 1,329", 329.0), ("Robot", 329.0)]
)
def test_another_number_is_not_the_asked_price(title: str, price: float) -> None:
    assert marked(source_text(deal(title, price=price)).title) == []


def test_references_are_marked_in_title_and_text_by_where_they_were_read() -> None:
    title, description = "Robot (list $999) for $329", "Elsewhere $499."
    whole = f"{title}\n{description}"
    references = tuple(
        {"kind": kind, "price": 1.0, "said_by": "seller", "start": whole.index(words), "end": whole.index(words) + len(words)}
        for kind, words in (("list", "list $999"), ("next_best", "$499"))
    )
    source = source_text(deal(title, description, references=references))
    assert marked(source.title) == [("list $999", "the list price"), ("$329", "the asked price")]
    assert marked(source.description) == [("$499", "the lowest price elsewhere")]
    assert "".join(each.text for each in source.title) == title
    assert "".join(each.text for each in source.description) == description


@pytest.mark.parametrize(("start", "end"), [(0, 999), (5, 5), (3, 12), (500, 600)])
def test_a_place_that_is_none_in_the_text_marks_nothing(start: int, end: int) -> None:
    reference = {"kind": "list", "price": 1.0, "said_by": "seller", "start": start, "end": end}
    source = source_text(deal("A robot", "Some text", references=(reference,)))
    assert marked(source.title) + marked(source.description) == []


def test_of_marks_that_overlap_the_first_stays() -> None:
    first, second = ({"kind": "list", "price": 1.0, "said_by": "seller", "start": at, "end": at + 4} for at in (0, 2))
    source = source_text(deal("abcdefgh", references=(first, second)))
    assert marked(source.title) == [("abcd", "the list price")]
