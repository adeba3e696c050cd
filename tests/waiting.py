"""Waiting for what another process, thread or task brings about, for so long that only what never happens is reported."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import TypeVar

from fastapi.testclient import TestClient

T = TypeVar("T")
PATIENCE = 60.0  # seconds


def until(check: Callable[[], T | None], seconds: float = PATIENCE, *, what: str = "", pause: float = 0.02) -> T:
    """The first true answer of `check`, which is asked every `pause` seconds; AssertionError after `seconds` says `what` was
    waited for, or how `check` was written.
    """
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, _late(check, seconds, what)
        time.sleep(pause)
    return found


async def eventually(check: Callable[[], T | None], seconds: float = PATIENCE, *, what: str = "") -> T:
    """`until` for what other tasks of the same event loop bring about."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, _late(check, seconds, what)
        await asyncio.sleep(0.005)
    return found


def until_ready(client: TestClient, why: str = "") -> TestClient:
    """Once the service is ready, or once its probe gives the reason `why`."""

    def is_so() -> bool:
        answer = client.get("/readyz")
        return answer.status_code == 200 or bool(why and why in answer.text)

    until(is_so, what=f"the service was ready{f' or said {why}' if why else ''}")
    return client


def _late(check: Callable[[], object], seconds: float, what: str) -> str:
    try:
        words = what or " ".join(inspect.getsource(check).split())[:200]
    except (OSError, TypeError):  # no source
        words = repr(check)
    return f"it did not come about within {seconds:g} s: {words}"
