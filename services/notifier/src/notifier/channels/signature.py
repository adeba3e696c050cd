"""Signs webhooks as Standard Webhooks asks (standardwebhooks.com): HMAC-SHA256 of id, moment and body, under a secret of both."""

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
LEAST, MOST = 24, 64  # bytes of a secret


def new_secret() -> str:
    """One that nobody guesses."""
    return PREFIX + base64.b64encode(secrets.token_bytes(LEAST)).decode()


def secret_bytes(secret: str) -> bytes:
    """What a secret stands for. ValueError for one that is not of the convention's form."""
    try:
        raw = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as exc:
        raise ValueError(f"a secret is {PREFIX} and base64") from exc
    if not secret.startswith(PREFIX) or not LEAST <= len(raw) <= MOST:
        raise ValueError(f"a secret is {PREFIX} and the base64 of {LEAST} to {MOST} bytes")
    return raw


def signed_headers(secret: str, identifier: str, moment: float, body: bytes) -> dict[str, str]:
    """The three headers. `moment`: Unix seconds."""
    seconds = str(int(moment))
    told = b".".join((identifier.encode(), seconds.encode(), body))
    mark = base64.b64encode(hmac.new(secret_bytes(secret), told, hashlib.sha256).digest()).decode()
    return {"webhook-id": identifier, "webhook-timestamp": seconds, "webhook-signature": f"v1,{mark}"}
