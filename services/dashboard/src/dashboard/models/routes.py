"""The map's page and its files."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from common.errors import ArtifactError
from dashboard.html.pages import Pages
from dashboard.models.product_map import MEDIA_TYPES, read_map, read_part


def build_router(folder: Path, pages: Pages) -> APIRouter:
    """The map in `folder`, looked for at every request: one made meanwhile is shown at once."""
    router = APIRouter(include_in_schema=False)

    @router.get("/map")
    def product_map() -> HTMLResponse:
        try:
            return pages.render("models/map.html", page="map", map=read_map(folder), problem="")
        except ArtifactError as exc:
            return pages.render("models/map.html", page="map", map=None, problem=str(exc))

    @router.get("/map/{name}")
    def part(name: str) -> Response:
        content = read_part(folder, name)
        return Response(content, media_type=MEDIA_TYPES[name], headers={"Cache-Control": "private, max-age=3600"})

    return router
