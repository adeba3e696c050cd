"""price_product and judge_offer: what they ask the ensemble, and what they tell."""

from typing import Any

import pytest
from pydantic import ValidationError

from common.errors import UnavailableError
from pricer.mcp_server.pricing_schemas import JudgeArguments, JudgedOffer, PriceArguments, PricedProduct
from pricer.mcp_server.pricing_tools import judge_request_of, pricing_tools
from tests.unit.pricer.mcp_server.fakes import JUDGEMENT, PRICE, FakePeer


async def priced(answer: Any, **given: Any) -> tuple[PricedProduct, FakePeer]:
    peer = FakePeer(price=answer)
    found = await pricing_tools(peer)[0].do(PriceArguments(**given))
    assert isinstance(found, PricedProduct)
    return found, peer


async def judged(answer: Any, **given: Any) -> tuple[JudgedOffer, FakePeer]:
    peer = FakePeer(judge=answer)
    found = await pricing_tools(peer)[1].do(JudgeArguments(**given))
    assert isinstance(found, JudgedOffer)
    return found, peer


@pytest.mark.anyio
async def test_a_product_is_priced_with_its_interval_and_what_is_like_it() -> None:
    found, peer = await priced(PRICE, description=" a drill ", category="Tools")
    assert peer.asked == [("POST", "/price", {"description": "a drill", "category": "Tools"})]
    assert (found.price, found.low, found.high, len(found.similar)) == (129.0, 90.0, 171.5, 5)
    assert found.summary == "It should cost $129.00, with an 80 % interval of $90.00 to $171.50."
    assert found.similar[0].title.untrusted == "Acme drill 0"


@pytest.mark.anyio
async def test_a_guess_and_pricers_that_are_away_are_said() -> None:
    found, _ = await priced(PRICE | {"known": False, "degraded": ["specialist"]}, description="a thing")
    assert "a guess from the words alone" in found.summary
    assert found.summary.endswith("Without specialist.")


@pytest.mark.anyio
async def test_an_offer_is_judged_on_all_that_its_words_say() -> None:
    found, peer = await judged(JUDGEMENT, title="Acme X100 drill refurbished for $99, elsewhere $129", price=99, retailer="Acme")
    (_, path, sent) = peer.asked[0]
    assert path == "/judge"
    assert (sent["title"], sent["offer"]["price"], sent["offer"]["condition"]) == (
        "Acme X100 drill refurbished",
        99.0,
        "refurbished",
    )
    assert [found.evidence[0].kind, found.evidence[0].words.untrusted] == ["next_best", "An editor says so."]
    assert found.summary == (
        "Asked $99.00, worth $128.40 ($119.50 to $141.00): a saving of $29.00 is to be expected; 87 % that it is worth 25 % more "
        "than is asked. The list price of $1,199.00 is inflated."
    )


def test_what_the_caller_states_goes_before_what_the_text_says() -> None:
    text = "Sold for $129 elsewhere. List price is $199."
    given = JudgeArguments(title="Drill", price=99, text=text, references=({"kind": "list", "price": 180},), condition="used")  # type: ignore[arg-type]
    offer = judge_request_of(given).offer
    assert [each.price for each in offer.references if each.kind == "list"] == [180.0]
    assert offer.condition == "used"


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": ""},
        {"description": "   "},
        {"description": "x" * 10_001},
        {"description": 3},
        {"description": "x", "title": "x" * 1_001},
        {"description": "x", "descriptoin": "y"},
        {},
    ],
)
def test_a_product_that_cannot_be_priced_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PriceArguments.model_validate(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": 0},
        {"price": -1},
        {"price": True},
        {"price": "99"},
        {"price": float("nan")},
        {"price": 99, "condition": "stolen"},
        {"price": 99, "references": [{"kind": "list", "price": 1}] * 21},
        {"price": 99, "references": [{"kind": "rumour", "price": 1}]},
        {"price": 99, "text": "x" * 10_001},
    ],
)
def test_an_offer_that_cannot_be_judged_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        JudgeArguments.model_validate({"title": "Drill"} | wrong)


@pytest.mark.parametrize("answer", [None, [], {}, {"price": "much"}, PRICE | {"similar": [{"title": 3}]}])
@pytest.mark.anyio
async def test_an_answer_in_another_form_is_an_error_and_no_price(answer: Any) -> None:
    with pytest.raises(UnavailableError, match="another form"):
        await priced(answer, description="a drill")
