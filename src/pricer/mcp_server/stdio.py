"""The MCP server over standard input and output, as a client on this machine starts it: who may start it needs no key."""

import json
from contextlib import AsyncExitStack
from contextvars import Context
from typing import TYPE_CHECKING, Self

from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types import PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError

from pricer.mcp_server.server import build_server
from pricer.mcp_server.settings import Settings
from pricer.mcp_server.toolbox import Addresses, open_tools

if TYPE_CHECKING:  # the SDK names these forms in a module of its own alone
    from mcp.shared._stream_protocols import ReadStream, WriteStream

Read = SessionMessage | Exception


async def run(where: Addresses) -> None:
    """Until standard input ends."""
    seconds = Settings().mcp_seconds
    async with AsyncExitStack() as resources:
        server = build_server(open_tools(where, seconds, resources), seconds)
        read, write = await resources.enter_async_context(stdio_server())
        await server.run(Refusing(read, write), write, server.create_initialization_options())


class Refusing:
    """What is read; a request that cannot be is refused at once. The SDK drops it, and its caller would wait for an answer."""

    def __init__(self, read: "ReadStream[Read]", write: "WriteStream[SessionMessage]") -> None:
        self._read, self._write = read, write

    @property
    def last_context(self) -> Context | None:
        """That of whoever sent what was read last."""
        found: Context | None = getattr(self._read, "last_context", None)
        return found

    async def receive(self) -> Read:
        """The next message."""
        return await self._looked_at(await self._read.receive())

    async def aclose(self) -> None:
        """Close what is read from."""
        await self._read.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Read:
        return await self._looked_at(await anext(self._read))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _looked_at(self, found: Read) -> Read:
        if isinstance(found, ValidationError) and (refusal := refusal_of(found)):
            await self._write.send(SessionMessage(refusal))
        return found


def refusal_of(unread: ValidationError) -> JSONRPCError | None:
    """The answer to a line that is JSON elsewhere, as where a text holds half a character; None where it has no request's id."""
    (why, *_) = unread.errors(include_url=False)
    try:
        found = json.loads(why["input"]) if why["type"] == "json_invalid" else None
        if not isinstance(found, dict) or "method" not in found:
            return None
        str(found["id"]).encode()  # half a character could not be written either
        message = f"{why['msg']}; no text may hold half a character, as \\ud83d alone is"
        return JSONRPCError(jsonrpc="2.0", id=found["id"], error=ErrorData(code=PARSE_ERROR, message=message))
    except (KeyError, ValueError, RecursionError):
        return None
