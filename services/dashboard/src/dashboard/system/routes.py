"""The page that says how everything is."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from dashboard.html.pages import Pages
from dashboard.system.service import System
from dashboard.system.small_line import small_line


def build_router(system: System, pages: Pages) -> APIRouter:
    """The route over a use case."""
    router = APIRouter(include_in_schema=False)

    @router.get("/system")
    async def page() -> HTMLResponse:
        return pages.render("system/system.html", page="system", view=await system.view(), small_line=small_line)

    return router
