"""The pages about alerts, each room's from its own routes.py."""

from fastapi import APIRouter

from common.http.app import add_routes
from dashboard.alerts.backup.bundle import MOST_BYTES
from dashboard.alerts.backup.routes import build_router as build_backup_router
from dashboard.alerts.channels.routes import build_router as build_channels_router
from dashboard.alerts.rules.routes import MOST_FILE
from dashboard.alerts.rules.routes import build_router as build_rules_router
from dashboard.alerts.service import Alerts
from dashboard.alerts.times.routes import build_router as build_times_router
from dashboard.alerts.watchlist.routes import build_router as build_watchlist_router
from dashboard.html.pages import Pages
from dashboard.html.replies import Replies

FILES = {"/rules/import": MOST_FILE * 2, "/backup/restore": MOST_BYTES + 256 * 1024}  # bytes of bodies that hold files


def build_router(alerts: Alerts, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over the use cases."""
    router = APIRouter(include_in_schema=False)
    add_routes(
        router,
        build_rules_router(alerts.rules, alerts.choices, pages, replies),
        build_watchlist_router(alerts.watchlist, alerts.choices, pages, replies),
        build_channels_router(alerts.channels, alerts.choices, pages, replies),
        build_times_router(alerts.times, pages, replies),
        build_backup_router(alerts.backups, pages, replies),
    )
    return router
