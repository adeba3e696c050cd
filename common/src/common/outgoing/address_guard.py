"""Keeps strangers' addresses off private networks: resolves a host once, checks every address, connects to the checked one.

A name that resolves to something else a moment later (DNS rebinding) gains nothing, as it is not resolved again.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

import httpx2

from common.errors import UnavailableError

_NAME = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
Resolve = Callable[[str, int], Awaitable[list[str]]]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# All of IPv6 that is given out; not so the site-local fec0::/10 of old, nor 64:ff9b:1::/48.
_UNICAST = ipaddress.ip_network("2000::/3")
# What Python 3.11 takes for global and IANA's registries of special addresses do not.
_NOT_GLOBAL = tuple(ipaddress.ip_network(each) for each in ("192.88.99.0/24", "192.0.0.0/24", "2001::/23", "3fff::/20"))
_MOST_ADDRESSES = 4  # of one host that are tried
_REFUSED = "not a public address; {setting} can allow it"
_CONNECT = 2.0  # seconds for an address of a host, if it is not the last one: a lost way of IPv6 says nothing at all


class UnreachableError(UnavailableError):
    """A host has no address."""


class PrivateAddressError(UnavailableError):
    """A host is at an address to which nothing is sent."""


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, by the system's resolver. UnreachableError."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise UnreachableError(f"{host} cannot be resolved: {exc}") from exc
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
        if found not in _UNICAST:
            return False
    is_special = any(found in network for network in _NOT_GLOBAL if network.version == found.version)
    return found.is_global and not found.is_multicast and not found.is_reserved and not is_special


def parse_host(text: str) -> tuple[str, int | None]:
    """A host and perhaps its port: "nas.local", "nas.local:8080", "[::1]:8080", "::1", "bücher.example".

    The host is in the form in which it is resolved; without a port all are meant. ValueError where it is not of that form.
    """
    bare = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    try:
        host, parts = _host(httpx2.URL(f"http://{bare}/")), urlsplit(f"http://{bare}/")
        if not _NAME.fullmatch(host) or parts.username is not None or parts.path != "/":
            raise ValueError(host)
        return host, parts.port
    except (httpx2.InvalidURL, ValueError) as exc:
        raise ValueError(f"{text!r} is not like nas.local, nas.local:8080 or [::1]:8080") from exc


def why_never(url: str, allowed: frozenset[str], setting: str) -> str | None:
    """Why an address can be told at sight never to be asked: its host is a private address itself; None for all others."""
    try:
        parsed = httpx2.URL(url)
        host = _host(parsed)
        ipaddress.ip_address(host)
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        return None  # a name: where it leads only the moment of the fetch tells
    is_free = is_public(host) or _is_allowed(host, _port(parsed), map(parse_host, allowed))
    return None if is_free else f"{host} is {_REFUSED.format(setting=setting)}"


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _is_allowed(host: str, port: int, allowed: Iterable[tuple[str, int | None]]) -> bool:
    return any(each in ((host, None), (host, port)) for each in allowed)


def _host(url: httpx2.URL) -> str:
    """A host as it is resolved: in small letters, IDNA, without brackets and the root's dot; an address in its shortest form."""
    host = url.raw_host.decode("ascii").lower().strip("[]").removesuffix(".")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends requests only to public addresses, or to hosts that are allowed by name, each as `parse_host` takes it.

    `setting`: by which a person can allow one. Where a host has several addresses and one does not answer, the next is tried.
    UnreachableError, PrivateAddressError.
    """

    def __init__(
        self, allowed: frozenset[str], setting: str, inner: httpx2.AsyncBaseTransport | None = None, resolve_host: Resolve = resolve
    ) -> None:
        # No connection is kept: the pool would share one between hosts that live at the same address.
        self._inner = inner or httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0))
        self._allowed, self._setting, self._resolve = frozenset(map(parse_host, allowed)), setting, resolve_host

    def is_allowed(self, url: httpx2.URL) -> bool:
        """Whether a person allows this host by name."""
        return _is_allowed(_host(url), _port(url), self._allowed)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Resolve, check, and connect to the checked address under the original name (Host header, TLS server name)."""
        host = _host(request.url)
        addresses = await self._checked(host, _port(request.url))
        for address in addresses[:-1]:
            try:
                return await self._send(request, host, address, _CONNECT)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue  # nobody heard anything of the request yet
        return await self._send(request, host, addresses[-1])

    async def _send(self, request: httpx2.Request, host: str, address: str, connect: float | None = None) -> httpx2.Response:
        timeouts = dict(request.extensions.get("timeout", {}))
        if connect is not None:
            timeouts["connect"] = min(connect, timeouts.get("connect") or connect)
        pinned = httpx2.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": host, "timeout": timeouts},
        )
        return await self._inner.handle_async_request(pinned)

    async def _checked(self, host: str, port: int) -> list[str]:
        """The addresses to try, in the resolver's order (RFC 6724)."""
        addresses = list(dict.fromkeys(await self._resolve(host, port)))
        if not addresses:
            raise UnreachableError(f"{host} has no address")
        if not _is_allowed(host, port, self._allowed):
            for address in addresses:
                if not is_public(address):
                    raise PrivateAddressError(f"{host} is at {address}, which is {_REFUSED.format(setting=self._setting)}")
        return addresses[:_MOST_ADDRESSES]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
