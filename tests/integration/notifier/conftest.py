"""Fixtures of the notifier's integration tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.notifier.peers import RedisProcess, Webhook


@pytest.fixture
def redis_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisProcess]:
    """A running Redis, known to the service through REDIS_URL; the service's files go to a folder of the test's own."""
    server = RedisProcess(tmp_path / "redis")
    monkeypatch.setenv("REDIS_URL", server.url)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("NOTIFIER_RETRY_BASE", "0.05")
    monkeypatch.setenv("NOTIFIER_PROBE_FIRST", "0.2")
    server.start()
    yield server
    server.close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook that says 200."""
    hook = Webhook()
    yield hook
    hook.close()


@pytest.fixture
def second_webhook() -> Iterator[Webhook]:
    """Another one."""
    hook = Webhook()
    yield hook
    hook.close()
