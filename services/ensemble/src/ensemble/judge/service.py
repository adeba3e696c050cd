"""The use case: ask the pricers what the product costs, weigh that with all that is known of the offer. Knows no HTTP."""

import statistics
from collections.abc import Sequence

from anyio.lowlevel import checkpoint

from common.judging import CLAIMS, Evidence, JudgedItem, Judgement, JudgeRequest, ListVerdict, Reference
from common.pricing import ItemError, PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.tracing.span import span
from ensemble.judge.model import SEEN, EstimateFacts, Facts, JudgeModel, ReferenceFacts, Verdict
from ensemble.judge.terms import OfferFacts
from ensemble.judge.words import words_of

PAID = 0.9  # of a claimed price: what people pay who pay "that"
TURN = 16  # offers judged before others may use the event loop: some 5 ms
IMPLAUSIBLE = 0.1  # chance below which a claimed price is called inflated


class Judge:
    """Judges offers. An item that cannot be priced yields its ItemError; UnavailableError where nobody answers at all."""

    def __init__(self, pricer: Pricer, model: JudgeModel, version: str) -> None:
        self.pricer, self.model, self.name = pricer, model, f"judge@{version}"

    async def judge(self, requests: Sequence[JudgeRequest]) -> list[JudgedItem]:
        """One result for each request."""
        answers = await self.pricer.price([price_request_of(request) for request in requests])
        judged: list[JudgedItem] = []
        with span("weigh", {"items": len(requests)}):
            for request, answer in zip(requests, answers, strict=True):
                if judged and len(judged) % TURN == 0:
                    await checkpoint()
                judged.append(self._judged(request, answer))
        return judged

    def _judged(self, request: JudgeRequest, answer: PricedItem) -> JudgedItem:
        if isinstance(answer, ItemError):
            return answer
        facts = facts_of(request, answer)
        verdict = self.model.judge(facts)
        return Judgement(
            worth=round(verdict.worth, 2),
            low=round(verdict.low, 2),
            high=round(verdict.high, 2),
            saving=round(verdict.saving, 2),
            chance=round(verdict.chance(request.margin), 4),
            support=round(verdict.support(request.margin), 4),
            margin=request.margin,
            model=self.name,
            evidence=_evidence(request, answer, verdict),
            list_price=list_verdict(request.offer.references, verdict),
            known=answer.known,
            identified=answer.is_identified,
            answer=answer,
            degraded=answer.degraded,
        )


def price_request_of(request: JudgeRequest) -> PriceRequest:
    """What the pricers are asked: the product, and its condition in the words that they are trained on."""
    plain = PriceRequest(description=request.description, title=request.title, category=request.category)
    return in_condition(plain, request.offer.condition)


def in_condition(request: PriceRequest, condition: str) -> PriceRequest:
    """The same thing in a condition; of a new one nothing is said."""
    if condition == "new":
        return request
    told = f"{request.description[:9_950]}\nCondition: {condition.replace('-', ' ')}"
    return request.model_copy(update={"description": told})


def facts_of(request: JudgeRequest, answer: PriceResponse) -> Facts:
    """All that is known of the offer, as the model takes it."""
    offer = request.offer
    title = request.title or request.description
    known = OfferFacts(title, offer.price, request.category or "", offer.retailer, offer.condition)
    estimate = EstimateFacts(answer.price, answer.low, answer.high, match_of(answer))
    references = [ReferenceFacts(each.kind, each.price) for each in offer.references]
    if usual := usual_price(request):
        references.append(ReferenceFacts(SEEN, usual))
    return Facts(known, estimate, references, offer.published)


def match_of(answer: PriceResponse) -> str:
    """How well the product is known: exact, model, similar or unknown."""
    if not answer.known:
        return "unknown"
    found = {each.match for each in answer.similar}
    return next((match for match in ("exact", "model") if match in found), "similar")


def usual_price(request: JudgeRequest) -> float | None:
    """The median of what the product was offered for before, in USD; None where it never was."""
    seen = request.offer.seen
    return statistics.median(each.price for each in seen) if seen else None


def list_verdict(references: Sequence[Reference], verdict: Verdict) -> ListVerdict | None:
    """Of the highest claimed price, judged by all evidence (it is a part of that); None where none is claimed."""
    claimed = max((each.price for each in references if each.kind in CLAIMS), default=None)
    if claimed is None:
        return None
    chance = verdict.chance_above(PAID * claimed)
    return ListVerdict(price=claimed, verdict="inflated" if chance < IMPLAUSIBLE else "plausible", chance=round(chance, 4))


def _evidence(request: JudgeRequest, answer: PriceResponse, verdict: Verdict) -> list[Evidence]:
    words = words_of(request, answer)
    pairs = zip(verdict.pieces, words, strict=True)
    return [
        Evidence(kind=piece.kind, price=round(piece.price, 2), weight=round(piece.weight, 4), words=said) for piece, said in pairs
    ]
