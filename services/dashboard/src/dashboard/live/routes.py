"""The stream that tells an open page what has changed."""

from collections.abc import AsyncGenerator

from fastapi import APIRouter, Request
from fastapi.responses import Response

from common.http.event_stream import event, event_stream
from dashboard.access.session_cookie import ending
from dashboard.live.hub import Hub

PATH = "/live"


def build_router(hub: Hub) -> APIRouter:
    """The stream over a hub."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def live(request: Request) -> Response:
        hub.require_room()
        return event_stream(_changes(hub), ending(request))

    return router


async def _changes(hub: Hub) -> AsyncGenerator[str]:
    async for topic in hub.topics():
        yield event("changed", topic)
