"""What a service is called and where it listens when all run on one machine: module and variables follow from its name."""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class ServiceAddress:
    """One service. `default_port` is that of the local process; in containers all listen on the same.

    `is_for_people`: no other service asks it, and $<PREFIX>_URL says how people reach it from afar.
    """

    name: str
    default_port: int
    is_for_people: bool = field(default=False, kw_only=True)

    @property
    def module(self) -> str:
        """The package that `python -m` runs."""
        return self.name.replace("-", "_")

    @property
    def prefix(self) -> str:
        """What the names of its variables in the environment begin with."""
        return self.module.upper()

    @property
    def port(self) -> int:
        """$<PREFIX>_PORT, else the documented port."""
        return int(os.environ.get(f"{self.prefix}_PORT") or self.default_port)

    @property
    def url(self) -> str:
        """How others of ours find it: $<PREFIX>_URL, else where it listens on this machine."""
        named = "" if self.is_for_people else os.environ.get(f"{self.prefix}_URL")
        return named or f"http://127.0.0.1:{self.port}"


def host_of(name: str) -> str:
    """The host in the address by which others of ours find a service: $<PREFIX>_URL, else this machine."""
    return urlsplit(ServiceAddress(name, 0).url).hostname or ""
