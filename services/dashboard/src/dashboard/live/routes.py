"""The stream that tells an open page what has changed."""

from collections.abc import AsyncGenerator

from fastapi import APIRouter, Request
from fastapi.responses import Response

from common.http.event_stream import WELCOME, event, event_stream
from dashboard.access.session_cookie import ending
from dashboard.live.hub import Hub

PATH = "/live"


def build_router(hub: Hub) -> APIRouter:
    """The stream over a hub."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def live(request: Request) -> Response:
        return await event_stream(changes(hub), ending(request))

    return router


async def changes(hub: Hub) -> AsyncGenerator[str]:
    """The events of one page, which has its place from the first on. OverloadedError."""
    with hub.listening() as topics:
        yield WELCOME
        async for topic in topics:
            yield event("changed", topic)
