"""Under which address a caller has a service, for answers that name it: as a proxy in front of it says, else the request's own.

What a caller says here stands in its own answer alone; nothing is decided by it.
"""

import re

from starlette.requests import Request

HOST, SCHEME = "X-Forwarded-Host", "X-Forwarded-Proto"
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")


def own_address(request: Request) -> str:
    """Scheme and host, such as https://prices.example, without a slash behind them."""
    host, scheme = request.headers.get(HOST, ""), request.headers.get(SCHEME, "")
    if not _HOST.fullmatch(host):
        return f"{request.url.scheme}://{request.url.netloc}"
    return f"{scheme if scheme in ('http', 'https') else request.url.scheme}://{host}"


def forwarded(request: Request) -> dict[str, str]:
    """The headers by which another service of ours learns of it."""
    scheme, _, host = own_address(request).partition("://")
    return {HOST: host, SCHEME: scheme}
