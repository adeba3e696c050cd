"""Pricers that cost next to nothing, for benchmarks of what stands before them: `uv run python -m bench.trivial_pricer`.

One process listens on several ports and answers every POST with a fixed price after a fixed time. It speaks just enough HTTP/1.1
for keep-alive clients that send a Content-Length, and knows no prices.
"""

import argparse
import asyncio
import json
import re
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PRICE = {"price": 20.0, "low": 15.0, "high": 30.0, "currency": "USD", "model": "trivial@1"}
_PRICE_BYTES = json.dumps(_PRICE | {"estimates": [], "degraded": [], "similar": []}).encode()


class TrivialPricer(asyncio.Protocol):
    """One connection. `delay` in seconds before each answer."""

    def __init__(self, delay: float) -> None:
        self.delay, self.buffer = delay, bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are no subclasses

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self.buffer, 0, end)
            whole = end + 4 + int(length[1]) if length else end + 4
            if len(self.buffer) < whole:
                return
            answer = _answer(bytes(self.buffer[:whole]), end + 4)
            del self.buffer[:whole]
            asyncio.get_running_loop().call_later(self.delay, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.write(answer)


def _answer(request: bytes, body_at: int) -> bytes:
    body = _PRICE_BYTES
    if request.startswith(b"POST /price/batch"):
        count = request.count(b'{"description":', body_at)
        body = b'{"results":[' + b",".join([_PRICE_BYTES] * count) + b"]}"
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def _serve(ports: list[int], delay: float) -> None:
    loop = asyncio.get_running_loop()
    for port in ports:
        await loop.create_server(lambda: TrivialPricer(delay), "127.0.0.1", port)
    await asyncio.Event().wait()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ports", type=int, nargs="+", default=[8101, 8102, 8103], help="default: %(default)s")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer (default: %(default)s)")
    arguments = parser.parse_args()
    import uvloop

    uvloop.run(_serve(arguments.ports, arguments.delay))


if __name__ == "__main__":
    main()
