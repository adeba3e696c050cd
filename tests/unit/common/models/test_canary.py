"""What a canary in meta.json must look like, and that ours is one."""

import pytest

from common.errors import ArtifactError
from common.models.canary import BUILT_IN, TEXTS, read_canary


def test_without_one_ours_is_taken() -> None:
    assert read_canary({}) is BUILT_IN
    assert len({text.title for text in TEXTS}) == len(TEXTS) >= 5


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {"tolerance": 0.1, "examples": []},
        {"tolerance": 0, "examples": [{"description": "a", "price": 1}]},
        {"tolerance": 0.1, "examples": [{"description": "a", "price": -1}]},
        {"tolerance": 0.1, "examples": [{"description": "", "price": 1}]},
        {"examples": [{"description": "a", "price": 1}]},
    ],
)
def test_one_that_cannot_be_used_is_refused(wrong: object) -> None:
    with pytest.raises(ArtifactError, match="canary"):
        read_canary({"canary": wrong})


def test_prices_that_do_not_hold_elsewhere_are_not_compared() -> None:
    found = read_canary({"canary": {"tolerance": 0.1, "examples": [{"description": "a", "price": 1}]}})
    assert (found.tolerance, found.without_prices().tolerance) == (0.1, None)
