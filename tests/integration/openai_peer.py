"""An OpenAI-compatible endpoint as a process of its own: python -m tests.integration.openai_peer --port PORT.

Answers 400 to requests that OpenAI's published schema does not allow and remembers why; plays the faults it is told on /control.
Knows nothing of the service that calls it.
"""

import argparse
import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.gullible import answer as gullible_answer
from tests.integration.openai_schema import violations

FOREVER = 3600.0


def completion(content: str | None, finish: str = "stop", refusal: str | None = None, **usage: int) -> dict[str, Any]:
    """A chat completion as OpenAI's description promises it."""
    counted = {"prompt_tokens": 300, "completion_tokens": 10} | usage
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": "test",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "logprobs": None,
                "message": {"role": "assistant", "content": content, "refusal": refusal},
            }
        ],
        "usage": counted | {"total_tokens": counted["prompt_tokens"] + counted["completion_tokens"]},
    }


def calling(*calls: dict[str, str], **usage: int) -> dict[str, Any]:
    """An answer that wants tools used: each a name and arguments as JSON text."""
    answer = completion(None, finish="tool_calls", **usage)
    answer["choices"][0]["message"]["tool_calls"] = [
        {"id": f"call-{number}", "type": "function", "function": call} for number, call in enumerate(calls)
    ]
    return answer


def error(status: int, message: str, **headers: str) -> Response:
    body = {"error": {"message": message, "type": "error", "param": None, "code": None}}
    return JSONResponse(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def plain_faults() -> dict[str, Response]:
    """Faults that are one whole answer."""
    good, whole = completion('{"price": 120.5}'), json.dumps(completion('{"price": 120.5}'))
    said = {name: JSONResponse(completion(content)) for name, content in SAID.items()}
    return said | {
        "429": error(429, "slow down", Retry_After="1"),
        "429 for an hour": error(429, "slow down", Retry_After="3600"),
        "429 until a date": error(
            429, "slow down", Retry_After=time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2))
        ),
        "429 without words": Response(b"", 429, {"Retry-After": "soon"}),
        "500": error(500, "broken"),
        "503": error(503, "overloaded"),
        "401": error(401, "wrong key"),
        "404": error(404, "no such model"),
        "400": error(400, "this text is filtered"),
        "truncated": Response(whole[:60], media_type="application/json"),
        "refusal": JSONResponse(completion(None, refusal="I cannot help with that")),
        "filtered": JSONResponse(completion(None, finish="content_filter")),
        "no choice": JSONResponse(good | {"choices": []}),
        "null choices": JSONResponse(good | {"choices": None}),
        "odd choices": JSONResponse(good | {"choices": [1, "two"]}),
        "odd message": JSONResponse(good | {"choices": [{"message": {"content": {"price": 3}}}]}),
        "odd calls": JSONResponse(calling({"name": "notify", "arguments": "{"}, {"name": "rm -rf", "arguments": "{}"})),
        "calls of nothing": JSONResponse(good | {"choices": [{"message": {"content": None, "tool_calls": [None, {"id": 3}]}}]}),
        "odd usage": JSONResponse(good | {"usage": {"prompt_tokens": -5, "completion_tokens": "many"}}),
        "no usage": JSONResponse({key: value for key, value in good.items() if key != "usage"}),
        "nothing": JSONResponse(completion(None)),
        "cut off": JSONResponse(completion("12", finish="length")),
        "html": HTMLResponse("<html>Sign in to the hotel's network for $5</html>"),
        "html as json": Response("<html>Sign in</html>", media_type="application/json"),
        "list": JSONResponse([1, 2]),
        "number": JSONResponse(17),
        "deep": Response("[" * 200_000, media_type="application/json"),
        "huge": Response(b" " * 3_000_000, media_type="application/json"),
        "bomb": Response(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}, media_type="application/json"),
    }


SAID = {
    "zero": '{"price": 0}',
    "negative": '{"price": -20}',
    "nan": '{"price": NaN}',
    "infinite": '{"price": Infinity}',
    "billion": '{"price": 1e12}',
    "long number": '{"price": 1' + "0" * 400 + "}",
    "free": "It is free!",
    "range": "between $100 and $200",
    "two prices": '{"price": 10} or rather {"price": 900}',
}


class Peer:
    """The endpoint's state, which /control reads and changes."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {
            "faults": [],
            "content": '{"price": 120.5}',
            "refused": [],
            "gullible": False,
            "key": "",
            "delay": 0.0,
            "turns": [],
        }
        self.asked: list[dict[str, Any]] = []
        self.violations: list[str] = []
        self.times: list[float] = []
        self.at_once = self.most_at_once = 0

    async def control(self, request: Request) -> Response:
        if request.method == "POST":
            self.told |= await request.json()
            self.asked, self.times, self.most_at_once = [], [], 0
        seen = {"asked": self.asked, "violations": self.violations, "times": self.times, "most_at_once": self.most_at_once}
        return JSONResponse(seen)

    async def complete(self, request: Request) -> Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self.answer(request)
        finally:
            self.at_once -= 1

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        self.times.append(time.monotonic())
        if wrong := violations(body):
            self.violations += wrong
            return error(400, "; ".join(wrong))
        if self.told["key"] and request.headers.get("authorization") != f"Bearer {self.told['key']}":
            return error(401, "wrong key")
        for word in self.told["refused"]:
            if word in body or word == body.get("response_format", {}).get("type"):
                return error(400, f"Unsupported parameter: {word!r} is not supported with this model.{hint(word)}")
        await asyncio.sleep(self.told["delay"])
        if self.told["faults"]:
            return await self.fault(self.told["faults"].pop(0), request)
        if "tools" in body and self.told["turns"]:
            return JSONResponse(calling(*self.told["turns"].pop(0)))
        content = json.dumps({"price": gullible_answer(body["messages"])}) if self.told["gullible"] else self.told["content"]
        return JSONResponse(completion(content))

    async def fault(self, name: str, request: Request) -> Response:
        while name == "hang before headers":
            await asyncio.sleep(0.05)
            if await request.is_disconnected():
                return Response(status_code=499)
        streams = {"hang in the body": hanging, "slow drip": dripping, "endless": endless, "broken off": breaking_off}
        if name in streams:
            return StreamingResponse(streams[name](), media_type="application/json")
        return plain_faults()[name]


def hint(word: str) -> str:
    return " Use 'max_completion_tokens' instead." if word == "max_tokens" else ""


async def hanging() -> AsyncIterator[bytes]:
    yield b'{"id": "chatcmpl-1", "choices": ['
    await asyncio.sleep(FOREVER)


async def dripping() -> AsyncIterator[bytes]:
    for letter in json.dumps(completion('{"price": 120.5}')):
        yield letter.encode()
        await asyncio.sleep(0.1)


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b" " * 65_536
        await asyncio.sleep(0.001)  # lets the server see that nobody listens any more


async def breaking_off() -> AsyncIterator[bytes]:
    yield b'{"id": "chatcmpl-1", "choices": ['
    raise ConnectionResetError("the peer breaks off on purpose")


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099, help="on loopback")
    peer = Peer()
    routes = [
        Route("/v1/chat/completions", peer.complete, methods=["POST"]),
        Route("/control", peer.control, methods=["GET", "POST"]),
    ]
    uvicorn.run(Starlette(routes=routes), port=parser.parse_args().port, log_level="critical", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
