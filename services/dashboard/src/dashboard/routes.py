"""All pages and forms, each room's from its own routes.py."""

from fastapi import APIRouter

from common.http.app import add_routes
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
    add_routes(
        router,
        build_opportunities_router(dashboard, pages, replies),
        build_price_router(dashboard.prices, pages, replies),
        build_price_file_router(dashboard.price_files, pages, replies),
        build_review_router(dashboard.reviews, pages, replies),
        build_pushes_router(dashboard.pushes, pages, replies),
        build_ledger_router(dashboard.ledger, pages),
        build_feeds_router(dashboard.feeds, pages, replies),
        build_alerts_router(dashboard.alerts, pages, replies),
    )
    return router
