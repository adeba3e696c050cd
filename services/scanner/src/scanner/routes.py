"""The scanner's HTTP interface. Routes parse, call, and answer; what they call is the runtime that the lifespan opened."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from scanner.deal_data import DEMO_URL, Feed
from scanner.feeds.feed_list import DEMO_TITLE, WantedFeed
from scanner.scan_runner import ScanRunner
from scanner.schemas import FeedItems, FeedRequest, FeedView, Items, ScanStarted, SeenDeals
from scanner.store.store import Store


@dataclass(frozen=True)
class Runtime:
    """What is open while the service runs."""

    store: Store
    runner: ScanRunner
    now: Callable[[], datetime]


Cursor = Annotated[str | None, Query(max_length=300)]
Limit = Annotated[int, Query(ge=1, le=200)]


def build_router(runtime: Callable[[], Runtime]) -> APIRouter:
    """The routes, over what `runtime` returns at the moment of the request."""
    router = APIRouter()
    _add_feed_routes(router, runtime)
    _add_scan_routes(router, runtime)
    _add_plan_routes(router, runtime)
    _add_deal_routes(router, runtime)
    return router


def _add_feed_routes(router: APIRouter, runtime: Callable[[], Runtime]) -> None:
    @router.get("/feeds", tags=["feeds"])
    async def list_feeds() -> FeedItems:
        """The feeds that are read, and how each fared last."""
        return FeedItems(items=[_view(feed) for feed in await runtime().store.feeds.enabled()])

    @router.post("/feeds", status_code=201, tags=["feeds"])
    async def add_feed(request: FeedRequest) -> FeedView:
        """Add a feed; the next scan reads it."""
        title = DEMO_TITLE if request.url == DEMO_URL else request.title or request.url[:200]
        return _view(await runtime().store.feeds.add(WantedFeed(request.url, title, request.currency)))

    @router.delete("/feeds/{feed_id}", status_code=204, tags=["feeds"])
    async def remove_feed(feed_id: Annotated[int, Field(ge=0, lt=2**31)]) -> None:
        """Read a feed no longer. Its deals stay."""
        await runtime().store.feeds.remove(feed_id)


def _add_scan_routes(router: APIRouter, runtime: Callable[[], Runtime]) -> None:
    @router.post("/scan", status_code=202, tags=["scans"])
    async def scan() -> ScanStarted:
        """Start a scan, or name the one that runs."""
        return ScanStarted(scan=await runtime().runner.begin())

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

    @router.get("/opportunities", tags=["deals"])
    async def list_opportunities(cursor: Cursor = None, limit: Limit = 50, all: bool = False) -> Items:  # noqa: A002 (the query's name)
        """Deals below their worth, greatest expected saving first; with `all`, also dismissed and expired ones."""
        now = None if all else runtime().now()
        return Items(**asdict(await runtime().store.opportunities.page(cursor, limit, now=now)))

    @router.get("/opportunities/{opportunity_id}", tags=["deals"])
    async def read_opportunity(opportunity_id: str) -> dict[str, Any]:
        """One of them, also where it is dismissed or over."""
        return await runtime().store.opportunities.get(opportunity_id)

    @router.post("/opportunities/{opportunity_id}/dismiss", status_code=204, tags=["deals"])
    async def dismiss(opportunity_id: str) -> None:
        """Show it no more."""
        await runtime().store.opportunities.dismiss(opportunity_id)

    @router.post("/opportunities/{opportunity_id}/restore", status_code=204, tags=["deals"])
    async def restore(opportunity_id: str) -> None:
        """Show it again."""
        await runtime().store.opportunities.dismiss(opportunity_id, dismissed=False)


def _view(feed: Feed) -> FeedView:
    return FeedView.model_validate(asdict(feed))
