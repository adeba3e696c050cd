"""A process for each feed: it is bounded, it is killed in time, nothing of it is left, and the scanner's loop goes on meanwhile."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner.parsing.feed_entry import FeedError, ParsedFeed
from scanner.parsing.parser_process import ParserProcess
from tests.unit.scanner.fakes import NOW, item, rss

HEAD = b"<rss version='2.0'><channel><title>Deals</title>"
LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 9))
ENDLESS = HEAD + b"<item><title>a<b>" * 290_000  # takes a quarter of an hour to parse


def parse(body: bytes, seconds: float = 60.0) -> ParsedFeed:
    return asyncio.run(ParserProcess().parse(body, NOW, seconds))


def children(of: int) -> set[int]:
    """The running processes whose parent this is."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == of and state != "Z":
            found.add(int(stat.parent.name))
    return found


def environment(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def test_a_feed_comes_back_as_it_was_read() -> None:
    extra = "<dealnews:expires>2026-12-01T00:00:00Z</dealnews:expires>"
    parsed = parse(rss(item("Caf\u00e9 \U0001f600 for $60", price="59.99", extra=extra), item("Acme Saw", number=2)))
    assert (parsed.title, len(parsed.entries), parsed.warning) == ("Deals", 2, None)
    entry = parsed.entries[0]
    assert (entry.title, entry.price, entry.text) == ("Caf\u00e9 \U0001f600 for $60", 59.99, "A sturdy thing.")
    assert [entry.published.isoformat(), entry.expires and entry.expires.isoformat()] == [
        "2026-11-21T09:00:00+00:00",
        "2026-12-01T00:00:00+00:00",
    ]


def test_what_is_no_feed_says_so() -> None:
    with pytest.raises(FeedError, match="web page"):
        parse(b"<!DOCTYPE html><html>")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (HEAD + b"<dealnews:price " * 12_500, "malformed"),
        (rss(*(item(f"Acme D{n}", text="<b>" * 3000) for n in range(500)))[:5_000_000], None),
        (b"<" * 4_900_000, "not a feed"),
        (b"&" * 4_900_000, "not a feed"),
        (rss(item("Acme Drill", text="word &amp; " * 400_000)), None),
        (b"<!DOCTYPE r [<!ENTITY a0 'ha'>%s]>%s<item><title>x &a8;</title></item></channel></rss>" % (LAUGHS, HEAD), None),
        (HEAD + b"<item><title>x</title>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</item></channel></rss>", None),
    ],
    ids=["price tags", "bold tags", "brackets", "ampersands", "one long text", "growing entities", "deep"],
)
def test_shapes_that_once_took_minutes_are_read_or_refused(body: bytes, words: str | None) -> None:
    if words is None:
        assert parse(body).entries
    else:
        with pytest.raises(FeedError, match=words):
            parse(body)


def test_what_takes_too_long_is_given_up_and_nothing_of_it_is_left() -> None:
    before = children(os.getpid())
    with pytest.raises(FeedError, match="too long"):
        parse(ENDLESS, 1.0)
    assert children(os.getpid()) <= before


def test_what_takes_too_much_memory_is_an_error_of_that_feed() -> None:
    with pytest.raises(FeedError, match="512 MB"):
        parse(HEAD + b"<item " + b'a="1" ' * 850_000)


def test_the_loop_goes_on_while_a_bad_feed_is_parsed() -> None:
    async def run() -> int:
        reading = asyncio.create_task(ParserProcess().parse(ENDLESS, NOW, 3.0))
        turns = 0
        while not reading.done():
            await asyncio.sleep(0.01)
            turns += 1
        with pytest.raises(FeedError):
            await reading
        return turns

    assert asyncio.run(run()) > 30  # of 300; a loop that stands still has one


def test_a_feed_behind_two_bad_ones_has_its_own_time() -> None:
    async def run() -> ParsedFeed:
        parser = ParserProcess()
        bad = [asyncio.create_task(parser.parse(ENDLESS, NOW, 2.0)) for _ in range(2)]
        await asyncio.sleep(0)
        parsed = await parser.parse(rss(item("Acme Drill")), NOW, 60.0)
        assert all(isinstance(each, FeedError) for each in await asyncio.gather(*bad, return_exceptions=True))
        return parsed

    assert len(asyncio.run(run()).entries) == 1


def test_a_process_knows_no_secret_and_is_gone_when_its_scan_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    async def started(before: set[int]) -> set[int]:
        async with asyncio.timeout(60):
            while not (new := children(os.getpid()) - before):  # noqa: ASYNC110 (nobody tells when another process starts)
                await asyncio.sleep(0.02)
        return new

    async def run() -> None:
        before = children(os.getpid())
        reading = asyncio.create_task(ParserProcess().parse(ENDLESS, NOW, 60.0))
        (child,) = await started(before)
        assert b"sk-secret" not in environment(child)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert children(os.getpid()) <= before

    asyncio.run(run())


PARENT = f"""
import asyncio
from datetime import UTC, datetime
from scanner.parsing.parser_process import ParserProcess
body = {HEAD!r} + b"<item><title>a<b>" * 290_000
asyncio.run(ParserProcess().parse(body, datetime.now(UTC), 600.0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: elsewhere the limit of processor time ends it, later")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_a_scanner_however_that_ends(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stderr=subprocess.DEVNULL) as parent:
        deadline = time.monotonic() + 60
        while not (started := children(parent.pid)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.5)  # until it watches its parent
        parent.send_signal(number)
        parent.wait(30)
    (child,) = started
    while Path(f"/proc/{child}").exists() and " Z " not in Path(f"/proc/{child}/stat").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_process_loads_little() -> None:
    script = "import sys, scanner.parsing.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {"pydantic", "sqlalchemy", "fastapi", "structlog", "asyncio", "httpx2", "bs4"}.isdisjoint(loaded)
