"""How the pages ask the other services: each call within its deadline, each answer in a shape that is known.

A service that cannot be asked costs its part of the page, with the reason in its place. It knows nothing of HTML.
"""

import time
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote

from httpx2 import Response
from pydantic import BaseModel, ValidationError

from common import request_context
from common.about.readiness import PATH as READYZ
from common.about.readiness import away
from common.errors import PricingAgentError, UnavailableError
from dashboard.schemas import Listing

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class Peer(Protocol):
    """Another of our services. Each answers the decoded JSON, None where there is none, and raises our errors."""

    async def get(self, path: str, **params: str) -> object:
        """GET."""
        ...

    async def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> object:
        """POST `body` as JSON."""
        ...

    async def put(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> object:
        """PUT `body` as JSON."""
        ...

    async def patch(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> object:
        """PATCH `body` as JSON."""
        ...

    async def delete(self, path: str) -> object:
        """DELETE."""
        ...

    async def get_text(self, path: str, **params: str) -> str:
        """GET; the body as text: a file of theirs, as YAML or OPML."""
        ...

    async def relay(self, path: str, headers: Mapping[str, str]) -> Response:
        """GET for somebody else; the answer as it is."""
        ...

    async def post_text(self, path: str, text: str, media_type: str) -> object:
        """POST a file's text."""
        ...


@dataclass(frozen=True)
class Part(Generic[T]):
    """A part of a page: its content, or why there is none."""

    value: T | None
    problem: str = ""


class Peers:
    """The other services by their names. `read_deadline`: seconds that a part of a page may take."""

    def __init__(self, clients: Mapping[str, Peer], read_deadline: float = 3.0) -> None:
        self.clients, self.read_deadline = clients, read_deadline

    def __getitem__(self, name: str) -> Peer:
        return self.clients[name]

    async def one(self, name: str, path: str, shape: type[M], **params: str) -> M:
        """What `path` of a service answers."""
        return parsed(name, shape, await self.clients[name].get(path, **params))

    async def listing(self, name: str, path: str, shape: type[M], **params: str) -> Listing[M]:
        """A page of a list."""
        return parsed(name, Listing[shape], await self.clients[name].get(path, **params))  # type: ignore[valid-type]

    async def lack(self, name: str) -> str:
        """What keeps a service from being ready, or is away though answers do without it; empty where nothing is."""
        ready = await self.part(self.clients[name].get(READYZ))
        if ready.problem or not isinstance(ready.value, dict):
            return ready.problem.removeprefix(name).removeprefix(":").strip()
        return away(ready.value)

    async def part(self, reading: Awaitable[T | None], seconds: float | None = None) -> Part[T]:
        """Await within the read deadline, or within `seconds` what takes longer; a failure becomes the part's problem."""
        try:
            with within(self.read_deadline if seconds is None else seconds):
                return Part(await reading)
        except PricingAgentError as exc:
            return Part(None, str(exc))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Calls made in it end within so many seconds, or with the request's own deadline."""
    token = request_context.deadline.set(time.monotonic() + request_context.remaining(seconds))
    try:
        yield
    finally:
        request_context.deadline.reset(token)


def parsed(name: str, shape: type[M], answer: object) -> M:
    """A service's answer in its shape; UnavailableError where it has another."""
    try:
        return shape.model_validate(answer)
    except ValidationError as exc:
        raise UnavailableError(f"{name} answered in a form that this page does not know") from exc


def segment(identifier: object) -> str:
    """An id as one path segment: it comes from a form and must not lead to another route."""
    text = str(identifier)
    return quote(text, safe="") if text.strip(".") else "-"
