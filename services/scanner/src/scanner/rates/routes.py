"""The door of the rates."""

from collections.abc import Callable

from fastapi import APIRouter

from scanner.rates.day_rates import Rate
from scanner.rates.desk import RateDesk
from scanner.rates.schemas import RatesView, RateView


def build_router(desk: Callable[[], RateDesk]) -> APIRouter:
    """The routes, over what `desk` returns at the moment of the request."""
    router = APIRouter(tags=["rates"])

    @router.get("/rates")
    async def list_rates() -> RatesView:
        """What other currencies are worth now, and whose word that is."""
        open_desk = desk()
        items = [_view(open_desk.rates.rate(each)) for each in open_desk.rates]
        return RatesView(items=items, asked=open_desk.asked, problem=open_desk.problem)

    return router


def _view(rate: Rate) -> RateView:
    said_by = "setting" if rate.day is None else "bank"
    return RateView(currency=rate.currency, dollars=rate.dollars, said_by=said_by, day=rate.day)
