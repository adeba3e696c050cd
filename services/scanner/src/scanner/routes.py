"""The scanner's HTTP interface. Routes parse, call, and answer; what they call is the runtime that the lifespan opened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from common.http.app import add_routes
from scanner.drift.routes import build_router as build_drift_router
from scanner.drift.watch import DriftWatch
from scanner.feedback import routes as feedback_routes
from scanner.feedback.desk import FeedbackDesk
from scanner.feeds import routes as feeds
from scanner.feeds.feed_desk import FeedDesk
from scanner.history.desk import HistoryDesk
from scanner.history.routes import build_router as build_history_router
from scanner.leading.asking import Asking
from scanner.levels.routes import build_router as build_level_router
from scanner.opportunities.desk import FeedKeyDesk
from scanner.opportunities.routes import Desk as OpportunityDesk
from scanner.opportunities.routes import build_router as build_opportunity_router
from scanner.pages import routes as page_routes
from scanner.pages.desk import PageDesk
from scanner.rates.desk import RateDesk
from scanner.rates.routes import build_router as build_rate_router
from scanner.review import routes as review_routes
from scanner.review.desk import ReviewDesk
from scanner.rules.desk import RuleDesk
from scanner.rules.routes import build_rule_router
from scanner.schemas import Items, ScanStarted, SeenDeals
from scanner.store.store import Store
from scanner.tracing.routes import build_router as build_trace_router
from scanner.watchlist.desk import WatchlistDesk
from scanner.watchlist.routes import build_router as build_watchlist_router


@dataclass(frozen=True)
class Runtime:
    """What is open while the service runs."""

    store: Store
    scans: Asking
    now: Callable[[], datetime]
    feeds: FeedDesk
    rules: RuleDesk
    rates: RateDesk
    reviews: ReviewDesk
    feedback: FeedbackDesk
    watchlist: WatchlistDesk
    pages: PageDesk
    drift: DriftWatch

    @property
    def opportunities(self) -> OpportunityDesk:
        """The list, and feeds of it."""
        return OpportunityDesk(self.store.opportunities, FeedKeyDesk(self.store.feed_keys, self.now), self.store.views, self.now)

    @property
    def history(self) -> HistoryDesk:
        """Of products, and of pushes."""
        return HistoryDesk(self.store.products, self.store.ledger, self.store.feedback, self.now)


Cursor = Annotated[str | None, Query(max_length=300)]
FeedId = Annotated[int | None, Query(ge=0, lt=2**31)]
Limit = Annotated[int, Query(ge=1, le=200)]


def build_router(runtime: Callable[[], Runtime]) -> APIRouter:
    """The routes, over what `runtime` returns at the moment of the request."""
    router = APIRouter()
    add_routes(router, feeds.build_router(lambda: runtime().feeds))
    _add_scan_routes(router, runtime)
    _add_plan_routes(router, runtime)
    _add_deal_routes(router, runtime)
    add_routes(
        router,
        build_opportunity_router(lambda: runtime().opportunities),
        build_rule_router(lambda: runtime().rules),
        build_rate_router(lambda: runtime().rates),
        review_routes.build_router(lambda: runtime().reviews),
        feedback_routes.build_router(lambda: runtime().feedback),
        build_history_router(lambda: runtime().history),
        build_trace_router(lambda: runtime().store.traces),
        build_level_router(lambda: runtime().store.levels, lambda: runtime().now()),
        build_drift_router(lambda: runtime().drift),
        build_watchlist_router(lambda: runtime().watchlist),
        page_routes.build_router(lambda: runtime().pages),
    )
    return router


def _add_scan_routes(router: APIRouter, runtime: Callable[[], Runtime]) -> None:
    @router.post("/scan", status_code=202, tags=["scans"], responses={404: {}})
    async def scan(feed: FeedId = None) -> ScanStarted:
        """Start a scan of all feeds that are not paused, or of one, or name the one that runs."""
        return ScanStarted(scan=await runtime().scans.begin(feed))

    @router.get("/scans", tags=["scans"])
    async def list_scans(limit: Limit = 20) -> Items:
        """The last scans, newest first."""
        return Items(items=await runtime().store.scans.newest(limit), next=None)

    @router.get("/scans/{scan_id}", tags=["scans"])
    async def read_scan(scan_id: str) -> dict[str, Any]:
        """State, times, what each feed gave, and counts."""
        return await runtime().store.scans.get(scan_id)


def _add_plan_routes(router: APIRouter, runtime: Callable[[], Runtime]) -> None:
    @router.get("/plans", tags=["scans"])
    async def list_plans(limit: Limit = 20) -> Items:
        """What the planner did where there is one: each plan with its steps, tokens and dollars, newest first."""
        return Items(items=await runtime().store.plans.newest(limit), next=None)


def _add_deal_routes(router: APIRouter, runtime: Callable[[], Runtime]) -> None:
    @router.get("/deals", tags=["deals"])
    async def list_deals(cursor: Cursor = None, limit: Limit = 50) -> SeenDeals:
        """What was read from the feeds, newest first."""
        return SeenDeals.model_validate(await runtime().store.deals.page(cursor, limit), from_attributes=True)
