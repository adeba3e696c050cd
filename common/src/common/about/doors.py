"""GET /about of every service that is no page: what runs there, on what, and what a person should see to."""

import platform
import re
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Protocol

from fastapi import FastAPI
from pydantic import BaseModel

from common.about.checks import Check, artifact_version, artifacts_of, checks_of, disk_of, memory_of_machine
from common.settings import var_dir

PATH = "/about"
PRODUCT = "product-pricing-agent"  # the wheel, which holds all services; in an image each is a package of its own
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class CheckOut(BaseModel):
    """A line of advice, or that all is well."""

    is_well: bool
    says: str


class About(BaseModel):
    """`machine`: its name, by which one sees what runs together. Bytes; null where the machine does not tell."""

    service: str
    version: str
    python: str
    machine: str
    started: datetime
    memory_total: int | None
    memory_free: int | None
    disk_total: int
    disk_free: int
    artifacts: dict[str, str | None]
    libraries: dict[str, str]
    checks: list[CheckOut]


def add_about(app: FastAPI, service: str) -> None:
    """The door."""
    started = datetime.now(UTC)

    @app.get(PATH, tags=["probes"])
    def about() -> About:
        """Versions, memory and disk, and advice."""
        return about_of(service, started, getattr(app.state, "models", None))


class Models(Protocol):
    """The models that a service has in use, which need not be those that lie there by now."""

    def versions(self) -> Mapping[str, str | None]:
        """By artifact; empty while nothing is loaded."""
        ...

    def advice(self) -> Sequence[Check]:
        """What a person should see to."""
        ...


def about_of(service: str, started: datetime, models: Models | None = None) -> About:
    """As it is now."""
    checks = [*checks_of(service), *(models.advice() if models else ())]
    in_use = dict(models.versions()) if models else {}
    (memory_total, memory_free), (disk_total, disk_free) = memory_of_machine(), disk_of(var_dir())
    return About(
        service=service,
        version=next(filter(None, map(_version, (PRODUCT, service))), "unknown"),
        python=platform.python_version(),
        machine=socket.gethostname(),
        started=started,
        memory_total=memory_total,
        memory_free=memory_free,
        disk_total=disk_total,
        disk_free=disk_free,
        artifacts={name: artifact_version(name) for name in artifacts_of(service)} | in_use,
        libraries=libraries_of(service),
        checks=[CheckOut(is_well=each.is_well, says=each.says) for each in checks],
    )


def libraries_of(service: str) -> dict[str, str]:
    """What a service and what it shares with others are built on, with versions."""
    wanted = {found[0] for each in (service, "common") for line in _requires(each) if (found := _NAME.match(line))}
    known = {name: _version(name) for name in sorted(wanted - {"common"}, key=str.lower)}
    return {name: found for name, found in known.items() if found}


def _requires(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:  # all services in one package
        return []


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
