"""The pages of models: what is there and how good it is, how prices move, the map and its files."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from common.errors import ArtifactError, NotFoundError
from dashboard.html.pages import Pages
from dashboard.models.evaluation import BY
from dashboard.models.in_use import WORDS
from dashboard.models.map_deals import MapDeals
from dashboard.models.product_map import MEDIA_TYPES, read_map, read_part
from dashboard.models.service import Models


def build_router(models: Models, pages: Pages) -> APIRouter:
    """The routes over the folder of artifacts, looked at for every request: what was made meanwhile is shown at once."""
    router = APIRouter(include_in_schema=False)
    _add_evaluation(router, models, pages)
    _add_levels(router, models, pages)
    _add_map(router, models, pages)
    return router


def _add_evaluation(router: APIRouter, models: Models, pages: Pages) -> None:
    @router.get("/models")
    async def evaluation() -> HTMLResponse:
        there, found, in_use = await asyncio.gather(models.delivered(), models.evaluations(), models.in_use())
        shown: dict[str, Any] = {"delivered": there, "evaluations": found, "in_use": in_use, "words": WORDS}
        return pages.render("models/evaluation.html", page="models", kinds=BY, **shown)

    @router.get("/models/scatter/{name}/{pricer}.json")
    async def scatter(name: str, pricer: str) -> dict[str, Any]:
        return await models.scatter(name, pricer)


def _add_levels(router: APIRouter, models: Models, pages: Pages) -> None:
    @router.get("/models/levels")
    async def levels() -> HTMLResponse:
        return pages.render("models/levels.html", page="levels", levels=await models.levels())

    @router.get("/models/levels.json")
    async def level_figure() -> dict[str, Any]:
        return await models.level_figure()


def _add_map(router: APIRouter, models: Models, pages: Pages) -> None:
    folder, map_deals = models.map, MapDeals(models.peers)

    @router.get("/map")
    async def product_map(request: Request) -> HTMLResponse:
        deals = await map_deals.listed("hx-request" in request.headers)  # which asks again since something has changed
        try:
            found, problem = await asyncio.to_thread(read_map, folder), ""
        except ArtifactError as exc:
            found, problem = None, str(exc)
        return pages.render("models/map.html", page="map", map=found, problem=problem, deals=deals)

    @router.get("/map/deals.json")
    async def deals() -> dict[str, Any]:
        try:
            version = (await asyncio.to_thread(read_map, folder)).version
        except ArtifactError as exc:
            raise NotFoundError(str(exc)) from exc
        return await map_deals.placed(version)

    @router.get("/map/{name}")
    def part(name: str) -> Response:
        content = read_part(folder, name)
        return Response(content, media_type=MEDIA_TYPES[name], headers={"Cache-Control": "private, max-age=3600"})
