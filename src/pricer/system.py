"""The table of services: which module, port and environment each has when all run as local processes."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """One local process. `prefix` is that of its settings' environment names."""

    name: str
    module: str
    prefix: str
    default_port: int

    @property
    def port(self) -> int:
        """$<PREFIX>_PORT, else the documented port."""
        return int(os.environ.get(f"{self.prefix}_PORT") or self.default_port)

    @property
    def url(self) -> str:
        """Where the service listens on this machine, or $<PREFIX>_URL."""
        return os.environ.get(f"{self.prefix}_URL") or f"http://127.0.0.1:{self.port}"


def services() -> list[Service]:
    """All services, the front door last but one: it wants the pricers first."""
    return [
        Service("specialist", "specialist", "SPECIALIST", 8001),
        Service("frontier-rag", "frontier_rag", "FRONTIER_RAG", 8002),
        Service("random-forest", "random_forest", "RANDOM_FOREST", 8003),
        Service("ensemble", "ensemble", "ENSEMBLE", 8000),
        Service("scanner", "scanner", "SCANNER", 8004),
        Service("notifier", "notifier", "NOTIFIER", 8005),
        Service("dashboard", "dashboard", "DASHBOARD", 8080),
    ]


def environment(redis_url: str) -> dict[str, str]:
    """What every process gets: our own environment, each other's addresses, and Redis."""
    addresses = {f"{service.prefix}_URL": service.url for service in services()}
    return {**os.environ, **addresses, "REDIS_URL": redis_url, "PYTHONUNBUFFERED": "1"}
