"""The services that the tools ask, and what a person can do where one does not answer as it should. Knows no tool."""

from contextlib import AsyncExitStack
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from common.errors import (
    DeadlineExceededError,
    InvalidInputError,
    KeyRefusedError,
    NotFoundError,
    OverloadedError,
    PricingAgentError,
    UnavailableError,
    UnreachableError,
)
from pricer.mcp_server.stranger_words import LONGEST_LINE, cleaned

_ADVICE: dict[type[PricingAgentError], str] = {
    UnreachableError: "It is not running, or at another address: `pricer run` starts all services, `pricer doctor` says more.",
    KeyRefusedError: "Whoever runs this server has to put a key that the services know into PRICER_API_KEY.",
    DeadlineExceededError: "Try again in a moment; `pricer doctor` says what is slow or missing.",
    NotFoundError: "It may be gone by now; find_deals tells the ids that there are.",
}
Answered = TypeVar("Answered", bound=BaseModel)


class Peer(Protocol):
    """A service, as common's ServiceClient asks it."""

    async def get(self, path: str, **params: str) -> object:
        """The JSON at `path`."""

    async def post(self, path: str, body: object = None) -> object:
        """The JSON that answers `body`."""


def open_peer(name: str, url: str, seconds: float, key: str | None, resources: AsyncExitStack) -> Peer:
    """A client of a service; `resources` close it."""
    from common.client import ServiceClient

    client = ServiceClient(name, url, timeout=seconds, key=key)
    resources.push_async_callback(client.aclose)
    return client


def read_as(kind: type[Answered], answer: object) -> Answered:
    """An answer in the form in which it is told. UnavailableError for one that has another: a service of another version."""
    try:
        return kind.model_validate(answer)
    except ValidationError as exc:
        fields = ", ".join(sorted({".".join(map(str, each["loc"])) for each in exc.errors()})[:3])
        raise UnavailableError(f"a service answered in another form than is known here ({fields}): another version?") from exc


def advice_of(error: PricingAgentError) -> str:
    """What went wrong, and what to do about it. A service's words may quote a stranger: they are cleaned."""
    said = cleaned(str(error), LONGEST_LINE).rstrip(".")
    if isinstance(error, InvalidInputError):
        return f"{cleaned(error.field, 80)}: {said}." if error.field != "body" else f"{said}."
    if isinstance(error, OverloadedError):
        return f"{said}. Try again in {max(1, round(error.retry_after or 1))} s."
    advice = next((advice for kind, advice in _ADVICE.items() if isinstance(error, kind)), "`pricer doctor` says what is missing.")
    return f"{said}. {advice}"
