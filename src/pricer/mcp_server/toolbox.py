"""All tools over the services that they ask, wherever those are. Knows no protocol."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from pricer.mcp_server.deal_tools import deal_tools
from pricer.mcp_server.peers import Peer, open_peer
from pricer.mcp_server.pricing_tools import pricing_tools
from pricer.mcp_server.tool import Tool
from pricer.mcp_server.wish_tools import wish_tools


@dataclass(frozen=True)
class Addresses:
    """Where the services are, and the key that they are shown; None: what services show each other."""

    ensemble: str
    scanner: str
    key: str | None = None


def open_tools(where: Addresses, seconds: float, resources: AsyncExitStack) -> list[Tool]:
    """The tools, asking the services; `resources` close the connections."""
    ensemble = open_peer("ensemble", where.ensemble, seconds, where.key, resources)
    scanner = open_peer("scanner", where.scanner, seconds, where.key, resources)
    return tools_over(ensemble, scanner)


def tools_over(ensemble: Peer, scanner: Peer) -> list[Tool]:
    """The same over services that are there already."""
    return [*pricing_tools(ensemble), *deal_tools(scanner), *wish_tools(scanner)]
