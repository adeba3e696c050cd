"""This server's key of web push, as those need it who neither make nor keep it. Knows no cryptography."""

from typing import Protocol


class SigningKey(Protocol):
    """A key pair."""

    @property
    def public(self) -> str:
        """The public point, as browsers take it for applicationServerKey."""
        ...

    def authorization(self, endpoint: str, subject: str, now: float) -> str:
        """The header for a request to `endpoint`."""
        ...


class KeepsKey(Protocol):
    """Keeps it."""

    async def key(self) -> SigningKey:
        """The one of all instances, made where there is none. UnavailableError."""
        ...
