"""Who uses the system for hours: callers of prices at a constant rate (open loop), and a reader of pages. Knows no restarts."""

import asyncio
import itertools
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from dashboard.live.routes import PATH as LIVE
from tests.load.answers import Kind, KnownPrices, Outcome, read_answer, refused

HANGS = 20.0  # seconds after which a caller gives up: more than any answer may take
SINGLES, ITEMS = 4, 6  # requests of one text between two batches, and the texts of a batch
POPULAR = 10  # each so-manieth text is one of a few, which the ensemble answers from memory
OPEN_PAGES = 3
_DEAL_PAGE = re.compile(r'href="(/opportunities/[\w-]{8,})"')


@dataclass
class Clients:
    """`outcomes` in the order of their ends; `rate`: texts a second, `pause`: seconds between two pages."""

    urls: Mapping[str, str]
    texts: Sequence[str]
    rate: float
    pause: float = 0.5
    outcomes: list[Outcome] = field(default_factory=list)
    known: KnownPrices = field(default_factory=KnownPrices)
    heard: int = 0  # lines of the streams of open pages
    clock: Callable[[], float] = time.monotonic

    async def run(self, stopped: asyncio.Event) -> None:
        """Until then; what is open is heard out."""
        deadline, many = aiohttp.ClientTimeout(total=HANGS), aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=many, timeout=deadline) as session:
            pages = [asyncio.create_task(self._stay(session)) for _ in range(OPEN_PAGES)]
            await asyncio.gather(self._price(session, stopped), self._read(session, stopped))
            for each in pages:
                each.cancel()
            await asyncio.gather(*pages, return_exceptions=True)

    async def _price(self, session: aiohttp.ClientSession, stopped: asyncio.Event) -> None:
        """As many texts a second as are wanted, whoever answers slowly."""
        started, due, asked = self.clock(), 0.0, set[asyncio.Task[None]]()
        numbers = itertools.count()
        for turn in itertools.count():
            count = ITEMS if turn % (SINGLES + 1) == SINGLES else 1
            if await _is_set(stopped, started + due - self.clock()):
                break
            texts = [self._text(next(numbers)) for _ in range(count)]
            asked = {each for each in asked if not each.done()} | {asyncio.create_task(self._ask(session, texts, started + due))}
            due += count / self.rate
        await asyncio.gather(*asked)

    def _text(self, number: int) -> str:
        popular = number % POPULAR == 0
        return self.texts[number // POPULAR % POPULAR if popular else number % len(self.texts)]

    async def _ask(self, session: aiohttp.ClientSession, texts: list[str], due: float) -> None:
        path = "/price" if len(texts) == 1 else "/price/batch"
        items = [{"description": text} for text in texts]
        body = items[0] if len(texts) == 1 else {"items": items}

        async def work() -> tuple[Kind, str]:
            async with session.post(f"{self.urls['ensemble']}{path}", json=body) as answer:
                return read_answer(self.known, texts, answer.status, answer.headers, await answer.read())

        await self._note(path, due, work)

    async def _read(self, session: aiohttp.ClientSession, stopped: asyncio.Event) -> None:
        """The list, a deal's page, the feed for readers, what a phone asks for, and what Prometheus reads."""
        board, deal = self.urls["dashboard"], "/opportunities/none"
        for turn in itertools.count():
            pages = ("/", deal, "/pushes", "/activity", "/system", "/opportunities.rss", "/opportunities.rss?state=pushed")
            metrics = [f"{url}/metrics" for url in self.urls.values()]
            others = [f"{self.urls['scanner']}/opportunities?limit=50", f"{self.urls['notifier']}/notifications?limit=50"]
            addresses = [*(f"{board}{page}" for page in pages), *metrics, *others]
            for address in addresses:
                if await _is_set(stopped, self.pause):
                    return
                text = await self._page(session, address)
                found = _DEAL_PAGE.findall(text)
                deal = found[turn % len(found)] if found else deal

    async def _stay(self, session: aiohttp.ClientSession) -> None:
        """A page that stays open hears what has changed, and comes again when its stream ends."""
        while True:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"{self.urls['dashboard']}{LIVE}", timeout=aiohttp.ClientTimeout(total=None)) as stream:
                    async for _ in stream.content:
                        self.heard += 1
            await asyncio.sleep(2.0)

    async def _page(self, session: aiohttp.ClientSession, address: str) -> str:
        text = ""

        async def work() -> tuple[Kind, str]:
            nonlocal text
            async with session.get(address) as answer:
                body = await answer.read()
                text = body.decode("utf-8", "replace")
                is_none = answer.status == 404 and address.endswith("/opportunities/none")  # before there is one
                return ("whole", "") if answer.status == 200 or is_none else refused(answer.status, answer.headers, body)

        await self._note(self._name(address), self.clock(), work)
        return text

    def _name(self, address: str) -> str:
        service = next(name for name, url in self.urls.items() if address.startswith(f"{url}/"))
        path = re.sub(r"/opportunities/[\w-]+", "/opportunities/…", address.removeprefix(self.urls[service]).partition("?")[0])
        return f"{service} {path}"

    async def _note(self, what: str, due: float, work: Callable[[], Awaitable[tuple[Kind, str]]]) -> None:
        try:
            kind, why = await work()
        except TimeoutError:
            kind, why = "hung", f"no answer within {HANGS:g} s"
        except aiohttp.ClientError as exc:
            kind, why = "unreachable", type(exc).__name__
        self.outcomes.append(Outcome(due, self.clock() - due, what, kind, why))


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    """Wait for it, so long."""
    try:
        await asyncio.wait_for(event.wait(), max(0.0, seconds))
    except TimeoutError:
        return False
    return True
