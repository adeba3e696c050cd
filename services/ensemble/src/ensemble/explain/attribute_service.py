"""The use case: which attribute that a text leaves unsaid would narrow its price most, by asking the pricers. Knows no HTTP."""

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from common.errors import UnavailableError
from common.pricing import ItemError, PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from ensemble.explain.attribute import Told, told_by
from ensemble.explain.narrowing import narrowing
from ensemble.explain.plausible import Unsaid, unsaid
from ensemble.explain.schemas import Attributes, AttributeValue, UnsaidAttribute
from ensemble.explain.variants import with_value

# Times that one word more makes a thing dearer or cheaper: more than that, and the pricers took it for another thing.
MOST_TIMES = 5.0
LEAST_NARROWING = 0.001  # by which an attribute is worth naming: less is nothing that a person could see
Charge = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Plan:
    """What is asked: each attribute with the requests in which it has one value or another."""

    told: Told
    asked: Sequence[tuple[Unsaid, Mapping[str, PriceRequest]]]

    @property
    def requests(self) -> list[PriceRequest]:
        """All of them, for one batch."""
        return [request for _, by_value in self.asked for request in by_value.values()]


class AttributeAdvisor:
    """Asks the pricers once for the text, whose similar products say what is plausible, and once for all values together."""

    def __init__(self, pricer: Pricer, this_year: Callable[[], int]) -> None:
        self._pricer, self._this_year = pricer, this_year

    async def advise(self, request: PriceRequest, charge: Charge | None = None) -> Attributes | ItemError:
        """The attributes, most telling first. `charge` is told how many prices it takes beside the text's own."""
        (base,) = await self._pricer.price([request])
        if isinstance(base, ItemError):
            return base
        plan = self.plan(request, base)
        if charge:
            await charge(len(plan.requests))
        answers = iter(await self._pricer.price(plan.requests) if plan.requests else [])
        if base.price <= 0 or base.low <= 0:
            raise UnavailableError("the pricers gave no interval that could be narrowed")
        width = math.log(base.high / base.low)
        found = [_weighed(each, [next(answers) for _ in by_value], base) for each, by_value in plan.asked]
        telling = [each for each in found if each is not None and each.narrowing >= LEAST_NARROWING]
        return Attributes(
            price=base.price,
            low=base.low,
            high=base.high,
            width=round(width, 4),
            kind=plan.told.kind,
            stated=dict(plan.told.values),
            attributes=sorted(telling, key=lambda each: -each.narrowing),
            model=base.model,
            degraded=base.degraded,
        )

    def plan(self, request: PriceRequest, base: PriceResponse) -> Plan:
        """What to ask of a product; `base`: what the pricers say of it, with similar ones."""
        near = [told_by(each.title) for each in base.similar]
        told = told_by(*_name_and_text(request), kind=_commonest(each.kind for each in near))
        similar = [told_by(each.title, kind=told.kind) for each in base.similar]
        open_ones = unsaid(told, similar, self._this_year())
        return Plan(told, [(each, {value: with_value(request, each.name, value) for value in each.shares}) for each in open_ones])


def _name_and_text(request: PriceRequest) -> tuple[str, str]:
    if request.title:
        return request.title, request.description
    first, _, rest = request.description.partition("\n")
    return first[:300], f"{first[300:]} {rest}"


def _commonest(kinds: Iterator[str]) -> str:
    named = [kind for kind in kinds if kind]
    return max(named, key=named.count, default="")


def _weighed(attribute: Unsaid, answers: Sequence[PricedItem], base: PriceResponse) -> UnsaidAttribute | None:
    """None where fewer than two values could be priced."""
    pairs = zip(attribute.shares, answers, strict=True)
    priced = [(value, each) for value, each in pairs if isinstance(each, PriceResponse) and _is_believable(each, base)]
    if len(priced) < 2:
        return None
    total = sum(attribute.shares[value] for value, _ in priced)
    shares = [attribute.shares[value] / total for value, _ in priced]
    found = narrowing(base.price, math.log(base.high / base.low), [each.price for _, each in priced], shares)
    values = [
        AttributeValue(value=value, share=round(share, 4), price=each.price, low=each.low, high=each.high)
        for (value, each), share in zip(priced, shares, strict=True)
    ]
    return UnsaidAttribute(
        name=attribute.name,
        source=attribute.source,
        values=sorted(values, key=lambda each: each.price),
        expected_width=round(found.width, 4),
        narrowing=round(found.by, 4),
        spread=round(found.spread, 4),
    )


def _is_believable(answer: PriceResponse, base: PriceResponse) -> bool:
    return base.price / MOST_TIMES <= answer.price <= base.price * MOST_TIMES
