"""Judges cases as the services would, in each mode of what they are told. Knows no fits."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from common.judging import JudgedItem, Judgement, JudgeRequest, Offer, Reference
from common.pricing import MAX_CATEGORY, MAX_TITLE, PricedItem, PriceRequest, PriceResponse
from ensemble.judge.model import JudgeModel
from ensemble.judge.service import Judge
from training.judge.cases import Case

Mode: TypeAlias = Literal["blind", "stated", "others"]
MODES: tuple[Mode, ...] = ("blind", "stated", "others")
ModelOf = Callable[[Case], JudgeModel]  # of a case: one that was not fitted on it, where that matters
CLAIMS = ("regular", "was", "list")
NEAR = 1.0  # dollars within which two claims are the same one


class _Answered:
    """A pricer whose answers are known."""

    def __init__(self, answers: Sequence[PriceResponse]) -> None:
        self.answers = answers

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        return self.answers


def told(case: Case, mode: Mode) -> tuple[Reference, ...]:
    """The references that a mode shows: none, all, or those that are not of the label's own kind, nor a claim of its amount."""
    if mode == "blind":
        return ()
    return case.references if mode == "stated" else tuple(each for each in case.references if not _is_label(each, case))


def _is_label(reference: Reference, case: Case) -> bool:
    if reference.kind == case.kind:
        return True
    return case.kind in CLAIMS and reference.kind in CLAIMS and abs(reference.price - case.market) <= NEAR


def request_of(case: Case, references: Sequence[Reference], price: float | None = None) -> JudgeRequest:
    """The case as it is asked; `price`: another one than it was offered at."""
    known = case.offer
    offer = Offer(
        price=price or known.price, condition=known.condition, retailer=known.retailer[:200], references=tuple(references)
    )
    title, category = known.title[:MAX_TITLE], known.category[:MAX_CATEGORY] or None
    return JudgeRequest(description=title, category=category, offer=offer)


async def judged(
    cases: Sequence[Case],
    answers: Sequence[PriceResponse],
    model_of: ModelOf,
    ask: Callable[[Case], JudgeRequest],
) -> list[Judgement]:
    """One judgement for each case."""
    found: list[JudgedItem] = []
    for case, answer in zip(cases, answers, strict=True):
        found += await Judge(_Answered([answer]), model_of(case), "evaluated").judge([ask(case)])
    return [each for each in found if isinstance(each, Judgement)]
