"""What a person asks the price of: read where it is an address, priced, judged where a price is asked for it, and explained."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from common.errors import InvalidInputError, PricingAgentError
from common.judging import Judgement, Offer
from common.pricing import PriceRequest, PriceResponse
from dashboard.peers import M, Part, Peers, T, parsed, within
from dashboard.price.asking import Asking
from dashboard.price.schemas import Attributes, Description, PriceWords, ProductPage

# Seconds: the scanner gives a page 10; many prices, or a chat model's text, take longer than one; where the judge takes too long
# there is time left to ask for the price alone.
_READING, _JUDGING, _ASKING = 15.0, 30.0, 45.0
_UNASKED: Part[Any] = Part(None)


@dataclass(frozen=True)
class View:
    """A product with its price. A part without value and problem was not asked for. `asked`: what was priced, after its page was
    read.
    """

    asked: Asking
    page: Part[ProductPage]
    offer: Offer | None = None
    judged: Part[Judgement] = _UNASKED
    price: Part[PriceResponse] = _UNASKED


class Prices:
    """The use case, over scanner, ensemble and frontier-rag."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def price(self, description: str, title: str, category: str) -> PriceResponse:
        """Price a typed description; InvalidInputError names the field."""
        given = {"description": description, "title": title, "category": category}
        try:
            product = Asking(**given).stripped().product
        except InvalidInputError as exc:
            raise InvalidInputError(f"{exc.field}: {exc}", exc.field) from exc
        return await self._price(product)

    async def view(self, asking: Asking) -> View:
        """What is known of it. InvalidInputError: what was typed cannot be used, or the address leads to no product's page."""
        offer = asking.offer  # what is wrong with a typed price is said before a page is read
        page = await self._page(asking) if asking.url else Part[ProductPage](None)
        asked = asking.of_page(page.value) if page.value else asking.model_copy(update={"url": ""}).settled()
        if asked.is_empty:
            return View(asked, page)
        request, offer = asked.request, asked.offer if page.value else offer
        with within(_ASKING):
            judged = await self._peers.part(self._judge(asked.product, offer), _JUDGING) if offer else _UNASKED
            price = Part(judged.value.answer) if judged.value else await self._part(self._price(request))
        return View(asked, page, offer, judged, price)

    async def attributes(self, asked: Asking) -> Part[Attributes]:
        """What would narrow the interval."""
        return await self._part(self._explained("/price/attributes", asked, Attributes))

    async def words(self, asked: Asking) -> Part[PriceWords]:
        """Which words make the price."""
        return await self._part(self._explained("/price/words", asked, PriceWords))

    async def description(self, asked: Asking) -> Part[Description]:
        """A clearer text, with what it does to the estimate."""
        return await self._part(self._described(asked.product))

    async def _page(self, asking: Asking) -> Part[ProductPage]:
        """A page's product. That it is none is for whoever typed the address to put right, unless they typed more."""
        try:
            with within(_READING):
                return Part(await self._read(asking.url))
        except PricingAgentError as exc:
            if isinstance(exc, InvalidInputError) and not (asking.title or asking.description):
                raise
            return Part(None, str(exc))

    async def _part(self, reading: Awaitable[T | None]) -> Part[T]:
        return await self._peers.part(reading, _ASKING)

    async def _read(self, url: str) -> ProductPage:
        return parsed("scanner", ProductPage, await self._peers["scanner"].post("/pages/read", {"url": url}))

    async def _price(self, request: PriceRequest) -> PriceResponse:
        answer = await self._peers["ensemble"].post("/price", request.model_dump(exclude_none=True))
        return parsed("ensemble", PriceResponse, answer)

    async def _judge(self, request: PriceRequest, offer: Offer) -> Judgement:
        asked = offer.model_dump(mode="json", exclude_defaults=True) | {"published": False}  # of any shop, not chosen as a deal
        body = request.model_dump(exclude_none=True) | {"offer": asked}
        return parsed("ensemble", Judgement, await self._peers["ensemble"].post("/judge", body))

    async def _explained(self, path: str, asked: Asking, shape: type[M]) -> M:
        return parsed("ensemble", shape, await self._peers["ensemble"].post(path, asked.request.model_dump(exclude_none=True)))

    async def _described(self, product: PriceRequest) -> Description:
        body = product.model_dump(exclude_none=True)
        return parsed("frontier-rag", Description, await self._peers["frontier-rag"].post("/describe", body))
