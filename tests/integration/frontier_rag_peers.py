"""Real peers on loopback for frontier-rag: an OpenAI-compatible endpoint with faults, a Chroma server, one that never answers."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from pricer.local.ports import free_port
from tests.integration.openai_schema import violations
from tests.unit.frontier_rag_fakes import neighbour

NEAR = [neighbour("Cordless drill", 99.0, 0.9, "20 V")]


def completion(content: str | None, **message: object) -> dict[str, Any]:
    """A chat completion as OpenAI's API describes it."""
    finish = message.pop("finish_reason", "stop")
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "test",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


@dataclass
class Endpoint:
    """POST /v1/chat/completions. Plays `faults` one after the other, then answers with `content`."""

    content: str = '{"price": 120.5}'
    faults: list[str] = field(default_factory=list)
    has_schema: bool = True
    asked: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def answer(self, request: Request) -> Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.02)
        try:
            return await self.reply(await request.json())
        finally:
            self.at_once -= 1

    async def reply(self, body: dict[str, Any]) -> Response:
        self.asked.append(body)
        self.times.append(time.monotonic())
        check_request(body)
        if not self.has_schema and "response_format" in body:
            return JSONResponse({"error": {"message": "response_format is not supported", "type": "invalid"}}, 400)
        return await self.fault(self.faults.pop(0)) if self.faults else JSONResponse(completion(self.content))

    async def fault(self, name: str) -> Response:
        if name == "hang":
            await asyncio.sleep(60)
        plain: dict[str, Response] = {
            "429": JSONResponse({"error": {"message": "slow down"}}, 429, {"Retry-After": "1"}),
            "500": JSONResponse({"error": {"message": "broken"}}, 500),
            "401": JSONResponse({"error": {"message": "wrong key"}}, 401),
            "truncated": Response(json.dumps(completion("{}"))[:60], media_type="application/json"),
            "refusal": JSONResponse(completion(None, refusal="I cannot help with that")),
            "empty": JSONResponse(completion("") | {"choices": []}),
            "null": JSONResponse(completion("x") | {"choices": None}),
            "nothing": JSONResponse(completion(None)),
            "cut off": JSONResponse(completion("12", finish_reason="length")),
            "html": HTMLResponse("<html>Sign in</html>"),
            "list": JSONResponse([1, 2]),
            "huge": Response(b" " * 3_000_000, media_type="application/json"),
        }
        return plain[name]


def check_request(body: dict[str, Any]) -> None:
    """What OpenAI's schema demands of a request."""
    assert violations(body) == []


@contextmanager
def serving(endpoint: Endpoint) -> Iterator[str]:
    """The endpoint in a thread of its own; its base URL."""
    app = Starlette(routes=[Route("/v1/chat/completions", endpoint.answer, methods=["POST"])])
    port = free_port()
    config = uvicorn.Config(app, port=port, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.should_exit = True
        thread.join(10)


def wait_until(holds: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.02)


@contextmanager
def chroma_server(folder: Path, port: int = 0) -> Iterator[str]:
    """A real Chroma server on loopback; its URL."""
    command = shutil.which("chroma", path=str(Path(sys.executable).parent))
    assert command, "chromadb brings the command chroma"
    port = port or free_port()
    arguments = [command, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_up(f"http://127.0.0.1:{port}/api/v2/heartbeat"))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def is_up(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2, trust_env=False).is_success
    except httpx2.HTTPError:
        return False


@contextmanager
def silent_server() -> Iterator[str]:
    """Accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
