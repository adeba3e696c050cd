"""Bytes as web push writes them: base64url without padding (RFC 7515, appendix C)."""

import base64
import binascii
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def encoded(data: bytes) -> str:
    """Bytes as text."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Text as bytes. ValueError where it is none of this form."""
    if not _ALPHABET.fullmatch(text):
        raise ValueError("is not base64url")
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except binascii.Error as exc:
        raise ValueError("is not base64url") from exc
