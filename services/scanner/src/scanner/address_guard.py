"""Keeps feed URLs away from private networks: resolves a host once, checks every address, and connects to the checked one.

A name that resolves to something else a moment later (DNS rebinding) gains nothing, as it is not resolved again.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

import httpx2

from scanner.deal_data import FeedError

Resolve = Callable[[str, int], Awaitable[list[str]]]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, by the system's resolver."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise FeedError(f"{host} cannot be resolved: {exc}", is_unreachable=True) from exc
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet, also behind the ways in which IPv6 wraps IPv4."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            wrapped = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
    return found.is_global and not found.is_multicast and not found.is_reserved


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends requests only to public addresses, or to hosts that are allowed by name ("host" or "host:port")."""

    def __init__(
        self, allowed: frozenset[str], inner: httpx2.AsyncBaseTransport | None = None, resolve_host: Resolve = resolve
    ) -> None:
        # No connection is kept: the pool would share one between hosts that live at the same address.
        self._inner = inner or httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0))
        self._allowed, self._resolve = allowed, resolve_host

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Resolve, check, and connect to the checked address under the original name (Host header, TLS server name)."""
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        address = await self._checked(host, port)
        pinned = httpx2.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": host},
        )
        return await self._inner.handle_async_request(pinned)

    async def _checked(self, host: str, port: int) -> str:
        addresses = await self._resolve(host, port)
        if not addresses:
            raise FeedError(f"{host} has no address", is_unreachable=True)
        if not self._allowed & {host, f"{host}:{port}"}:
            for address in addresses:
                if not is_public(address):
                    raise FeedError(f"{host} is at {address}, which is not a public address; SCANNER_ALLOW_HOSTS can allow it")
        return addresses[0]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
