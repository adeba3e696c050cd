"""Says one thing more of a product: the request as it would be, had its text told an attribute. Knows no prices."""

from common.pricing import MAX_DESCRIPTION, MAX_TITLE, PriceRequest
from ensemble.judge.service import in_condition

LONGEST_LINE = 240  # characters of a first line behind which more is still read as the name


def with_value(request: PriceRequest, name: str, value: str) -> PriceRequest:
    """The request with a value said, where the pricers look for it: behind the name; a condition as the judge says it."""
    if name == "condition":
        return in_condition(request, value)
    said = f" ({value})" if name == "year" else f", {value}"
    if request.title:
        return request.model_copy(update={"title": f"{request.title[: MAX_TITLE - len(said)]}{said}"})
    first, line, rest = request.description.partition("\n")
    told = f"{first}{said}{line}{rest}" if len(first) <= LONGEST_LINE else f"{value}. {request.description}"
    return request.model_copy(update={"description": told[:MAX_DESCRIPTION]})
