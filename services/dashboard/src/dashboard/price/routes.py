"""The page that prices one product, its slow pieces, and the forms that lead to it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.errors import NotFoundError, PricingAgentError
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages, status_of
from dashboard.html.parameters import Field
from dashboard.html.replies import Replies, to
from dashboard.opportunities.axis import axis_of_judgement
from dashboard.price.asking import CONDITIONS, Asking, field_of
from dashboard.price.service import Prices, View
from dashboard.price.verdict import DEAR, FAIR, GOOD, verdict_of
from dashboard.price.word_text import tint, word_text

Asked = Annotated[Asking, Query()]
LONGEST = 4_000  # characters of an address; servers and proxies take some 8,000
_VERDICTS = {GOOD: ("good", "A good price."), FAIR: ("", "A fair price."), DEAR: ("bad", "Too dear.")}
_PIECES = ("attributes", "words", "text")
_FORGOTTEN = "That text is not remembered here any more: paste it again."


class PricePages:
    """The page of one product, as routes show it also after what was typed cannot be used."""

    def __init__(self, prices: Prices, pages: Pages, replies: Replies) -> None:
        self._prices, self._pages, self._replies = prices, pages, replies

    async def page(self, given: Asking) -> HTMLResponse:
        """The product that is asked for; only the form where none is."""
        try:
            asking = self.recalled(given).settled()
            view = None if asking.is_empty else await self._prices.view(asking)
        except PricingAgentError as exc:
            return self.refused(given, exc)
        values = await self._values(view, asking.show) if view else {}
        return self._render(asking, view=view, **values)

    def refused(self, given: Asking, error: PricingAgentError) -> HTMLResponse:
        """The form as it was typed, with what is wrong with it."""
        return self._render(given, status_of(error), flash=Outcome(str(error), False), field=field_of(error))

    async def piece(self, name: str, given: Asking) -> HTMLResponse:
        """One of the slow pieces alone."""
        asked = self.recalled(given).settled()
        return self._pages.render(f"price/{name}.html", **await self._piece(name, asked))

    def recalled(self, given: Asking) -> Asking:
        """With the product's texts, where they were too long for an address."""
        if not given.kept:
            return given
        found = self._replies.find(given.kept)
        if found is None:
            raise NotFoundError(_FORGOTTEN)
        texts = {"title": found.title, "description": found.description, "category": found.category}
        return given.model_copy(update={**texts, "kept": ""})

    def query(self, asked: Asking) -> str:
        """By which a page's address holds it. Texts that are too long for that are kept, and their id stands for them."""
        plain = asked.query()
        if len(plain) <= LONGEST:
            return plain
        kept = Outcome(title=asked.title, description=asked.description, category=asked.category)
        return asked.query(self._replies.keep(kept))

    async def _piece(self, name: str, asked: Asking) -> dict[str, Any]:
        base: dict[str, Any] = {"asked": asked, "query": self.query(asked)}
        if name == "attributes":
            return base | {"attributes": await self._prices.attributes(asked)}
        if name == "words":
            words = await self._prices.words(asked)
            product = asked.request
            pieces = word_text(product.title or "", product.description, words.value) if words.value else None
            return base | {"words": words, "pieces": pieces, "tint": tint}
        return base | {"described": await self._prices.description(asked)}

    async def _values(self, view: View, show: str) -> dict[str, Any]:
        values: dict[str, Any] = {"asked": view.asked, "query": self.query(view.asked)}
        if view.offer and (judged := view.judged.value):
            values |= {"axis": axis_of_judgement(judged, view.offer), "verdict": _VERDICTS[verdict_of(view.offer.price, judged)]}
        if show in _PIECES and not view.asked.is_empty:
            values |= await self._piece(show, view.asked)
        return values

    def _render(self, asking: Asking, status: int = 200, **values: Any) -> HTMLResponse:
        given: dict[str, Any] = {"form": asking, "field": "", "flash": None, "view": None, "axis": None, "verdict": None}
        given |= {"conditions": CONDITIONS, "show": asking.show}
        return self._pages.render("price/price.html", status, page="price", **(given | values))


def build_router(prices: Prices, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router, shown = APIRouter(include_in_schema=False), PricePages(prices, pages, replies)
    _add_box(router, prices, replies)
    _add_page(router, shown)
    return router


def _add_box(router: APIRouter, prices: Prices, replies: Replies) -> None:
    @router.post("/price")
    async def price(description: Field = "", title: Field = "", category: Field = "") -> RedirectResponse:
        """The first page's box."""
        try:
            priced, problem = await prices.price(description, title, category), ""
        except PricingAgentError as exc:
            priced, problem = None, str(exc)
        outcome = Outcome(problem, not problem, description=description, title=title, category=category, price=priced)
        return to("/", "price", priced=replies.keep(outcome))


def _add_page(router: APIRouter, shown: PricePages) -> None:
    @router.get("/price")
    async def page(asking: Asked) -> HTMLResponse:
        return await shown.page(asking)

    @router.post("/price/ask", response_model=None)
    async def ask(asking: Annotated[Asking, Form()]) -> Response:
        """What was typed becomes an address, which can be kept, sent and gone back to."""
        asked = asking.settled()
        try:
            if not asked.url:
                asked.product  # noqa: B018  it says what is wrong with it
            asked.offer  # noqa: B018
        except PricingAgentError as exc:
            return shown.refused(asking, exc)
        return to(f"/price?{shown.query(asked)}", "result")

    def add_piece(name: str) -> None:
        @router.get(f"/price/{name}", response_model=None)
        async def piece(request: Request, asking: Asked) -> Response:
            if "hx-request" in request.headers:
                return await shown.piece(name, asking)
            return to(f"/price?{asking.query(asking.kept, show=name)}", name)

    for name in _PIECES:
        add_piece(name)
