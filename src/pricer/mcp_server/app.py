"""The MCP server over streamable HTTP: POST /mcp behind what every service has in front: keys, hosts, origins, bounds, metrics.

No sessions: a request carries all that its answer needs, so that it may go to any replica, outlives a restart, and nobody can take
a session over. There is nothing that the server would send unasked, hence no GET. Work ends when its caller hangs up.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from common.http.app import build_app
from common.http.disconnect import CLOSED, CallerLeftError, while_connected
from common.service_address import ServiceAddress
from pricer.mcp_server.server import build_server
from pricer.mcp_server.settings import Settings
from pricer.mcp_server.toolbox import Addresses, open_tools

ADDRESS = ServiceAddress("mcp", 8007)
PATH = "/mcp"


def create_app(where: Addresses, settings: Settings | None = None) -> FastAPI:
    """The server, which asks the services at these addresses."""
    settings = settings or Settings()
    endpoint = _Endpoint()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as resources:
            server = build_server(open_tools(where, settings.mcp_seconds, resources), settings.mcp_seconds)
            endpoint.manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
            await resources.enter_async_context(endpoint.manager.run())
            yield

    app = build_app(ADDRESS.name, lifespan=lifespan, missing=_nothing, settings=settings)
    app.router.routes.append(Route(PATH, endpoint, methods=["POST"]))
    return app


class _Endpoint:
    """Gives a request to the SDK, and its work up when the caller hangs up. The body was read before, and bounded."""

    manager: StreamableHTTPSessionManager
    path = PATH

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        scope["route"] = self  # of which metrics read the path
        request = Request(scope, receive)
        body: list[Message] = [{"type": "http.request", "body": await request.body(), "more_body": False}]

        async def receive_once() -> Message:
            return body.pop() if body else await _never()

        try:
            await while_connected(request, self.manager.handle_request(scope, receive_once, send))
        except CallerLeftError:
            await Response(status_code=CLOSED)(scope, receive, send)


async def _never() -> Message:
    """That somebody hangs up is watched by the endpoint."""
    await asyncio.Event().wait()
    raise AssertionError


async def _nothing() -> Mapping[str, str]:
    """It is ready when it runs: what of the services is missing each tool says itself."""
    return {}
