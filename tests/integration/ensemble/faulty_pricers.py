"""Three pricers on loopback, in a thread of their own, each of which can be told to fail in some way."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

NAMES = ("specialist", "frontier-rag", "random-forest")
PRICES = {"specialist": 50.0, "frontier-rag": 60.0, "random-forest": 70.0}
HANGS = 3600.0

# What a pricer that lost its mind says of an item, as JSON text.
NONSENSE = {
    "NaN": '{"price": NaN, "low": 40, "high": 80, "model": "m@1"}',
    "infinite": '{"price": Infinity, "low": 40, "high": Infinity, "model": "m@1"}',
    "null": '{"price": null, "low": 40, "high": 80, "model": "m@1"}',
    "negative": '{"price": -50, "low": -60, "high": 80, "model": "m@1"}',
    "zero": '{"price": 0, "low": 0, "high": 80, "model": "m@1"}',
    "1e12": '{"price": 1e12, "low": 1e11, "high": 1e13, "model": "m@1"}',
    "low above high": '{"price": 50, "low": 80, "high": 40, "model": "m@1"}',
    "outside its interval": '{"price": 50, "low": 60, "high": 80, "model": "m@1"}',
    "text": '{"price": "a lot", "low": 40, "high": 80, "model": "m@1"}',
    "an error": '{"error": {"title": "Internal Server Error", "status": 500}}',
    "something else": '{"hello": "world"}',
}
BROKEN = ("hangs", "drips", "500", "503", "redirects", "HTML", "truncated", "empty", "endless", "hangs up", "wrong length")


class FaultyPricer:
    """Answers its price, or misbehaves as `mode` says; `mode` may change at any moment."""

    def __init__(self, name: str) -> None:
        self.name, self.mode, self.url = name, "ok", ""
        self.calls = 0
        self._runner: web.AppRunner | None = None

    async def open(self, port: int = 0) -> None:
        """Listen."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True).start()
        self.url = "http://127.0.0.1:{1}".format(*self._runner.addresses[0])

    async def close(self) -> None:
        """Be gone, with all connections."""
        if self._runner:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.calls += request.path != "/readyz"
        body = await request.read()
        if self.mode in NONSENSE or self.mode in ("ok", "slow"):
            await asyncio.sleep(0.2 if self.mode == "slow" else 0.0)
            return self._priced(request, body)
        return await self._misbehave(request)

    def _priced(self, request: web.Request, body: bytes) -> web.Response:
        price = PRICES[self.name]
        item = json.dumps({"price": price, "low": price / 2, "high": price * 2, "model": f"{self.name}@1"})
        text = item = NONSENSE.get(self.mode, item)
        if request.path == "/price/batch":
            text = '{"results": [' + ",".join([item] * len(json.loads(body)["items"])) + "]}"
        return web.Response(text=text, content_type="application/json")

    async def _misbehave(self, request: web.Request) -> web.StreamResponse:
        if self.mode == "hangs":
            await asyncio.sleep(HANGS)
        if self.mode == "hangs up" and request.transport:
            request.transport.abort()
        if self.mode in ("drips", "endless"):
            return await self._pour(request)
        status = {"500": 500, "503": 503, "redirects": 302}.get(self.mode, 200)
        texts = {"HTML": "<html>hello</html>", "truncated": '{"price": 50, "low": 4', "wrong length": '{"results": []}'}
        headers = {"Location": "http://127.0.0.1:1/"} if status == 302 else None
        return web.Response(status=status, text=texts.get(self.mode, ""), content_type="application/json", headers=headers)

    async def _pour(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * (1 if self.mode == "drips" else 65_536))
            await asyncio.sleep(0.02 if self.mode == "drips" else 0)


class Pricers:
    """The three by name. `gone` and `back` from any thread."""

    def __init__(self) -> None:
        self.by_name = {name: FaultyPricer(name) for name in NAMES}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def __getitem__(self, name: str) -> FaultyPricer:
        return self.by_name[name]

    def set_all(self, mode: str) -> None:
        """Put all three into a mode."""
        for pricer in self.by_name.values():
            pricer.mode = mode

    def gone(self, name: str) -> None:
        """Its process is no more: connections end, new ones are refused."""
        asyncio.run_coroutine_threadsafe(self[name].close(), self._loop).result(20)

    def back(self, name: str) -> None:
        """It listens again at its address."""
        port = int(self[name].url.rpartition(":")[2] or 0)
        asyncio.run_coroutine_threadsafe(self[name].open(port), self._loop).result(20)

    def stop(self) -> None:
        """End all."""
        for name in NAMES:
            self.gone(name)
        asyncio.run_coroutine_threadsafe(self._end_tasks(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    async def _end_tasks(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def three_pricers() -> Iterator[Pricers]:
    """Three pricers that answer."""
    pricers = Pricers()
    for name in NAMES:
        pricers.back(name)
    try:
        yield pricers
    finally:
        pricers.stop()
