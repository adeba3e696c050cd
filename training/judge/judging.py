"""Judges cases as the services would, in each mode of what they are told. Knows no fits."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from common.judging import CLAIMS, MAX_RETAILER, JudgedItem, Judgement, JudgeRequest, Offer, Reference
from common.pricing import MAX_CATEGORY, MAX_TITLE, PricedItem, PriceRequest, PriceResponse
from ensemble.judge.model import JudgeModel
from ensemble.judge.service import Judge
from training.judge.cases import SAME_AMOUNT, Case

Mode: TypeAlias = Literal["blind", "stated", "others"]
MODES: tuple[Mode, ...] = ("blind", "stated", "others")
ModelOf = Callable[[Case], JudgeModel]  # of a case: one that was not fitted on it, where that matters
FAMILIES = (CLAIMS, ("history", "all_time_low"), ("next_best", "new_price"))  # kinds whose names one amount may go by


class _Answered:
    """A pricer whose answers are known."""

    def __init__(self, answers: Sequence[PriceResponse]) -> None:
        self.answers = answers

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        return self.answers


def told(case: Case, mode: Mode) -> tuple[Reference, ...]:
    """The references that a mode shows: none, all, or those not of the label's kind, nor its amount under a name of its family."""
    if mode == "blind":
        return ()
    return case.references if mode == "stated" else tuple(each for each in case.references if not _tells_label(each, case))


def _tells_label(reference: Reference, case: Case) -> bool:
    if reference.kind == case.kind:
        return True
    is_kin = any(case.kind in family and reference.kind in family for family in FAMILIES)
    return is_kin and abs(reference.price - case.market) <= SAME_AMOUNT


def request_of(case: Case, references: Sequence[Reference], price: float | None = None) -> JudgeRequest:
    """The case as it is asked; `price`: another one than it was offered at, in USD."""
    known = case.offer
    asked, shop = price or known.price, known.retailer[:MAX_RETAILER]
    offer = Offer(price=asked, condition=known.condition, retailer=shop, references=tuple(references))
    title, category = known.title[:MAX_TITLE], known.category[:MAX_CATEGORY] or None
    return JudgeRequest(description=title, category=category, offer=offer)


async def judged(
    cases: Sequence[Case], requests: Sequence[JudgeRequest], answers: Sequence[PriceResponse], model_of: ModelOf
) -> list[Judgement]:
    """One judgement for each case, put as its request says, by the pricers' answer to it."""
    found: list[JudgedItem] = []
    for case, request, answer in zip(cases, requests, answers, strict=True):
        found += await Judge(_Answered([answer]), model_of(case), "evaluated").judge([request])
    return [each for each in found if isinstance(each, Judgement)]
