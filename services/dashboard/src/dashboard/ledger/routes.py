"""The page of the ledger, and the figures of its plots."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, JSONResponse

from dashboard.html.pages import Pages
from dashboard.ledger.service import MOST, SPANS, Ledgers, figures_of

Days = Annotated[int, Query(ge=1, le=400)]


def build_router(ledgers: Ledgers, pages: Pages) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ledger")
    async def page(days: Days = 180) -> HTMLResponse:
        found = await ledgers.part(days)
        return pages.render("ledger/ledger.html", page="ledger", ledger=found, days=days, spans=SPANS, most=MOST)

    @router.get("/ledger/figures.json")
    async def figures(days: Days = 180) -> JSONResponse:
        return JSONResponse(figures_of(await ledgers.whole(days)), headers={"Cache-Control": "no-store"})

    return router
