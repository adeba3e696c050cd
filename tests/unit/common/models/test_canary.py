"""What a canary in meta.json must look like, and that ours is one."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext

import pytest

from common.errors import ArtifactError
from common.models.canary import BUILT_IN, TEXTS, read_canary, try_out
from common.pricing import Estimate, PriceRequest, PriceResponse


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


@pytest.mark.parametrize(("member", "is_refused"), [(None, True), ("frontier-rag-chat", False)])
def test_a_price_that_a_chat_model_had_part_in_is_not_compared_with_one_without(member: str | None, is_refused: bool) -> None:
    canary = read_canary({"canary": {"tolerance": 0.4, "examples": [{"description": "Wooden train set", "price": 83.19}]}})
    said = Estimate(pricer="frontier-rag", price=35, low=20, high=50, model="any@1", ms=1.0, member=member)

    async def price(requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        return [PriceResponse(price=45, low=30, high=70, model="ensemble@1", estimates=[said]) for _ in requests]

    with pytest.raises(ArtifactError, match="the canary is wrong") if is_refused else nullcontext():
        asyncio.run(try_out(price, canary))


def test_prices_that_do_not_hold_elsewhere_are_not_compared() -> None:
    found = read_canary({"canary": {"tolerance": 0.1, "examples": [{"description": "a", "price": 1}]}})
    assert (found.tolerance, found.without_prices().tolerance) == (0.1, None)
