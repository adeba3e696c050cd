"""Starts tests/integration/openai_peer.py as a process and speaks to its /control."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from pricer.local.ports import free_port
from tests.integration.frontier_rag_peers import is_up, wait_until

ROOT = Path(__file__).parents[2]


@dataclass
class OpenAIProcess:
    """A running peer. `url` is its base URL."""

    url: str
    port: int

    def tell(self, **settings: object) -> None:
        """Change what it answers and forget what it was asked."""
        defaults = {
            "faults": [],
            "content": '{"price": 120.5}',
            "refused": [],
            "gullible": False,
            "key": "",
            "delay": 0.0,
            "turns": [],
        }
        httpx2.post(f"http://127.0.0.1:{self.port}/control", json=defaults | settings, timeout=10, trust_env=False)

    def seen(self) -> dict[str, Any]:
        """What it was asked, when, and what was wrong with it."""
        answer: dict[str, Any] = httpx2.get(f"http://127.0.0.1:{self.port}/control", timeout=10, trust_env=False).json()
        return answer


@contextmanager
def openai_process() -> Iterator[OpenAIProcess]:
    """A peer; at the end no request may have broken OpenAI's schema."""
    port = free_port()
    arguments = [sys.executable, "-m", "tests.integration.openai_peer", "--port", str(port)]
    process = subprocess.Popen(arguments, cwd=ROOT)
    try:
        wait_until(lambda: is_up(f"http://127.0.0.1:{port}/control"))
        peer = OpenAIProcess(f"http://127.0.0.1:{port}/v1", port)
        yield peer
        assert peer.seen()["violations"] == []
    finally:
        process.kill()
        process.wait(10)
