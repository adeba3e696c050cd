"""What a person asks the price of."""

from pydantic import ValidationError

from common.errors import InvalidInputError
from common.pricing import PriceRequest, PriceResponse
from common.problem import field_errors
from dashboard.peers import Peers, parsed


class Prices:
    """The use case, over the ensemble."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def price(self, description: str, title: str, category: str) -> PriceResponse:
        """Price a typed description; InvalidInputError names the field."""
        given = {"description": _lines(description), "title": title.strip() or None, "category": category.strip() or None}
        try:
            request = PriceRequest.model_validate(given)
        except ValidationError as exc:
            first = field_errors(exc.errors(include_input=False, include_url=False))[0]
            raise InvalidInputError(f"{first.field}: {first.message}", first.field) from exc
        answer = await self._peers["ensemble"].post("/price", request.model_dump(exclude_none=True))
        return parsed("ensemble", PriceResponse, answer)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()  # browsers send CRLF, which would count against the length
