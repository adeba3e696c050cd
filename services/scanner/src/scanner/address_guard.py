"""The address guard (common/outgoing/address_guard.py) as feeds and pages go through it: what it says becomes a feed's error."""

import httpx2

from common.outgoing import address_guard
from common.outgoing.address_guard import PrivateAddressError, Resolve, UnreachableError, is_public, parse_host
from scanner.parsing.feed_entry import FeedError

__all__ = ["GuardedTransport", "is_public", "parse_host", "resolve", "why_never"]
_SETTING = "SCANNER_ALLOW_HOSTS"


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, by the system's resolver. FeedError."""
    try:
        return await address_guard.resolve(host, port)
    except UnreachableError as exc:
        raise FeedError(str(exc), is_unreachable=True) from exc


def why_never(url: str, allowed: frozenset[str]) -> str | None:
    """Why an address can be told at sight never to be fetched; None for all others."""
    return address_guard.why_never(url, allowed, _SETTING)


class GuardedTransport(address_guard.GuardedTransport):
    """The same with FeedError."""

    def __init__(
        self, allowed: frozenset[str], inner: httpx2.AsyncBaseTransport | None = None, resolve_host: Resolve = resolve
    ) -> None:
        super().__init__(allowed, _SETTING, inner, resolve_host)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Resolve, check, and connect."""
        try:
            return await super().handle_async_request(request)
        except (UnreachableError, PrivateAddressError) as exc:
            raise FeedError(str(exc), is_unreachable=isinstance(exc, UnreachableError)) from exc
