"""The doors to the feeds. Routes parse, call, and answer."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from common.conditional.if_match import CHANGED, READ, IfMatch, tagged
from common.http.documentation import ATTACHMENT
from scanner.feeds.feed_desk import FeedDesk
from scanner.feeds.opml import MAX_BYTES
from scanner.feeds.schemas import FeedChange, FeedFindings, FeedItems, FeedRequest, FeedTest, FeedView, OpmlImport

OPML_PATH = "/feeds/opml"
OPML_BODY = {OPML_PATH: MAX_BYTES}  # a body that is no JSON, and how large it may be
_OPML = "text/x-opml"
_EXPORTED: dict[str, Any] = {"content": {_OPML: {"schema": {"type": "string"}}}, "headers": ATTACHMENT}
_SENT = {"requestBody": {"required": True, "content": {_OPML: {"schema": {"type": "string"}}}}}
FeedId = Annotated[int, Field(ge=0, lt=2**31)]


def build_router(desk: Callable[[], FeedDesk]) -> APIRouter:
    """The routes, over the desk that `desk` returns at the moment of the request."""
    router = APIRouter(tags=["feeds"])
    _add_list_routes(router, desk)
    _add_feed_routes(router, desk)
    return router


def _add_list_routes(router: APIRouter, desk: Callable[[], FeedDesk]) -> None:
    """Those of all feeds, and of none in particular; before those of one, whose id would else be "export"."""

    @router.get("/feeds")
    async def list_feeds() -> FeedItems:
        """The feeds that are listed, and how each fares."""
        return FeedItems(items=await desk().list())

    @router.get("/feeds/export", response_class=Response, responses={200: _EXPORTED})
    @router.get("/feeds.opml", response_class=Response, responses={200: _EXPORTED})
    async def export_feeds() -> Response:
        """All feeds as OPML 2.0, with their settings in a namespace of ours."""
        head = {"Content-Disposition": 'attachment; filename="feeds.opml"'}
        return Response(await desk().write_list(), media_type=f"{_OPML}; charset=utf-8", headers=head)

    @router.post(OPML_PATH, openapi_extra=_SENT)
    async def import_feeds(request: Request, skip: bool = False) -> OpmlImport:
        """Add the feeds of an OPML document, all or none; with `skip` those that can be added although others cannot."""
        return await desk().read_list(await request.body(), skip=skip)

    @router.post("/feeds/test")
    async def test_feed(request: FeedTest) -> FeedFindings:
        """What is at an address, before it is added. Nothing is kept."""
        return FeedFindings.model_validate(await desk().test(request.url, request.currency), from_attributes=True)


def _add_feed_routes(router: APIRouter, desk: Callable[[], FeedDesk]) -> None:
    @router.post("/feeds", status_code=201)
    async def add_feed(request: FeedRequest) -> FeedView:
        """Add a feed; unless it is paused it is read at once, or by the next scan where scans run on demand alone."""
        return await desk().add(request)

    @router.get("/feeds/{feed_id:int}", responses=READ)
    async def read_feed(feed_id: FeedId, response: Response) -> FeedView:
        """A feed, its settings, and how it fares."""
        return tagged(await desk().get(feed_id), response)

    @router.patch("/feeds/{feed_id:int}", responses=CHANGED)
    async def change_feed(feed_id: FeedId, change: FeedChange, response: Response, if_match: IfMatch = None) -> FeedView:
        """Change what is given. `"paused": false` resumes one that is paused or gone, and forgets its failures."""
        return tagged(await desk().change(feed_id, change, if_match), response)

    @router.delete("/feeds/{feed_id:int}", status_code=204)
    async def remove_feed(feed_id: FeedId) -> None:
        """Read a feed no longer. Its deals stay."""
        await desk().remove(feed_id)
