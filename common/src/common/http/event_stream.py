"""Server-sent events as the HTML standard has them (section 9.2), with a sign of life while there is no news."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from fastapi.responses import StreamingResponse

ALIVE = 15.0  # seconds between signs of life: proxies close what is silent for a minute
WELCOME = ": welcome\n\n"  # the browser learns at once that it is connected
_LOOK = 0.5  # seconds between looks whether the server is to stop, which waits for every answer to end


def event(name: str, data: str, identifier: str = "") -> str:
    """One event; neither has line breaks. `identifier`: what a browser that lost the connection says it saw last."""
    seen = f"id: {identifier}\n" if identifier else ""
    return f"{seen}event: {name}\ndata: {data}\n\n"


async def event_stream(events: AsyncGenerator[str], is_stopping: Callable[[], bool], alive: float = ALIVE) -> StreamingResponse:
    """An answer that goes on while there are events and the browser listens, until the server stops (`app.state.is_stopping`).

    `events` begin with WELCOME, as soon as they have what they need: what they raise before that refuses the request, since an
    answer that has begun can only break off.
    """
    first = await anext(events)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_kept_alive(first, events, is_stopping, alive), media_type="text/event-stream", headers=headers)


async def _kept_alive(
    first: str, events: AsyncGenerator[str], is_stopping: Callable[[], bool], alive: float
) -> AsyncGenerator[str]:
    clock = asyncio.get_running_loop().time
    waiting = asyncio.ensure_future(anext(events))
    last = clock()
    try:
        yield first
        while not is_stopping():
            if not (await asyncio.wait({waiting}, timeout=min(_LOOK, alive)))[0]:
                if clock() - last >= alive:
                    yield ": alive\n\n"
                    last = clock()
                continue
            try:
                said = waiting.result()
            except StopAsyncIteration:
                return
            yield said
            last = clock()
            waiting = asyncio.ensure_future(anext(events))
    finally:
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
            await waiting
        await events.aclose()
