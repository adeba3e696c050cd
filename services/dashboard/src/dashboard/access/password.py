"""The password of the dashboard as it is kept: hashed by scrypt (RFC 7914) with a salt of its own.

    scrypt:LOG2_N:R:P:SALT:HASH

Salt and hash are base64url. There is no $ in it as in other such formats, because shells and .env files would replace what follows.
"""

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass

LEAST = 12  # characters of a new password
LONGEST = 1024  # characters that are looked at: more is no password
_LOG2_N, _R, _P = 15, 8, 3  # 32 MiB and some 0.2 s a guess, as OWASP's Password Storage Cheat Sheet advises
_FORM = re.compile(r"scrypt:(?P<log2_n>\d{1,2}):(?P<r>\d{1,2}):(?P<p>\d{1,2}):(?P<salt>[\w-]{22,86}):(?P<hash>[\w-]{43})", re.ASCII)


@dataclass(frozen=True)
class PasswordHash:
    """One password, which it can recognise and not tell. Memory for a look at it: 128 * r * 2**log2_n bytes."""

    log2_n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> "PasswordHash":
        """Hash a new password; ValueError where it is too short or too long."""
        if not LEAST <= len(password) <= LONGEST:
            raise ValueError(f"a password has {LEAST} to {LONGEST} characters")
        salt = secrets.token_bytes(16)
        return cls(_LOG2_N, _R, _P, salt, _digest(password, salt, _LOG2_N, _R, _P))

    @classmethod
    def parse(cls, text: str) -> "PasswordHash":
        """Read what `str` writes. ValueError for anything else, and for costs that no machine should be asked to pay."""
        found = _FORM.fullmatch(text.strip())
        if not found:
            raise ValueError("this is no hash of a password; `pricer password` makes one")
        log2_n, r, p = int(found["log2_n"]), int(found["r"]), int(found["p"])
        if not (14 <= log2_n <= 20 and 8 <= r <= 16 and 1 <= p <= 16):
            raise ValueError("the costs in the hash of the password are out of bounds; `pricer password` makes one")
        return cls(log2_n, r, p, _unpack(found["salt"]), _unpack(found["hash"]))

    def matches(self, password: str) -> bool:
        """Whether it is this one. Takes a part of a second, in which other threads go on."""
        if len(password) > LONGEST:
            return False
        return hmac.compare_digest(_digest(password, self.salt, self.log2_n, self.r, self.p), self.digest)

    def __str__(self) -> str:
        return f"scrypt:{self.log2_n}:{self.r}:{self.p}:{_pack(self.salt)}:{_pack(self.digest)}"


def _digest(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    typed = unicodedata.normalize("NFC", password).encode(
        errors="surrogatepass"
    )  # one keyboard sends é as one character, another as two
    memory = 128 * r * (2**log2_n + p + 2)
    return hashlib.scrypt(typed, salt=salt, n=2**log2_n, r=r, p=p, maxmem=memory, dklen=32)


def _pack(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unpack(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
