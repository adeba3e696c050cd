"""The MCP server over standard input and output, as a client on this machine starts it: who may start it needs no key."""

from contextlib import AsyncExitStack

from mcp.server.stdio import stdio_server

from pricer.mcp_server.server import build_server
from pricer.mcp_server.settings import Settings
from pricer.mcp_server.toolbox import Addresses, open_tools


async def run(where: Addresses) -> None:
    """Until standard input ends."""
    seconds = Settings().mcp_seconds
    async with AsyncExitStack() as resources:
        server = build_server(open_tools(where, seconds, resources), seconds)
        read, write = await resources.enter_async_context(stdio_server())
        await server.run(read, write, server.create_initialization_options())
