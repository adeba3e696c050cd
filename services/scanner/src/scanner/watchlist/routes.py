"""The watchlist's HTTP interface."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from scanner.watchlist.desk import WatchlistDesk
from scanner.watchlist.schemas import (
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

    @router.post("", status_code=201)
    async def add_watch(request: WatchRequest) -> WatchLook:
        """Watch a thing. The answer says what was understood, and what of it is to be had at this moment."""
        return WatchLook.of(await desk().add(request))

    @router.post("/preview")
    async def preview_watch(request: WatchRequest) -> WatchPreview:
        """The same without watching it."""
        return WatchPreview.of(await desk().preview(request))

    _add_item_routes(router, desk)
    return router


def _add_item_routes(router: APIRouter, desk: Callable[[], WatchlistDesk]) -> None:
    @router.get("/{watch_id:int}")
    async def read_watch(watch_id: WatchId) -> WatchLook:
        """One watch, with what of it is to be had at this moment."""
        return WatchLook.of(await desk().get(watch_id))

    @router.put("/{watch_id:int}")
    async def replace_watch(watch_id: WatchId, request: WatchRequest) -> WatchLook:
        """Watch another thing, or at another price, in its place."""
        return WatchLook.of(await desk().replace(watch_id, request))

    @router.patch("/{watch_id:int}")
    async def change_watch(watch_id: WatchId, request: WatchPatch) -> WatchLook:
        """Change some of its fields."""
        return WatchLook.of(await desk().change(watch_id, request.model_dump(exclude_unset=True)))

    @router.delete("/{watch_id:int}", status_code=204)
    async def remove_watch(watch_id: WatchId) -> None:
        """Watch it no longer."""
        await desk().book.remove(watch_id)

    @router.get("/{watch_id:int}/matches")
    async def list_matches(watch_id: WatchId, cursor: Cursor = None, limit: Limit = 50) -> WatchMatches:
        """The opportunities that were the wanted thing so far, pushed or not, the latest first."""
        return WatchMatches.model_validate(asdict(await desk().book.matches(watch_id, cursor, limit)))
