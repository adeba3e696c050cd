"""All pages and forms, each room's from its own routes.py."""

from fastapi import APIRouter

from dashboard.alerts.routes import build_router as build_alerts_router
from dashboard.feeds.routes import build_router as build_feeds_router
from dashboard.html.pages import Pages
from dashboard.html.replies import Replies
from dashboard.ledger.routes import build_router as build_ledger_router
from dashboard.opportunities.routes import build_router as build_opportunities_router
from dashboard.price.routes import build_router as build_price_router
from dashboard.price_file.routes import build_router as build_price_file_router
from dashboard.pushes.routes import build_router as build_pushes_router
from dashboard.review.routes import build_router as build_review_router
from dashboard.service import Dashboard


def build_router(dashboard: Dashboard, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    router.include_router(build_opportunities_router(dashboard, pages, replies))
    router.include_router(build_price_router(dashboard.prices, pages, replies))
    router.include_router(build_price_file_router(dashboard.price_files, pages, replies))
    router.include_router(build_review_router(dashboard.reviews, pages, replies))
    router.include_router(build_pushes_router(dashboard.pushes, pages, replies))
    router.include_router(build_ledger_router(dashboard.ledger, pages))
    router.include_router(build_feeds_router(dashboard.feeds, pages, replies))
    router.include_router(build_alerts_router(dashboard.alerts, pages, replies))
    return router
