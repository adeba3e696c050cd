"""What the address of a webhook looks like, and where it leads. Knows no network."""

from urllib.parse import urlsplit

from notifier.message import link

SCHEMES = {"webhook+https": "https", "webhook+http": "http"}
SERVICE = "Webhook"


def url_of(address: str) -> str:
    """Where a webhook's address leads. ValueError, with a reason that holds nothing of it, for one that leads nowhere."""
    scheme, _, rest = address.partition("://")
    parts = urlsplit(f"{SCHEMES[scheme.lower()]}://{rest}")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("its port is no number from 1 to 65535") from None
    if not parts.hostname or port == 0 or not link(parts.geturl()):
        raise ValueError("it names no host: webhook+https://host/path")
    if "@" in parts.netloc:
        raise ValueError("it holds a user's name: the signature is what a receiver knows it by")
    return parts.geturl()
