"""A small judge of round numbers, and offers of our own words."""

from typing import Any

from common.judging import JudgeRequest
from common.pricing import PricedItem, PriceRequest, PriceResponse, Similar
from ensemble.judge.density import TwoPiece
from ensemble.judge.model import EstimateModel, JudgeModel, Linear, PriorModel, ReferenceModel

NARROW, WIDE = TwoPiece(0.02, 0.02, 4.0), TwoPiece(0.2, 0.2, 4.0)
PRIOR = PriorModel(Linear(0.2, {"shop=acme store": 0.1, "word=blender": 0.2}, word=0.5), Linear(0.0, {}), WIDE)
ESTIMATE = EstimateModel(0.0, -1.5, 0.5, {"exact": -0.7, "model": -0.2, "unknown": 0.7}, TwoPiece(1.0, 1.0, 4.0), 0.8)
CLAIM = ReferenceModel(0.6, 0.0, WIDE)
SURE = ReferenceModel(1.0, 0.0, NARROW)
SURELY, CLAIMED = ("next_best", "history", "all_time_low"), ("list", "was", "regular", "new_price", "seen")
MODEL = JudgeModel(PRIOR, ESTIMATE, {**dict.fromkeys(SURELY, SURE), **dict.fromkeys(CLAIMED, CLAIM)})


def request(price: float = 100.0, **offer: Any) -> JudgeRequest:
    return JudgeRequest.model_validate(
        {"title": "Acme QX100 blender", "description": "Acme QX100 blender", "offer": {"price": price, **offer}}
    )


def answer(price: float = 150.0, match: str = "similar", *, known: bool = True, spread: float = 1.2) -> PriceResponse:
    near = Similar.model_validate({"title": "Acme QX100", "price": price, "similarity": 0.9, "match": match})
    return PriceResponse(price=price, low=price / spread, high=price * spread, model="m@1", similar=[near], known=known)


class Pricer:
    """Answers with what it was given, and keeps what it was asked."""

    def __init__(self, *answers: PricedItem) -> None:
        self.answers, self.asked = list(answers), list[PriceRequest]()

    async def price(self, requests: list[PriceRequest]) -> list[PricedItem]:
        self.asked += requests
        return self.answers[: len(requests)]
