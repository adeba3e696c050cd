"""One keep-alive connection pool for all pricers. The only file that knows aiohttp; docs/decisions.md says why it was chosen.

Redirects, cookies and proxies of the environment are not followed: a pricer answers itself. Knows no prices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from common.bounded_answer import read_bounded
from common.errors import AnswerTooLargeError
from common.retry_after import read_retry_after
from ensemble.peer.peer_error import PeerError

PART = 65_536  # bytes read at once


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `retry_after` in seconds, None where the header is missing or says something else."""

    status: int
    body: bytes
    retry_after: float | None = None


class Transport(Protocol):
    """Sends one request. Knows no deadline: whoever calls cancels."""

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limit: int) -> Reply:
        """The whole answer; PeerError when there is none, or past `limit` bytes."""
        ...


class AiohttpTransport:
    """`connections`: the most at once to one pricer; further calls wait for a free one within their own deadlines."""

    def __init__(self, headers: Mapping[str, str], connections: int) -> None:
        connector = aiohttp.TCPConnector(limit=0, limit_per_host=connections, keepalive_timeout=30)
        # Cookies are parsed and matched at every call otherwise.
        self._session = aiohttp.ClientSession(
            headers=dict(headers), connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout()
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limit: int) -> Reply:
        """See Transport.send."""
        try:
            async with self._session.request(method, url, data=body, headers=headers, allow_redirects=False) as response:
                content = await read_bounded(response.content.iter_chunked(PART), limit)
                return Reply(response.status, content, read_retry_after(response.headers.get("Retry-After")))
        except AnswerTooLargeError as exc:
            raise PeerError("too_large", str(exc)) from exc
        except aiohttp.ClientConnectorError as exc:
            raise PeerError("unreachable", f"cannot be reached: {exc}") from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise PeerError("disconnected", f"ended the connection: {exc or type(exc).__name__}") from exc
