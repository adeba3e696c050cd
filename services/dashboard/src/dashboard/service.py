"""What the pages show and what their buttons do: asks the other services at once, each within its deadline.

A service that cannot be asked costs its part of the page, with the reason in its place. It knows nothing of HTML.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from common import request_context
from common.deals import Opportunity
from common.errors import InvalidInputError, NotFoundError, PricingAgentError, UnavailableError
from common.pricing import PriceRequest, PriceResponse
from common.problem import field_errors
from dashboard.schemas import Channel, DeadLetter, Feed, Listing, Notification, PushTest, Scan, ScanStarted, SeenDeal

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class Peer(Protocol):
    """Another of our services."""

    async def get(self, path: str, **params: str) -> object:
        """GET; the decoded JSON. Raises our errors."""
        ...

    async def post(self, path: str, body: object = None) -> object:
        """POST; the decoded JSON."""
        ...

    async def delete(self, path: str) -> object:
        """DELETE; the decoded JSON."""
        ...


@dataclass(frozen=True)
class Part(Generic[T]):
    """A part of a page: its content, or why there is none."""

    value: T | None
    problem: str = ""


@dataclass(frozen=True)
class Overview:
    """The first page."""

    system: Mapping[str, str]  # service -> what it lacks; empty when it is ready
    opportunities: Part[Listing[Opportunity]]
    feeds: Part[Listing[Feed]]
    scan: Part[Scan]
    notifications: Part[Listing[Notification]]
    channels: Part[Listing[Channel]]
    dead: Part[Listing[DeadLetter]]


class Dashboard:
    """The use case. `peers` has a client for each service by its name."""

    def __init__(self, peers: Mapping[str, Peer], read_deadline: float = 3.0) -> None:
        self.peers, self.read_deadline = peers, read_deadline

    async def overview(self, cursor: str | None = None, scan: str | None = None) -> Overview:
        """Everything on the first page, asked for at once."""
        (system, opportunities, feeds, newest), (notifications, channels, dead) = await asyncio.gather(
            asyncio.gather(self.system(), self.opportunities(cursor), self.feeds(), self.scan(scan)),
            asyncio.gather(
                self._read(self._list("notifier", "/notifications", Notification, limit="8")),
                self._read(self._list("notifier", "/channels", Channel)),
                self._read(self._list("notifier", "/dead", DeadLetter, limit="5")),
            ),
        )
        return Overview(system, opportunities, feeds, newest, notifications, channels, dead)

    async def system(self) -> Mapping[str, str]:
        """Every service, and what it lacks where it is not ready."""
        found = await asyncio.gather(*(self._read(peer.get("/readyz")) for peer in self.peers.values()))
        return {
            name: part.problem.removeprefix(name).removeprefix(":").strip()
            for (name, _), part in zip(self.peers.items(), found, strict=True)
        }

    async def opportunities(self, cursor: str | None = None) -> Part[Listing[Opportunity]]:
        """Best first."""
        return await self._read(self._list("scanner", "/opportunities", Opportunity, **_at(cursor)))

    async def opportunity(self, identifier: str) -> Opportunity:
        """One of them, also where it is dismissed or over. NotFoundError where it is gone."""
        answer = await self.peers["scanner"].get(f"/opportunities/{_segment(identifier)}")
        return _parse("scanner", Opportunity, answer)

    async def feeds(self) -> Part[Listing[Feed]]:
        """All feeds with their last state."""
        return await self._read(self._list("scanner", "/feeds", Feed))

    async def scan(self, identifier: str | None = None) -> Part[Scan]:
        """One scan, else the newest; no value and no problem where there has been none."""
        return await self._read(self._scan(identifier))

    async def deals(self, cursor: str | None = None) -> Part[Listing[SeenDeal]]:
        """Every deal that was seen, newest first."""
        return await self._read(self._list("scanner", "/deals", SeenDeal, limit="50", **_at(cursor)))

    async def price(self, description: str, title: str, category: str) -> PriceResponse:
        """Price a typed description; InvalidInputError names the field."""
        given = {"description": _lines(description), "title": title.strip() or None, "category": category.strip() or None}
        try:
            request = PriceRequest.model_validate(given)
        except ValidationError as exc:
            first = field_errors(exc.errors(include_input=False, include_url=False))[0]
            raise InvalidInputError(f"{first.field}: {first.message}", first.field) from exc
        answer = await self.peers["ensemble"].post("/price", request.model_dump(exclude_none=True))
        return _parse("ensemble", PriceResponse, answer)

    async def start_scan(self) -> str:
        """Begin a scan; its id."""
        return str(_parse("scanner", ScanStarted, await self.peers["scanner"].post("/scan")).scan)

    async def dismiss(self, identifier: str) -> None:
        """Hide an opportunity."""
        await self.peers["scanner"].post(f"/opportunities/{_segment(identifier)}/dismiss")

    async def restore(self, identifier: str) -> None:
        """Show one that was hidden again."""
        await self.peers["scanner"].post(f"/opportunities/{_segment(identifier)}/restore")

    async def add_feed(self, url: str, title: str, currency: str) -> None:
        """Watch another feed."""
        wanted = {"url": url.strip(), "title": title.strip(), "currency": currency.strip().upper()}
        await self.peers["scanner"].post("/feeds", {name: value for name, value in wanted.items() if value})

    async def remove_feed(self, identifier: str) -> None:
        """Watch a feed no longer."""
        await self.peers["scanner"].delete(f"/feeds/{_segment(identifier)}")

    async def resend(self, identifier: str, channel: str = "") -> Notification:
        """Push an opportunity again: to `channel`, also where it has it, else to all that lack it; how it stands then."""
        only = f"?{urlencode({'channel': channel})}" if channel else ""
        answer = await self.peers["notifier"].post(f"/notifications/{_segment(identifier)}/resend{only}")
        return _parse("notifier", Notification, answer)

    async def replay(self, identifier: str) -> None:
        """Try a dead letter again."""
        await self.peers["notifier"].post(f"/dead/{_segment(identifier)}/replay")

    async def test_push(self) -> PushTest:
        """Send a test push to every address."""
        return _parse("notifier", PushTest, await self.peers["notifier"].post("/test"))

    async def _scan(self, identifier: str | None) -> Scan | None:
        if identifier:
            try:
                return _parse("scanner", Scan, await self.peers["scanner"].get(f"/scans/{_segment(identifier)}"))
            except NotFoundError:
                pass  # an old address of this page: the newest scan says more
        newest = await self._list("scanner", "/scans", Scan, limit="1")
        return newest.items[0] if newest.items else None

    async def _list(self, peer: str, path: str, shape: type[M], **params: str) -> Listing[M]:
        return _parse(peer, Listing[shape], await self.peers[peer].get(path, **params))  # type: ignore[valid-type]

    async def _read(self, reading: Awaitable[T | None]) -> Part[T]:
        """Await within the read deadline; a failure becomes the part's problem."""
        token = request_context.deadline.set(time.monotonic() + request_context.remaining(self.read_deadline))
        try:
            return Part(await reading)
        except PricingAgentError as exc:
            return Part(None, str(exc))
        finally:
            request_context.deadline.reset(token)


def _parse(peer: str, shape: type[M], answer: object) -> M:
    try:
        return shape.model_validate(answer)
    except ValidationError as exc:
        raise UnavailableError(f"{peer} answered in a form that this page does not know") from exc


def _segment(identifier: str) -> str:
    """An id as one path segment: it comes from a form and must not lead to another route."""
    return quote(identifier, safe="") if identifier.strip(".") else "-"


def _at(cursor: str | None) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()  # browsers send CRLF, which would count against the length
