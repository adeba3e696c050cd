"""Asks one of the services on behalf of a command, with a deadline; whatever fails becomes a sentence that says what to do."""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from common.client import ServiceClient
from common.errors import InvalidInputError, PricingAgentError, UnreachableError
from common.settings import HttpSettings
from pricer.failures import HOW_TO_START, PricingFailedError

Answer = TypeVar("Answer")


def add_address(parser: argparse.ArgumentParser, name: str, url: str, timeout: float = 30.0) -> None:
    """The arguments --url and --timeout."""
    parser.add_argument("--url", default=url, help=f"the {name} (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=timeout, help="seconds for an answer (default: %(default)s)")


def own_key() -> str | None:
    """The key that this command shows: $PRICER_API_KEY, else the first plain one of $API_KEYS."""
    return os.environ.get("PRICER_API_KEY") or next(iter(HttpSettings().keys), None)


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
