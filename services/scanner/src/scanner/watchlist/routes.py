"""The watchlist's HTTP interface."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from common.conditional.if_match import CHANGED, READ, REMOVED, IfMatch, tagged
from scanner.watchlist.desk import WatchlistDesk
from scanner.watchlist.schemas import (
    WatchAdded,
    WatchItems,
    WatchLook,
    WatchMatches,
    WatchPatch,
    WatchPreview,
    WatchRequest,
    WatchView,
)

WatchId = Annotated[int, Field(ge=0, lt=2**31)]
Cursor = Annotated[str | None, Query(max_length=300)]
Limit = Annotated[int, Query(ge=1, le=200)]


def build_router(desk: Callable[[], WatchlistDesk]) -> APIRouter:
    """The routes, over the desk that `desk` returns at the moment of the request."""
    router = APIRouter(prefix="/watchlist", tags=["watchlist"])

    @router.get("")
    async def list_watches() -> WatchItems:
        """What is watched, and what was understood of it."""
        return WatchItems(items=[WatchView.kept(each) for each in await desk().book.all()])

    @router.post("", status_code=201, responses={200: {"model": WatchAdded, "description": "It was watched already"}})
    async def add_watch(request: WatchRequest, response: Response) -> WatchAdded:
        """Watch a thing. The answer says what was understood, and what of it is to be had at this moment.

        Where the same is watched already that is answered, with 200. Channels, priority and whether it is on tell two apart
        only where they are given.
        """
        looked = await desk().add(request)
        response.status_code = 201 if looked.is_new else 200
        return WatchAdded.of(looked)

    @router.post("/preview")
    async def preview_watch(request: WatchRequest) -> WatchPreview:
        """The same without watching it."""
        return WatchPreview.of(await desk().preview(request))

    _add_item_routes(router, desk)
    return router


def _add_item_routes(router: APIRouter, desk: Callable[[], WatchlistDesk]) -> None:
    @router.get("/{watch_id:int}", responses=READ)
    async def read_watch(watch_id: WatchId, response: Response) -> WatchLook:
        """One watch, with what of it is to be had at this moment."""
        return tagged(WatchLook.of(await desk().get(watch_id)), response)

    @router.put("/{watch_id:int}", responses=CHANGED)
    async def replace_watch(watch_id: WatchId, request: WatchRequest, response: Response, if_match: IfMatch = None) -> WatchLook:
        """Watch another thing, or at another price, in its place."""
        return tagged(WatchLook.of(await desk().replace(watch_id, request, if_match)), response)

    @router.patch("/{watch_id:int}", responses=CHANGED)
    async def change_watch(watch_id: WatchId, request: WatchPatch, response: Response, if_match: IfMatch = None) -> WatchLook:
        """Change some of its fields."""
        changed = await desk().change(watch_id, request.model_dump(exclude_unset=True), if_match)
        return tagged(WatchLook.of(changed), response)

    @router.delete("/{watch_id:int}", status_code=204, responses=REMOVED)
    async def remove_watch(watch_id: WatchId, if_match: IfMatch = None) -> None:
        """Watch it no longer."""
        await desk().book.remove(watch_id, if_match)

    @router.get("/{watch_id:int}/matches")
    async def list_matches(watch_id: WatchId, cursor: Cursor = None, limit: Limit = 50) -> WatchMatches:
        """The opportunities that were the wanted thing so far, pushed or not, the latest first."""
        return WatchMatches.model_validate(asdict(await desk().book.matches(watch_id, cursor, limit)))
