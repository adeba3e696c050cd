"""`pricer mcp`: the MCP server, over standard input and output as a client starts it, or with --http over streamable HTTP.

claude mcp add pricer -- /path/to/.venv/bin/pricer mcp
API_KEYS=... pricer mcp --http
"""

import argparse
import sys
from typing import TYPE_CHECKING

from pricer.arguments import address
from pricer.asking import own_key

if TYPE_CHECKING:
    from pricer.mcp_server.toolbox import Addresses


def add_arguments(parser: argparse.ArgumentParser, ensemble: str, scanner: str) -> None:
    """Those of `pricer mcp`."""
    add = parser.add_argument
    add("--http", action="store_true", help="serve streamable HTTP at /mcp, on $HOST (127.0.0.1) and $MCP_PORT (8007)")
    add("--ensemble", type=address, default=ensemble, metavar="URL", help="what prices and judges (default: %(default)s)")
    add("--scanner", type=address, default=scanner, metavar="URL", help="what finds and watches (default: %(default)s)")


def serve(arguments: argparse.Namespace) -> int:
    """Until the client is done, or somebody ends it; the exit code."""
    from pricer.mcp_server.toolbox import Addresses

    where = Addresses(arguments.ensemble, arguments.scanner, own_key())
    if arguments.http:
        _serve_http(where)
    else:
        _serve_stdio(where)
    return 0


def _serve_http(where: "Addresses") -> None:
    from common.http.serving.process import serve as serve_app
    from pricer.mcp_server.app import ADDRESS, create_app

    serve_app(lambda: create_app(where), ADDRESS.port)


def _serve_stdio(where: "Addresses") -> None:
    """What is printed or logged meanwhile goes to standard error: the SDK sees to it."""
    import anyio

    from pricer.mcp_server.stdio import run

    if sys.stdin.isatty():
        print("pricer mcp: waits for an MCP client on standard input; see docs/mcp.md (Ctrl-C ends it)", file=sys.stderr)
    anyio.run(run, where)
