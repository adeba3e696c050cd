"""Asks one of the services on behalf of a command, with a deadline; whatever fails becomes a sentence that says what to do."""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from common.about.readiness import PATH, away
from common.client import ServiceClient
from common.errors import DeadlineExceededError, InvalidInputError, PricingAgentError, UnreachableError
from common.service_address import ServiceAddress
from common.settings import HttpSettings
from pricer.arguments import address, seconds
from pricer.failures import HOW_TO_START, PricingFailedError

Answer = TypeVar("Answer")
_NOBODY = "connection attempts failed"  # what httpx says where nobody listens


def add_address(parser: argparse.ArgumentParser, name: str, url: str, timeout: float = 30.0) -> None:
    """The arguments --url and --timeout."""
    parser.add_argument("--url", type=address, default=url, help=f"the {name} (default: %(default)s)")
    parser.add_argument("--timeout", type=seconds, default=timeout, help="seconds for an answer (default: %(default)s)")


def own_key() -> str | None:
    """The key that this command shows: $PRICER_API_KEY, else the first plain one of $API_KEYS."""
    return os.environ.get("PRICER_API_KEY", "").strip() or next(iter(HttpSettings().keys), None)


def ask(name: str, arguments: argparse.Namespace, call: Callable[[ServiceClient], Awaitable[Answer]]) -> Answer:
    """What `call` makes of a client of the service at arguments.url. PricingFailedError where it cannot."""

    async def asked() -> Answer:
        client = ServiceClient(name, arguments.url, timeout=arguments.timeout, key=own_key())
        try:
            return await call(client)
        finally:
            await client.aclose()

    try:
        return asyncio.run(asked())
    except PricingAgentError as exc:
        raise PricingFailedError(in_words(exc, arguments.url)) from exc


def in_words(error: PricingAgentError, url: str) -> str:
    """What happened, and what to do about it."""
    if isinstance(error, InvalidInputError):
        return str(error) if str(error).startswith(error.field) else f"{error.field}: {error}"
    if isinstance(error, UnreachableError):
        return f"{error} ({url}); is it running? {HOW_TO_START}"
    return f"{error}; put one into PRICER_API_KEY" if "a valid key is needed" in str(error) else str(error)


def items_of(answer: Any) -> list[dict[str, Any]]:
    """Those of a list's page. PricingFailedError where it is no such page."""
    items = answer.get("items") if isinstance(answer, dict) else None
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise PricingFailedError("something else than a list came back; does another program answer at this address?")
    return items


def object_of(answer: Any) -> dict[str, Any]:
    """An answer that is one thing. PricingFailedError where it is none."""
    if not isinstance(answer, dict):
        raise PricingFailedError("something else than an object came back; does another program answer at this address?")
    return answer


@dataclass(frozen=True)
class Standing:
    """Whether a service is ready, and what it lacks: what keeps it from that, or what is away though answers do without it."""

    service: ServiceAddress
    is_ready: bool
    lacks: str
    answers: bool = True


class Readiness:
    """Asks `all_services`, each within so many seconds. ValueError for an address or certificates that cannot be used."""

    def __init__(self, all_services: Sequence[ServiceAddress], seconds: float) -> None:
        self._clients = {each: ServiceClient(each.name, each.url, timeout=seconds) for each in all_services}

    async def ask(self) -> list[Standing]:
        """How each stands, all asked at once."""
        return list(await asyncio.gather(*map(_ask, self._clients, self._clients.values())))

    async def aclose(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()


async def _ask(service: ServiceAddress, client: ServiceClient) -> Standing:
    try:
        answer = await client.relay(PATH, {})
        told = answer.json()
    except (UnreachableError, DeadlineExceededError) as exc:
        why = str(exc).removeprefix(f"{service.name} ")
        return Standing(service, False, "does not answer" if _NOBODY in why else why, answers=False)
    except (PricingAgentError, ValueError):  # too large, or no JSON
        told = None
    if not isinstance(told, dict):
        return Standing(service, False, "something else answers on this port")
    if answer.status_code != 200:
        return Standing(service, False, f"not ready: {told.get('detail', answer.status_code)}")
    return Standing(service, True, away(told))
