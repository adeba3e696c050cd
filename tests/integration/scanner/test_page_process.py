"""One process reads page after page: what takes too long or too much costs one page, and nothing is left of it."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from scanner.pages.page_data import PageError, PageFacts
from scanner.pages.page_process import PageProcess

PAGE = b"""<html><head><script type="application/ld+json">
{"@type": "Product", "name": "Acme Drill", "offers": {"price": "59.99", "priceCurrency": "USD"}}</script></head></html>"""
# Takes minutes: each thing within a thing looks at all that is in it.
SLOW = b"<html><body>" + b"<div itemscope itemprop='a'>" * 200 + b"<p itemprop='b'>" * 60_000 + b"</body></html>"
Run = Callable[[PageProcess], Coroutine[Any, Any, Any]]


def reading(run: Run, seconds: float = 60.0, idle: float = 60.0) -> Any:
    async def all_of_it() -> Any:
        process = PageProcess(seconds, idle)
        try:
            return await run(process)
        finally:
            await process.aclose()

    return asyncio.run(all_of_it())


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_many_pages_are_read_by_one_process() -> None:
    async def run(process: PageProcess) -> tuple[list[PageFacts | None], set[int | None]]:
        found, pids = [], set[int | None]()
        for body in (PAGE, b"", b"<p>news</p>", PAGE):
            found.append(await process.read(body, "text/html"))
            pids.add(process.pid)
        return found, pids

    drill = PageFacts(title="Acme Drill", price=59.99, currency="USD")
    found, pids = reading(run)
    assert found == [drill, None, None, drill]
    assert len(pids) == 1
    assert not is_running(next(iter(pids)))


def test_pages_that_are_asked_for_at_once_get_their_own_answers() -> None:
    async def run(process: PageProcess) -> list[PageFacts | None]:
        bodies = [PAGE.replace(b"Acme Drill", b"Acme D%d" % n) for n in range(20)]
        return list(await asyncio.gather(*(process.read(body) for body in bodies)))

    assert [each.title for each in reading(run)] == [f"Acme D{n}" for n in range(20)]


def test_a_page_that_takes_too_long_is_killed_and_the_next_is_read() -> None:
    async def run(process: PageProcess) -> tuple[float, int | None, int | None]:
        await process.read(PAGE)
        slow, begun = process.pid, time.monotonic()
        with pytest.raises(PageError, match="too long"):
            await process.read(SLOW)
        took = time.monotonic() - begun
        assert (await process.read(PAGE)) is not None
        return took, slow, process.pid

    took, slow, now = reading(run, seconds=2.0)
    assert took < 10.0
    assert slow != now
    assert not is_running(slow)


def test_a_process_that_ends_in_the_midst_costs_one_page() -> None:
    async def run(process: PageProcess) -> PageFacts | None:
        await process.read(PAGE)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        waiting = asyncio.create_task(process.read(PAGE))
        await asyncio.sleep(0.1)
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(PageError, match="its reader ended"):
            await waiting
        return await process.read(PAGE)

    assert reading(run) is not None


def test_who_gives_up_gets_nobody_elses_answer() -> None:
    async def run(process: PageProcess) -> PageFacts | None:
        await process.read(PAGE)
        waiting = asyncio.create_task(process.read(SLOW))
        await asyncio.sleep(0.2)
        waiting.cancel()
        await asyncio.wait([waiting])
        return await process.read(PAGE.replace(b"Acme Drill", b"Acme Saw"))

    assert reading(run).title == "Acme Saw"


def test_a_process_that_nobody_needs_ends() -> None:
    async def run(process: PageProcess) -> int:
        await process.read(PAGE)
        pid = process.pid
        assert pid is not None
        for _ in range(100):
            if process.pid is None:
                break
            await asyncio.sleep(0.05)
        assert process.pid is None
        assert (await process.read(PAGE)) is not None
        return pid

    assert not is_running(reading(run, idle=0.2))


def test_the_process_sees_no_secret() -> None:
    async def run(process: PageProcess) -> bytes:
        await process.read(PAGE)
        return await asyncio.to_thread(Path(f"/proc/{process.pid}/environ").read_bytes)

    os.environ["OPENAI_API_KEY"] = "sk-of-the-test"
    try:
        assert b"sk-of-the-test" not in reading(run)
    finally:
        del os.environ["OPENAI_API_KEY"]


def test_the_scanner_itself_loads_nothing_of_it() -> None:
    async def run() -> bytes:
        code = "import sys, scanner.app; print([each for each in ('extruct', 'lxml', 'rdflib') if each in sys.modules])"
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
        return (await process.communicate())[0]

    assert asyncio.run(run()).strip() == b"[]"
