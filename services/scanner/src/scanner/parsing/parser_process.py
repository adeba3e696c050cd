"""Has a feed parsed in a process of its own, which is killed when its time is up. Knows nothing of what is in a feed.

A process for each feed, rather than a pool: it costs a tenth of a second of processor time and 25 MB while it lasts, bounds of the
kernel hold for one feed, and nothing that a feed did to it reaches the next one. In the scanner's own process a malformed feed
would hold the interpreter's lock for minutes, in a thread too.
"""

import asyncio
import contextlib
import json
import math
import os
import signal
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scanner.parsing.child_process import end_child, start_child
from scanner.parsing.feed_entry import FeedEntry, FeedError, ParsedFeed

AT_ONCE = 2  # processes
_MOST_ENTRIES = 1_000
_TOO_LONG = "that takes too long"
_ENTRY = TypeAdapter(FeedEntry)


class ParserProcess:
    """Parses feeds, no more than AT_ONCE of them at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def parse(self, body: bytes, now: datetime, seconds: float, *, url: str = "", content_type: str = "") -> ParsedFeed:
        """As feed_parser.parse_feed, within `seconds` from when its turn has come. FeedError, also where that is not enough."""
        task = {"now": now.isoformat(), "url": url, "content_type": content_type, "parent": os.getpid()}
        task_line = json.dumps(task | {"seconds": math.ceil(seconds)}).encode() + b"\n"
        async with self._turns:
            process = await start_child("scanner.parsing")
            try:
                async with asyncio.timeout(seconds):
                    return await _exchange(process, task_line + body)
            except TimeoutError as exc:
                raise FeedError(f"cannot be read: {_TOO_LONG}") from exc
            finally:
                await end_child(process)


async def _exchange(process: asyncio.subprocess.Process, task: bytes) -> ParsedFeed:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process was started without pipes")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it ended early: its answer or its exit code says why
        process.stdin.write(task)
        await process.stdin.drain()
        process.stdin.close()
    try:
        head = json.loads(await process.stdout.readline() or b"null")
        entries = [_ENTRY.validate_json(await process.stdout.readline()) for _ in range(_count(head))]
    except (ValueError, ValidationError) as exc:
        raise FeedError(f"cannot be read: {await _ending(process)}") from exc
    if not isinstance(head, dict):
        raise FeedError(f"cannot be read: {await _ending(process)}")
    if "error" in head:
        error = FeedError(str(head["error"])[:1000])
        error.feeds_found = tuple(str(each) for each in head.get("feeds_found", ()))
        raise error
    return ParsedFeed(str(head["title"]), entries, head["warning"] and str(head["warning"])[:1000], str(head["kind"])[:20])


def _count(head: Mapping[str, Any] | None) -> int:
    return min(int(head.get("entries", 0)), _MOST_ENTRIES) if head else 0


async def _ending(process: asyncio.subprocess.Process) -> str:
    code = await process.wait()
    if code == -signal.SIGXCPU:
        return _TOO_LONG
    return f"its parser ended with {'signal' if code < 0 else 'exit code'} {abs(code)}"
