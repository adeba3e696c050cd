"""Calls to Chroma, in an embedded folder or on a server: each with a deadline, each failure one of ours. Knows no collection."""

import asyncio
import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromadb
from anyio import CapacityLimiter, to_thread
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import NotFoundError

from common.errors import DeadlineExceededError, InvalidInputError, PricingAgentError, UnavailableError
from common.request_context import remaining

WRITE_SECONDS = 120.0
FOLDER_HINT = (
    "; if that stays so, remove the folder: bundled products come back with the next start, "
    "others with: uv run python -m training.frontier_rag_index"
)
NoCollectionError = NotFoundError


class Connection:
    """Calls Chroma with a deadline, embedded calls in threads, and turns its failures into our errors."""

    def __init__(self, client: Any, name: str, timeout: float, hint: str = "") -> None:
        self.client, self.name, self.timeout, self.hint = client, name, timeout, hint
        self._limiter = CapacityLimiter(2)

    async def aclose(self) -> None:
        """Close the embedded store, which gives its memory back. A server's client holds nothing that need be closed."""
        if self.client is not None and not inspect.iscoroutinefunction(self.client.heartbeat):
            await self.call(self.client.close, seconds=WRITE_SECONDS)

    async def call(self, function: Callable[..., Any], *args: object, seconds: float | None = None, **named: object) -> Any:
        """The result of `function`, a method of the client or of a collection. NoCollectionError passes through."""
        allowed = remaining(self.timeout) if seconds is None else seconds
        try:
            async with asyncio.timeout(allowed):
                if inspect.iscoroutinefunction(function):
                    return await function(*args, **named)
                return await to_thread.run_sync(partial(function, *args, **named), limiter=self._limiter)
        except TimeoutError as exc:
            raise DeadlineExceededError(f"{self.name} did not answer within {allowed:.1f} s") from exc
        except (NoCollectionError, PricingAgentError):
            raise
        except Exception as exc:  # the client raises bare Exception for answers that it does not know
            raise UnavailableError(f"{self.name} failed: {exc or type(exc).__name__}{self.hint}") from exc


async def connect(url: str, folder: Path, seconds: float) -> Connection:
    """The server at `url`, or the embedded store in `folder` when `url` is empty; `seconds` for a query. Telemetry is off."""
    settings = ChromaSettings(anonymized_telemetry=False)
    if not url:
        opening = Connection(None, f"the Chroma folder {folder}", seconds, FOLDER_HINT)
        opening.client = await opening.call(chromadb.PersistentClient, str(folder), settings, seconds=WRITE_SECONDS)
        return opening
    parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInputError(f"{url} is not the address of a Chroma server", "CHROMA_URL")
    secure = parts.scheme == "https"
    opening = Connection(None, f"the Chroma server at {parts.hostname}", seconds)
    host, port = parts.hostname, parts.port or (443 if secure else 8000)
    opening.client = await opening.call(chromadb.AsyncHttpClient, host, port, secure, None, settings)
    return opening
