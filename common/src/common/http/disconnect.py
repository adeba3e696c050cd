"""Work for a caller who may hang up: it is cancelled when the connection closes before the answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from common.errors import UnavailableError

T = TypeVar("T")
SHUTDOWN = "graceful shutdown"  # what uvicorn says when it cancels a request that outlasts its patience
STOPPED = "the service is shutting down"
CLOSED = 499  # nginx's status for a caller who left; nobody receives it, metrics and logs do


class CallerLeftError(Exception):
    """Nobody waits for the answer any more."""


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when nobody needs it any more. The body must be read.

    Raises CallerLeftError when the caller leaves first, UnavailableError when the server stops first.
    """
    task = asyncio.create_task(work)
    watch = asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise CallerLeftError
    except asyncio.CancelledError as exc:
        if SHUTDOWN in str(exc):
            raise UnavailableError(STOPPED) from exc
        raise
    finally:
        task.cancel()
        watch.cancel()


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
