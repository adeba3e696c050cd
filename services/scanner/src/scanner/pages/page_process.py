"""Has pages read in one process beside this one, which lives on from page to page. Knows nothing of what is in a page.

What reads HTML costs seconds to load and memory to keep: so not here, and not once for each page. One that takes too long or too
much is killed, and the next page gets a new process; so it is after many pages, and where for a while none came.
"""

import asyncio
import contextlib
import json
import os
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from common.background import TaskSet
from scanner.pages.page_data import PageError, PageFacts
from scanner.pages.product_page import PageContent
from scanner.parsing.child_process import end_child, start_child

SECONDS = 5.0  # for a page
START = 30.0  # seconds in which the process must be there: on a machine with much to do it takes some
_MOST_PAGES = 500  # of one process
_IDLE = 60.0  # seconds without a page after which it ends
Read = TypeVar("Read")
_FACTS = TypeAdapter(PageFacts | None)
_CONTENT = TypeAdapter(PageContent)


class PageProcess:
    """Reads one page at a time. `seconds` for each; `idle`: seconds after which the process ends when none comes."""

    def __init__(self, seconds: float = SECONDS, idle: float = _IDLE) -> None:
        self._seconds, self._idle = seconds, idle
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._pages = 0
        self._resting: asyncio.TimerHandle | None = None
        self._ending = TaskSet()

    @property
    def pid(self) -> int | None:
        """Of the process that reads now; None where there is none."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def read(self, body: bytes, content_type: str = "") -> PageFacts | None:
        """What a page tells of its product; None where that is nothing. PageError where it cannot be read."""
        found = await self._ask(body, content_type)
        return _checked(_FACTS, found.get("facts"))

    async def read_content(self, body: bytes, content_type: str = "") -> PageContent:
        """All that a person is told of a page. PageError where it cannot be read."""
        found = await self._ask(body, content_type, whole=True)
        return _checked(_CONTENT, found.get("content"))

    async def _ask(self, body: bytes, content_type: str, *, whole: bool = False) -> dict[str, Any]:
        task = {"size": len(body), "content_type": content_type, "whole": whole}
        async with self._turn:
            process, is_well = await self._ready(), False
            try:
                async with asyncio.timeout(self._seconds):
                    found = await _exchange(process, task, body)
                is_well = True
                return found
            except TimeoutError as exc:
                raise PageError("cannot be read: that takes too long") from exc
            finally:
                if not is_well:  # also where the caller gave up: what comes next would be the answer to this page
                    await self._end()
                self._rest()

    async def aclose(self) -> None:
        """End the process."""
        if self._resting is not None:
            self._resting.cancel()
        await self._ending.stop()
        await self._end()

    async def _ready(self) -> asyncio.subprocess.Process:
        if self._resting is not None:
            self._resting.cancel()
        self._pages += 1
        if self._process is None or self._process.returncode is not None or self._pages > _MOST_PAGES:
            await self._end()
            self._process, self._pages = await start_child("scanner.pages", str(os.getpid()), stderr=asyncio.subprocess.DEVNULL), 1
            try:
                async with asyncio.timeout(START):
                    await _answer(self._process)
            except BaseException as exc:
                await self._end()
                if isinstance(exc, TimeoutError):
                    raise PageError("what reads pages does not start", may_pass=True) from exc
                raise
        return self._process

    def _rest(self) -> None:
        self._resting = asyncio.get_running_loop().call_later(self._idle, self._end_idle)

    def _end_idle(self) -> None:
        if not self._turn.locked():
            self._ending.start("idle page reader", self._end())

    async def _end(self) -> None:
        """There is none any more."""
        process, self._process = self._process, None
        if process is not None:
            await end_child(process)


async def _exchange(process: asyncio.subprocess.Process, task: dict[str, Any], body: bytes) -> dict[str, Any]:
    if process.stdin is None:
        raise RuntimeError("the process was started without pipes")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it ended: that no answer comes says so
        process.stdin.write(json.dumps(task).encode() + b"\n" + body)
        await process.stdin.drain()
    found = await _answer(process)
    if "error" in found:
        raise PageError(str(found["error"])[:300])
    return found


def _checked(form: TypeAdapter[Read], found: object) -> Read:
    try:
        return form.validate_python(found)
    except ValidationError as exc:
        raise PageError("cannot be read: its reader answers nothing that holds") from exc


async def _answer(process: asyncio.subprocess.Process) -> dict[str, Any]:
    if process.stdout is None:
        raise RuntimeError("the process was started without pipes")
    try:
        found = json.loads(await process.stdout.readline())
    except ValueError as exc:  # nothing, or a line without end
        raise PageError("cannot be read: its reader ended") from exc
    if not isinstance(found, dict):
        raise PageError("cannot be read: its reader answers nothing that holds")
    return found
