"""Reads the address of an MQTT broker. What is wrong is told without anything of it: it holds a password."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True)
class BrokerAddress:
    """Where a broker is, and as whom one comes in; empty names for nobody in particular."""

    host: str
    port: int
    is_encrypted: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """What may be shown of it."""
        return f"{self.host}:{self.port}"


def parse_broker(url: str) -> BrokerAddress:
    """mqtt:// or mqtts://, a user and a password perhaps, a host, and a port perhaps. ValueError."""
    form = "must be mqtt://user:password@host:1883, or mqtts:// for an encrypted one"
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(form) from None
    if parts.scheme not in _PORTS or not host or port == 0 or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(form)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return BrokerAddress(host, port or _PORTS[parts.scheme], parts.scheme == "mqtts", user, password)
