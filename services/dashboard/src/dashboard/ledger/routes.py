"""The page of the ledger, and the figures of its plots."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, JSONResponse

from dashboard.html.pages import Pages
from dashboard.ledger.figures import savings_figure, weeks_figure
from dashboard.ledger.service import MOST, SPANS, Ledgers

Days = Annotated[int, Query(ge=1, le=400)]
_FRESH = {"Cache-Control": "no-store"}


def build_router(ledgers: Ledgers, pages: Pages) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ledger")
    async def page(days: Days = 180) -> HTMLResponse:
        found = await ledgers.part(days)
        return pages.render("ledger/ledger.html", page="ledger", ledger=found, days=days, spans=SPANS, most=MOST)

    @router.get("/ledger/savings.json")
    async def savings(days: Days = 180) -> JSONResponse:
        return JSONResponse(savings_figure((await ledgers.whole(days)).told), headers=_FRESH)

    @router.get("/ledger/weeks.json")
    async def weeks(days: Days = 180) -> JSONResponse:
        return JSONResponse(weeks_figure((await ledgers.whole(days)).weeks), headers=_FRESH)

    return router
