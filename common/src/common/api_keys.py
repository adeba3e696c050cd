"""The keys that callers may show. Only digests are kept, and they are compared in constant time."""

import hashlib
import hmac
from collections.abc import Iterable


class KnownKeys:
    """A set of keys that tells nothing of them by the time it takes."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = [_digest(key) for key in keys]

    def holds(self, key: str) -> bool:
        """Whether `key` is one of them."""
        digest = _digest(key)
        return any([hmac.compare_digest(digest, known) for known in self._digests])  # noqa: C419 (a generator would stop early)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
