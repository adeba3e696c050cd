"""An endpoint on loopback that speaks OpenAI's /v1/completions as its published schema has it, and misbehaves on request."""

import asyncio
import json
import math
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from specialist.prompt import ANSWER, QUESTION

KEY = "key-of-the-test"
FIELDS = {  # of CreateCompletionRequest
    "model": str,
    "prompt": (str, list),
    "best_of": int,
    "echo": bool,
    "frequency_penalty": (int, float),
    "logit_bias": dict,
    "logprobs": int,
    "max_tokens": int,
    "n": int,
    "presence_penalty": (int, float),
    "seed": int,
    "stop": (str, list),
    "stream": bool,
    "stream_options": dict,
    "suffix": str,
    "temperature": (int, float),
    "top_p": (int, float),
    "user": str,
}


def price_of(prompt: str) -> int:
    """The endpoint's model prices a product by the last number in its text."""
    return int(re.findall(r"\d+", prompt.rpartition(ANSWER)[0])[-1])


def tokens_of(prompt: str) -> dict[str, float]:
    """Logarithms of the shares of the next tokens: most on the price, some around it, a little on words.

    A price past 999 begins with its first three digits. Behind three that it begins with its fourth is likely, else the end.
    """
    price, opening = str(price_of(prompt)), prompt.rpartition(ANSWER)[2]
    if opening:
        goes_on = len(price) == 4 and abs(int(opening) - int(price[:3])) <= 1
        shares = {"0": 0.04, "The": 0.03, price[3] if goes_on else ".": 0.93}
    else:
        first = price[:3]
        shares = {first: 0.8, f" {first}": 0.05, str(int(first) + 1): 0.1, "The": 0.04, "\n": 0.01}
    return {token: math.log(share) for token, share in shares.items()}


@dataclass
class Completions:
    """POST /v1/completions. Plays `faults` one after the other, then answers."""

    faults: list[str] = field(default_factory=list)
    max_logprobs: int = 1000
    asked: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def routes(self) -> list[Route]:
        """Where the operation is."""
        return [Route("/v1/completions", self.answer, methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self.reply(request)
        finally:
            self.at_once -= 1

    async def reply(self, request: Request) -> Response:
        self.times.append(time.monotonic())
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return error(401, "Incorrect API key provided")
        body = await request.json()
        self.asked.append(body)
        if wrong := self.violations(body):
            return error(400, "; ".join(wrong))
        await asyncio.sleep(0.02)
        prompts = [body["prompt"]] if isinstance(body["prompt"], str) else body["prompt"]
        return await self.fault(self.faults.pop(0), prompts) if self.faults else JSONResponse(completion(prompts))

    def violations(self, body: dict[str, Any]) -> list[str]:
        """What a request violates, by the schema and by this endpoint's own limit."""
        found = [f"unknown field {name}" for name in body if name not in FIELDS]
        found += [f"{name} has the wrong type" for name in body if name in FIELDS and not isinstance(body[name], FIELDS[name])]
        found += [f"{name} is required" for name in ("model", "prompt") if name not in body]
        if not found and isinstance(body["prompt"], list) and not all(isinstance(each, str) and each for each in body["prompt"]):
            found.append("prompt is a list of texts")
        if not found and body.get("logprobs", 0) > self.max_logprobs:
            found.append(f"Requested sample logprobs of {body['logprobs']}, which is greater than max allowed: {self.max_logprobs}")
        return found

    async def fault(self, name: str, prompts: list[str]) -> Response:
        if name == "hang":
            await asyncio.sleep(30)
        good = completion(prompts)
        first = good["choices"][0]
        plain: dict[str, Response] = {
            "429": JSONResponse({"error": {"message": "slow down"}}, 429, {"Retry-After": "1"}),
            "500": error(500, "broken"),
            "503 for long": JSONResponse({"error": {"message": "loading"}}, 503, {"Retry-After": "86400"}),
            "404": error(404, "The model `other` does not exist"),
            "truncated": Response(json.dumps(good)[:60], media_type="application/json"),
            "html": HTMLResponse("<html>Sign in</html>"),
            "no choices": JSONResponse(good | {"choices": []}),
            "no logprobs": JSONResponse(good | {"choices": [first | {"logprobs": None}]}),
            "words": JSONResponse(good | {"choices": [first | {"logprobs": {"top_logprobs": [{"The": -0.1, "A": -3.0}]}}]}),
            "huge": Response(b" " * 3_000_000, media_type="application/json"),
            "endless": StreamingResponse(endless(b" " * 65_536, 0.0), media_type="application/json"),
            "trickle": StreamingResponse(endless(b" ", 0.05), media_type="application/json"),
        }
        return plain[name]


async def endless(part: bytes, pause: float) -> AsyncIterator[bytes]:
    for _ in range(1000):
        yield part
        await asyncio.sleep(pause)


def completion(prompts: list[str]) -> dict[str, Any]:
    """An answer by the published schema; its choices come in no particular order."""
    assert all(prompt.startswith(QUESTION) and prompt.rpartition(ANSWER)[1] for prompt in prompts)
    choices = []
    for index, prompt in enumerate(prompts):
        top = tokens_of(prompt)
        best = max(top, key=lambda token: top[token])
        logprobs = {"text_offset": [0], "token_logprobs": [top[best]], "tokens": [best], "top_logprobs": [top]}
        choices.append({"text": best, "index": index, "logprobs": logprobs, "finish_reason": "length"})
    usage = {"prompt_tokens": 30 * len(prompts), "completion_tokens": len(prompts), "total_tokens": 31 * len(prompts)}
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m", "choices": choices[::-1], "usage": usage}


def error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}, status)
