"""A browser's subscription as a channel's address and secret, and back. Knows no cryptography."""

from urllib.parse import urlsplit

from notifier.channels.channel import ADDRESS_LENGTH

SCHEMES = {"webpush+https": "https", "webpush+http": "http"}  # the second for hosts that a setting allows
SERVICE = "Web push"


def is_web_push(address: str) -> bool:
    """Whether an address is a subscription's."""
    return address.partition("://")[0].lower() in SCHEMES


def address_of(endpoint: str) -> str:
    """A channel's address. ValueError for an endpoint that is none."""
    parts = urlsplit(endpoint)
    if parts.scheme not in SCHEMES.values() or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("is not the https address of a push service")
    _ = parts.port  # ValueError for one that is no number from 0 to 65535
    if len(endpoint) > ADDRESS_LENGTH - len("webpush+") or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise ValueError("is not an address as browsers give them")
    return f"webpush+{endpoint}"


def endpoint_of(address: str) -> str:
    """The endpoint. ValueError."""
    scheme, _, rest = address.partition("://")
    endpoint = f"{SCHEMES[scheme.lower()]}://{rest}"
    address_of(endpoint)
    return endpoint


def secret_of(p256dh: str, auth: str) -> str:
    """A channel's secret."""
    return f"{p256dh}.{auth}"


def keys_of(secret: str) -> tuple[str, str]:
    """p256dh and auth. ValueError."""
    p256dh, dot, auth = secret.partition(".")
    if not dot:
        raise ValueError("is p256dh.auth, both as browsers give them")
    return p256dh, auth
