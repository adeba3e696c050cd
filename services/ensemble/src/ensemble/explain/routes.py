"""POST /price/attributes and POST /price/words: what stands behind a price, beside the routes of pricing."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response

from common.http.authentication import account_of
from common.http.disconnect import while_connected
from common.http.problem_response import problem_response
from common.pricing import ItemError, PriceRequest
from ensemble.explain.attribute_service import AttributeAdvisor
from ensemble.explain.schemas import Attributes, PriceWords
from ensemble.explain.word_service import WordReader


def add_explain_routes(app: FastAPI, advisor: Callable[[], AttributeAdvisor], reader: Callable[[], WordReader]) -> None:
    """Add both. `advisor` and `reader` raise UnavailableError while nothing is loaded yet."""

    @app.post("/price/attributes", response_model=Attributes, tags=["pricing"])
    async def price_attributes(body: PriceRequest, request: Request) -> Response:
        """Which attribute that the text leaves unsaid would narrow the interval most, with the price for each of its values."""
        found = await while_connected(request, advisor().advise(body, _charge_of(request)))
        if isinstance(found, ItemError):
            return problem_response(found.error)
        return Response(found.model_dump_json(), media_type="application/json")

    @app.post("/price/words", response_model=PriceWords, tags=["pricing"])
    async def price_words(body: PriceRequest, request: Request) -> Response:
        """Which words make the price: each phrase of the text with what it adds, by leaving it out."""
        found = await while_connected(request, reader().read(body, _charge_of(request)))
        return Response(found.model_dump_json(), media_type="application/json")


def _charge_of(request: Request) -> Callable[[int], Awaitable[None]]:
    """Takes further prices from the key's quota, where it has one."""

    async def charge(items: int) -> None:
        if items > 0 and (account := account_of(request)):
            await account.charge_more(items)

    return charge
