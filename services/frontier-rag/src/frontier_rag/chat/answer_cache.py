"""Remembers what a chat model said, so that the same question is not paid for twice. In memory, bounded, with a time to live."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable


class AnswerCache:
    """The `size` answers used last, each for `ttl` seconds. A size of 0 keeps nothing."""

    def __init__(self, size: int, ttl: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.size, self.ttl, self.clock = size, ttl, clock
        self._answers: OrderedDict[bytes, tuple[float, float]] = OrderedDict()  # key: price, until

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: bytes) -> float | None:
        """The price, while it lives."""
        price, until = self._answers.get(key, (None, 0.0))
        if price is None or self.clock() >= until:
            self._answers.pop(key, None)
            return None
        self._answers.move_to_end(key)
        return price

    def put(self, key: bytes, price: float) -> None:
        """Keep a price; the one used longest ago goes where there are too many."""
        self._answers[key] = (price, self.clock() + self.ttl)
        self._answers.move_to_end(key)
        while len(self._answers) > self.size:
            self._answers.popitem(last=False)


def key_of(endpoint: str, prompt_version: str, question: str) -> bytes:
    """`question` holds the text and its neighbours. A digest, so that no product text is kept and no key is long."""
    parts = (part.encode("utf-8", "surrogatepass") for part in (endpoint, prompt_version, question))
    return hashlib.blake2b(b"".join(len(part).to_bytes(8, "big") + part for part in parts), digest_size=16).digest()
