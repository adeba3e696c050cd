"""Under which names a service answers. Plain ASGI.

A page of somebody else may let its own name point to our address once it is loaded (DNS rebinding): to the browser our answers are
then its own. What gives that away is the name in Host. An address there is no danger: nobody can have a page under it but who
answers at it, so that health checks and people on the same network need no setting. Starlette's TrustedHostMiddleware knows names
alone, and refuses with plain text.
"""

import re
import socket
from functools import lru_cache
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from common.http.problem_response import problem_response
from common.problem import problem
from common.service_address import host_of
from common.settings import HttpSettings

MISDIRECTED = 421  # RFC 9110, 15.5.20
_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{1,5})?")


class AllowedHostsMiddleware:
    """Refuses with 421 what was sent to a name that is not one of `names`."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self.app = app
        self.is_ours = lru_cache(maxsize=256)(lambda host: is_allowed(host, names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or self.is_ours(Headers(scope=scope).get("host", "")):
            await self.app(scope, receive, send)
            return
        detail = "this service does not answer under the name in Host; add it to ALLOWED_HOSTS if it is yours"
        await problem_response(problem(MISDIRECTED, detail))(scope, receive, send)


def names_of(service: str, settings: HttpSettings) -> frozenset[str]:
    """The names of a service: this machine's, the one by which others of ours find it, and those that the settings add."""
    machine = socket.gethostname().lower()
    ours = {"localhost", machine, f"{machine.partition('.')[0]}.local", service, host_of(service)}
    return settings.host_names | ours - {""}


def is_allowed(host: str, names: frozenset[str]) -> bool:
    """Whether the header `host` holds an address, or one of `names`; whichever port."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = (found["v6"] or found["name"]).lower().rstrip(".")
    return name in names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
