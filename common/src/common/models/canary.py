"""A few kept products that a model must price sensibly before it is put to use. Knows no HTTP and no model.

meta.json may carry `canary`: {"tolerance": in logarithms, "examples": [{"title", "description", "category", "price"}]}, as
training wrote them. Where it carries none, texts of our own must get finite prices within bounds.
"""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from common.errors import ArtifactError, PricingAgentError
from common.pricing import ItemError, PricedItem, PriceRequest

DEAREST = 1e6  # dollars
KEY = "canary"
# Written for this project. What they should cost differs a hundredfold, so that a model which says one price for all is seen.
_WORDS = (
    ("USB-C cable, 2 m", "Braided charging cable, USB-C to USB-C, 60 W, 2 metres", "Electronics"),
    ("Cast iron skillet", "Pre-seasoned 10 inch cast iron frying pan with two spouts", "Kitchen"),
    ("Wooden train set", "56 pieces of track, bridge and three magnetic carriages", "Toys"),
    ("Cordless drill kit", "20 V brushless drill driver, two 2 Ah batteries, charger, bag", None),
    ("Espresso machine", "15 bar pump, steam wand, 1.5 litre tank, stainless steel", "Kitchen"),
    ("Laptop, 14 inch", "8-core processor, 16 GB memory, 512 GB SSD, 1920 x 1200 display", "Computers"),
)
TEXTS = tuple(PriceRequest(title=title, description=text, category=category) for title, text, category in _WORDS)


@dataclass(frozen=True)
class Example:
    """A text, and what the model said of it when it was made, in USD; None: nobody wrote that down."""

    request: PriceRequest
    price: float | None = None


@dataclass(frozen=True)
class Canary:
    """`tolerance`: how far, in logarithms, a price may be from the recorded one; None: it is not compared.

    Nor is one that another member of the ensemble had part in than those that training had, as a chat model.
    """

    examples: Sequence[Example]
    tolerance: float | None = None

    def without_prices(self) -> "Canary":
        """The same where what was recorded does not hold, as over other products than those that training had."""
        return replace(self, tolerance=None)


BUILT_IN = Canary([Example(text) for text in TEXTS])


def read_canary(meta: Mapping[str, Any]) -> Canary:
    """That of an artifact, else ours; ArtifactError where meta.json has something else in its place."""
    if KEY not in meta:
        return BUILT_IN
    try:
        told = meta[KEY]
        examples = [_example(each) for each in told["examples"]]
        tolerance = float(told["tolerance"])
        if not examples or not tolerance > 0:
            raise ValueError("it has no examples, or no tolerance")
    except (ValueError, KeyError, TypeError) as exc:
        raise ArtifactError(f"meta.json has a canary that cannot be used: {exc!r}") from exc
    return Canary(examples, tolerance)


def _example(told: Mapping[str, Any]) -> Example:
    price = float(told["price"])
    if not 0 < price < DEAREST:
        raise ValueError(f"{price} is no price")
    return Example(PriceRequest(**{name: told.get(name) for name in ("title", "description", "category")}), price)


async def try_out(price: Callable[[Sequence[PriceRequest]], Awaitable[Sequence[PricedItem]]], canary: Canary) -> None:
    """ArtifactError says what a model said of the canary's texts that it should not say."""
    try:
        answers = await price([each.request for each in canary.examples])
    except PricingAgentError as exc:
        raise ArtifactError(f"the canary was not priced: {exc}") from exc
    pairs = zip(canary.examples, answers, strict=True)
    wrong = [said for example, answer in pairs if (said := _wrong(example, answer, canary.tolerance))]
    if wrong:
        raise ArtifactError(f"the canary is wrong for {len(wrong)} of {len(canary.examples)} texts: {'; '.join(wrong[:3])}")


def _wrong(example: Example, answer: PricedItem, tolerance: float | None) -> str:
    """Empty where nothing is."""
    text = example.request.title or example.request.description[:40]
    if isinstance(answer, ItemError):
        return f"{text}: {answer.error.detail or answer.error.title}"
    numbers = (answer.low, answer.price, answer.high)
    if not all(map(math.isfinite, numbers)) or not 0 < answer.price < DEAREST or not 0 <= answer.low <= answer.price <= answer.high:
        return f"{text}: {answer.low} to {answer.high} around {answer.price} is no price"
    is_of_others = any(each.member for each in answer.estimates)
    if tolerance and example.price and not is_of_others and abs(math.log(answer.price / example.price)) > tolerance:
        return f"{text}: ${answer.price:,.2f}, and it was ${example.price:,.2f} when the model was made"
    return ""
