"""Attributes are cut out of a text as if nobody had told them, and each way to choose is scored by what moved."""

import pytest

from bench.attributes import CHOICES, Outcome, case_of, cut, figures
from ensemble.explain.attribute import told_by
from ensemble.explain.schemas import AttributeValue, UnsaidAttribute
from training.data.rows import Row


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("storage", "Acme phone 128GB blue", "Acme phone blue"),
        ("screen", 'Samsung 65" QLED TV', "Samsung QLED TV"),
        ("screen", "Samsung 50 Smart TV, 50 inches", "Samsung Smart TV,"),
        ("memory", "laptop 8gb ram, 256gb ssd", "laptop ram, 256gb ssd"),
        ("pack", "Socks, pack of 6", "Socks,"),
        ("condition", "Kettle, refurbished", "Kettle,"),
        ("panel", "Acme OLED TV", "Acme TV"),
        ("year", "Acme phone (2021)", "Acme phone ( )"),
    ],
)
def test_an_attribute_is_cut_out_until_nothing_tells_it(name: str, text: str, left: str) -> None:
    kind = told_by(text).kind
    found = cut(text, name, kind)
    assert found is not None
    assert " ".join(found.split()) == left
    assert name not in told_by(found, kind=kind).values


def test_a_case_is_a_product_that_stated_two_things_and_still_has_a_name() -> None:
    case = case_of(Row("Acme phone 128GB, refurbished", price=99.0))
    assert case is not None
    assert (dict(case.stated), case.truth) == ({"storage": "128 GB", "condition": "refurbished"}, 99.0)
    assert "128" not in case.request.text
    assert case_of(Row("Acme phone", price=99.0)) is None
    assert case_of(Row("128GB phone 2021", price=99.0)) is None


def attribute(name: str, narrowing: float, spread: float, width: float) -> UnsaidAttribute:
    prices = (10.0, 10.0 * spread)
    values = [AttributeValue(value=f"{each}", share=0.5, price=each, low=each / width, high=each * width) for each in prices]
    return UnsaidAttribute(name=name, source="usual", values=values, expected_width=1.0, narrowing=narrowing, spread=spread)


def test_each_way_to_choose_is_scored_by_what_moved_and_what_helped() -> None:
    first, second = attribute("storage", 0.3, 1.5, 2.0), attribute("memory", 0.1, 3.0, 1.5)
    found = Outcome(
        title="Acme",
        foretold={"storage": first, "memory": second},
        order=["memory", "storage"],
        moved={"storage": 0.4, "memory": 0.1},
        helped={"storage": -0.1, "memory": 0.2},
        has_true_value={"storage": True, "memory": False},
    )
    assert {name: choose(found) for name, choose in CHOICES.items()} == {
        "from the price now": "storage",
        "between values": "memory",
        "own intervals": "memory",
        "dearest to cheapest": "memory",
        "order of the table": "memory",
    }
    told = figures([found])
    assert told["from the price now"] == {"moved": 1.0, "helped": 0.0, "kept": 1.0}
    assert told["own intervals"] == {"moved": 0.0, "helped": 1.0, "kept": 0.25}
    assert told["chance"] == {"moved": 0.5, "helped": 0.5}
