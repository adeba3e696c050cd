"""Model endpoints on loopback as their providers' published API descriptions have them: fine-tuning, and Anthropic's messages.

They check what they are sent, and misbehave on request: `faults` are played one after the other for each operation.
"""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from pricer.local.ports import free_port
from tests.integration.frontier_rag_peers import completion, wait_until
from training.baseline.chat import ChatClient, Reply

KEY = "key-of-the-test"


def ask(client: ChatClient, user: str = "a drill") -> Reply:
    """One question to a client of these endpoints, which is closed then."""

    async def run() -> Reply:
        try:
            return await client.ask("be brief", user)
        finally:
            await client.aclose()

    return asyncio.run(run())


def error(status: int, message: str, code: str = "") -> JSONResponse:
    return JSONResponse(
        {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code or None}}, status
    )


@contextmanager
def serving(routes: Sequence[Route]) -> Iterator[str]:
    """The routes in a thread of their own; where they are."""
    port = free_port()
    config = uvicorn.Config(Starlette(routes=list(routes)), port=port, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


async def fault_of(name: str) -> Response:
    """What a broken endpoint may answer."""
    if name == "hang":
        await asyncio.sleep(30)
    plain: dict[str, Response] = {
        "429": JSONResponse({"error": {"message": "slow down"}}, 429, {"Retry-After": "1"}),
        "quota": error(429, "you exceeded your current quota", "insufficient_quota"),
        "500": error(500, "broken"),
        "401": error(401, "wrong key", "invalid_api_key"),
        "404": error(404, "no such model", "model_not_found"),
        "400": error(400, "not like this"),
        "truncated": Response('{"id": "x", "obj', media_type="application/json"),
        "html": HTMLResponse("<html>Sign in</html>"),
        "list": JSONResponse([1, 2]),
        "null": JSONResponse(None),
        "other": JSONResponse({"object": "surprise"}),
        "huge": Response(b" " * 3_000_000, media_type="application/json"),
    }
    return plain[name]


@dataclass
class FineTuningApi:
    """Files, fine-tuning jobs and chat completions. A job goes one step of `course` further each time it is looked at."""

    course: tuple[str, ...] = ("validating_files", "queued", "running", "succeeded")
    events: int = 5
    page: int = 2  # events and jobs listed at a time, at most
    answer: str = "Price is $100.00"
    faults: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    looked: dict[str, int] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Where the operations are."""
        jobs = "/v1/fine_tuning/jobs"
        return [
            Route("/v1/files", self.upload, methods=["POST"]),
            Route(jobs, self.create, methods=["POST"]),
            Route(jobs, self.list_jobs, methods=["GET"]),
            Route(jobs + "/{id}", self.retrieve, methods=["GET"]),
            Route(jobs + "/{id}/events", self.list_events, methods=["GET"]),
            Route(jobs + "/{id}/cancel", self.cancel, methods=["POST"]),
            Route("/v1/chat/completions", self.complete, methods=["POST"]),
        ]

    def count(self, operation: str) -> int:
        """How often an operation was called."""
        return sum(name == operation for name, _ in self.calls)

    async def begin(self, operation: str, request: Request, body: Any = None) -> Response | None:
        """Note the call; the fault to answer with, if one is due."""
        self.calls.append((operation, body))
        self.times.append(time.monotonic())
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return error(401, "Incorrect API key provided", "invalid_api_key")
        due = self.faults.get(operation)
        return await fault_of(due.pop(0)) if due and due[0] != "lost" else None

    def is_lost(self, operation: str) -> bool:
        """Whether the work is to be done and its answer to get lost."""
        due = self.faults.get(operation)
        return bool(due and due[0] == "lost" and due.pop(0))

    async def upload(self, request: Request) -> Response:
        assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
        async with request.form() as form:
            file, purpose, names = form.get("file"), form.get("purpose"), sorted(form)
            content = await file.read() if isinstance(file, UploadFile) else b""
        if fault := await self.begin("upload", request, purpose):
            return fault
        if names != ["file", "purpose"] or not isinstance(file, UploadFile) or purpose != "fine-tune":
            return error(400, f"expected a file with the purpose fine-tune, got {names} and {purpose!r}")
        if not (file.filename or "").endswith(".jsonl") or (wrong := wrong_examples(content)):
            return error(400, f"Invalid file format: {file.filename} {wrong}")
        identity = f"file-{len(self.files)}"
        self.files[identity] = content
        told = {"id": identity, "object": "file", "bytes": len(content), "created_at": 1, "filename": file.filename}
        return JSONResponse({**told, "purpose": purpose, "status": "processed"})

    async def create(self, request: Request) -> Response:
        body = await request.json()
        if fault := await self.begin("create", request, body):
            return fault
        if wrong := "; ".join(wrong_job(body, self.files)):
            return error(400, wrong)
        identity = f"ftjob-{len(self.jobs)}"
        self.jobs[identity] = {
            "id": identity,
            "object": "fine_tuning.job",
            "created_at": 1,
            "error": None,
            "fine_tuned_model": None,
            "finished_at": None,
            "hyperparameters": body["method"]["supervised"]["hyperparameters"],
            "model": body["model"],
            "organization_id": "org-1",
            "result_files": [],
            "seed": body.get("seed", 7),
            "status": self.course[0],
            "trained_tokens": None,
            "training_file": body["training_file"],
            "validation_file": body.get("validation_file"),
            "integrations": body.get("integrations"),
            "method": body["method"],
        }
        return error(500, "the answer got lost") if self.is_lost("create") else JSONResponse(self.jobs[identity])

    async def list_jobs(self, request: Request) -> Response:
        fault = await self.begin("list", request)
        return fault or self.paged(request, list(self.jobs.values())[::-1])

    def paged(self, request: Request, newest_first: list[dict[str, Any]]) -> Response:
        """A page after `after`, of `limit` (20 unless told) at most."""
        after, limit = request.query_params.get("after"), min(self.page, int(request.query_params.get("limit", 20)))
        start = next((i + 1 for i, each in enumerate(newest_first) if each["id"] == after), 0)
        page = newest_first[start : start + limit]
        return JSONResponse({"object": "list", "data": page, "has_more": start + limit < len(newest_first)})

    async def retrieve(self, request: Request) -> Response:
        if fault := await self.begin("retrieve", request):
            return fault
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return error(404, "Could not find fine tune", "fine_tune_not_found")
        step = self.looked[job["id"]] = min(self.looked.get(job["id"], -1) + 1, len(self.course) - 1)
        if job["status"] != "cancelled":
            job["status"] = self.course[step]
        if job["status"] == "succeeded":
            job.update(fine_tuned_model=f"ft:{job['model']}:org::{job['id']}", trained_tokens=1234, finished_at=2)
        if job["status"] == "failed":
            job["error"] = {"code": "invalid_training_file", "message": "line 3 is not to our liking", "param": "training_file"}
        return JSONResponse(job)

    async def list_events(self, request: Request) -> Response:
        if fault := await self.begin("events", request):
            return fault
        known = self.events * (self.looked.get(request.path_params["id"], 0) + 1) // len(self.course)
        found = [
            {
                "id": f"ftevent-{i}",
                "object": "fine_tuning.job.event",
                "created_at": 1_700_000_000 + i,
                "level": "warn" if i == 1 else "info",
                "message": f"step {i}",
                "type": "message",
                "data": {},
            }
            for i in range(known)
        ]
        return self.paged(request, found[::-1])

    async def cancel(self, request: Request) -> Response:
        if fault := await self.begin("cancel", request):
            return fault
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return error(404, "Could not find fine tune", "fine_tune_not_found")
        job["status"] = "cancelled"
        return JSONResponse(job)

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        if fault := await self.begin("chat", request, body):
            return fault
        if body["model"] not in {job["fine_tuned_model"] for job in self.jobs.values()}:
            return error(404, f"The model {body['model']} does not exist", "model_not_found")
        return JSONResponse(completion(self.answer))


def wrong_examples(content: bytes) -> str:
    """What the endpoint has against a file; "" for nothing."""
    lines = content.decode().splitlines()
    if len(lines) < 10:
        return f"has {len(lines)} examples, 10 are needed"
    for number, line in enumerate(lines, 1):
        messages = json.loads(line).get("messages")
        if not isinstance(messages, list) or not messages or messages[-1].get("role") != "assistant":
            return f"line {number}: the last message must be the assistant's"
        if any(set(each) != {"role", "content"} or not isinstance(each["content"], str) for each in messages):
            return f"line {number}: a message is a role and its content"
    return ""


def wrong_job(body: dict[str, Any], files: dict[str, bytes]) -> Iterator[str]:
    """What a request to create a job violates, by the published schema."""
    known = {"model", "training_file", "validation_file", "suffix", "seed", "method", "integrations", "metadata"}
    if unknown := set(body) - known:
        yield f"Unknown or deprecated parameters: {sorted(unknown)}"
    if not body.get("model"):
        yield "model is required"
    for name in ("training_file", "validation_file"):
        if body.get(name) not in files and (name == "training_file" or body.get(name) is not None):
            yield f"{name} {body.get(name)!r} does not exist"
    suffix, seed = body.get("suffix"), body.get("seed")
    if suffix is not None and not (isinstance(suffix, str) and 1 <= len(suffix) <= 64):
        yield "suffix has 1 to 64 characters"
    if seed is not None and not (isinstance(seed, int) and 0 <= seed < 2**31):
        yield "seed is an integer from 0"
    method = body.get("method")
    if method is not None:
        yield from wrong_method(method)
    for integration in body.get("integrations") or ():
        yield from wrong_integration(integration)


def wrong_integration(integration: dict[str, Any]) -> Iterator[str]:
    """The part of the schema that holds Weights & Biases."""
    settings = integration.get("wandb")
    if set(integration) != {"type", "wandb"} or integration["type"] != "wandb" or not isinstance(settings, dict):
        yield "an integration is of type wandb"
    elif not isinstance(settings.get("project"), str) or set(settings) - {"project", "name", "entity", "tags"}:
        yield "wandb needs a project"


def wrong_method(method: dict[str, Any]) -> Iterator[str]:
    """The part of the schema that holds the hyperparameters."""
    if set(method) != {"type", "supervised"} or method["type"] != "supervised" or set(method["supervised"]) != {"hyperparameters"}:
        yield "method.type is supervised, with its hyperparameters"
        return
    bounds = {"n_epochs": (int, 1, 50), "batch_size": (int, 1, 256), "learning_rate_multiplier": ((int, float), 1e-9, 1e9)}
    for name, value in method["supervised"]["hyperparameters"].items():
        if name not in bounds:
            yield f"unknown hyperparameter {name}"
            continue
        kind, low, high = bounds[name]
        if value != "auto" and (not isinstance(value, kind) or isinstance(value, bool) or not low <= value <= high):  # type: ignore[arg-type]
            yield f"{name} {value!r} is out of range"


@dataclass
class AnthropicApi:
    """POST /v1/messages."""

    said: str = "Price is $120.50"
    faults: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def routes(self) -> list[Route]:
        """Where the operation is."""
        return [Route("/v1/messages", self.answer, methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        self.times.append(time.monotonic())
        assert KEY in (request.headers.get("x-api-key"), request.headers.get("authorization", "").removeprefix("Bearer "))
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", request.headers["anthropic-version"])
        assert set(body) == {"model", "max_tokens", "system", "messages"}
        assert [message["role"] for message in body["messages"]] == ["user"]
        name = self.faults.pop(0) if self.faults else ""
        if name in ("refusal", "max_tokens"):
            return JSONResponse(message_of("$1", name))
        if name == "nothing":
            return JSONResponse({**message_of(""), "content": []})
        if name == "529":
            return JSONResponse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, 529)
        return await fault_of(name) if name else JSONResponse(message_of(self.said))


def message_of(text: str, stop_reason: str = "end_turn") -> dict[str, Any]:
    """A message as Anthropic's API describes it."""
    told = {"id": "msg_1", "type": "message", "role": "assistant", "model": "test", "stop_sequence": None}
    usage = {"input_tokens": 30, "output_tokens": 7}
    return {**told, "content": [{"type": "text", "text": text}], "stop_reason": stop_reason, "usage": usage}
