"""The keys that callers may show. Only SHA-256 digests are kept, and they are compared in constant time.

A plain hash is right for keys of 256 random bits: nobody can try them all, so a slow KDF would only slow every request down.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from common.environment.unusable import UnusableSettingsError
from common.http.rate_limit import Quota

PREFIX = "ppa_"  # lets secret scanners and people recognise a leaked key
_HASHED = re.compile(r"(?:(?P<name>[A-Za-z0-9_.-]{1,64}):)?sha256:(?P<digest>[0-9a-fA-F]{64})(?::(?P<quota>\d+/\d+))?")


@dataclass(frozen=True)
class ApiKey:
    """A caller: `name` stands in logs and metrics, `quota` (None: the default) bounds it."""

    name: str
    digest: bytes
    quota: Quota | None = None


class KnownKeys:
    """A set of keys that tells nothing of them by the time it takes."""

    def __init__(self, entries: Iterable[str]) -> None:
        self.keys = [parse_key(entry, f"key-{number}") for number, entry in enumerate(entries, start=1)]

    def find(self, key: str) -> ApiKey | None:
        """Whose key it is; None where it is nobody's."""
        digest, found = digest_of(key), None
        for known in self.keys:  # all of them, whichever matches
            if hmac.compare_digest(digest, known.digest):
                found = known
        return found

    def holds(self, key: str) -> bool:
        """Whether `key` is one of them."""
        return self.find(key) is not None


def parse_key(entry: str, name: str) -> ApiKey:
    """An entry: a plain key, or [NAME:]sha256:HEX[:PRICES/SECONDS]. `name` serves where it has none.

    ValueError for what was meant as a hash and is none: taken as a plain key it would admit whoever reads the file.
    """
    if found := _HASHED.fullmatch(entry):
        quota = Quota.parse(found["quota"]) if found["quota"] else None
        return ApiKey(found["name"] or name, bytes.fromhex(found["digest"]), quota)
    if "sha256:" in entry:
        raise ValueError(f"API key {name}: a hash is written [NAME:]sha256:64 HEX DIGITS[:PRICES/SECONDS]")
    return ApiKey(name, digest_of(entry))


def read_keys_file(path: Path) -> list[str]:
    """Entries of a file, one a line; # begins a comment. UnusableSettingsError where it cannot be read, or shows a key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise UnusableSettingsError(f"API_KEYS_FILE: {path} cannot be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise UnusableSettingsError(f"API_KEYS_FILE: {path} is no text in UTF-8") from None
    lines = ((number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), start=1))
    entries = [(number, line) for number, line in lines if line]
    for number, entry in entries:
        _check_hashed(entry, f"API_KEYS_FILE: {path}, line {number}")
    return [entry for _, entry in entries]


def _check_hashed(entry: str, where: str) -> None:
    if not _HASHED.fullmatch(entry):
        raise UnusableSettingsError(f"{where}: must be NAME:sha256:HEX[:PRICES/SECONDS]; `pricer api-key NAME` prints one")
    try:
        parse_key(entry, where)
    except ValueError as exc:  # its quota
        raise UnusableSettingsError(f"{where}: {exc}") from None


def digest_of(key: str) -> bytes:
    """SHA-256 of the key's UTF-8."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


def new_key(prefix: str = PREFIX) -> str:
    """A key of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def hashed_entry(name: str, key: str, quota: str = "") -> str:
    """The line that admits `key`: NAME:sha256:HEX[:QUOTA]. ValueError where name or quota cannot stand in it."""
    entry = f"{name}:sha256:{digest_of(key).hex()}" + (f":{quota}" if quota else "")
    if not _HASHED.fullmatch(entry):
        raise ValueError("a name has 1 to 64 letters, digits, _ . or -; a limit is PRICES/SECONDS, such as 600/60")
    parse_key(entry, name)
    return entry
