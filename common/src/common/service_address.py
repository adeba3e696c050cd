"""What a service is called and where it listens when all run on one machine: module and variables follow from its name."""

import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from common.environment.unusable import UnusableSettingsError

HIGHEST_PORT = 65_535
NO_ADDRESS = "this is no address such as http://127.0.0.1:8000"  # what is said of one, which is not shown
_PORT = re.compile(r"[0-9]{1,5}")


def is_address(text: str) -> bool:
    """Whether a service can answer there: http or https, a host, and a port if any that is one."""
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_one and not re.search(r"\s", text)


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
        """$<PREFIX>_PORT, else the documented port. UnusableSettingsError where that variable holds no port."""
        given = os.environ.get(f"{self.prefix}_PORT", "").strip()
        if given and not (_PORT.fullmatch(given) and int(given) <= HIGHEST_PORT):
            raise UnusableSettingsError(f"{self.prefix}_PORT={given!r} is no port, 0 to {HIGHEST_PORT}")
        return int(given or self.default_port)

    @property
    def url(self) -> str:
        """How others of ours find it, without a slash at its end: $<PREFIX>_URL, else where it listens on this machine.

        UnusableSettingsError where that variable holds no address, which is not shown: a part of it may be a password.
        """
        named = "" if self.is_for_people else os.environ.get(f"{self.prefix}_URL", "").strip().rstrip("/")
        if named and not is_address(named):
            raise UnusableSettingsError(f"{self.prefix}_URL: {NO_ADDRESS}")
        return named or f"http://127.0.0.1:{self.port}"


def host_of(name: str) -> str:
    """The host in the address by which others of ours find a service: $<PREFIX>_URL, else this machine."""
    return urlsplit(ServiceAddress(name, 0).url).hostname or ""
