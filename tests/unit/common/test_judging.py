"""The contract of judging refuses what is no reference."""

import pytest
from pydantic import ValidationError

from common.judging import Reference


def test_a_reference_needs_no_span() -> None:
    assert Reference(kind="next_best", price=120.0, said_by="editor").words == ""


def test_a_reference_survives_json() -> None:
    reference = Reference(kind="was", price=89.5, said_by="seller", words="was $89.50", start=3, end=13)
    assert Reference.model_validate_json(reference.model_dump_json()) == reference


@pytest.mark.parametrize(
    "change",
    [
        {"price": 0.0},
        {"price": -3.0},
        {"price": 5e-324},
        {"price": 0.0009},
        {"price": True},
        {"price": "120"},
        {"start": False, "end": True},
        {"price": float("nan")},
        {"price": float("inf")},
        {"kind": "coupon"},
        {"said_by": "neighbour"},
        {"words": "x" * 401},
        {"start": 3},
        {"end": 3},
        {"start": 9, "end": 3},
        {"start": -1, "end": 3},
        {"amount": 5.0},
    ],
)
def test_what_is_no_reference_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Reference.model_validate({"kind": "list", "price": 120.0, "said_by": "seller", "words": "list $120"} | change)
