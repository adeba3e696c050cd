"""Under which key it is remembered what a chat model said, so that the same question is not paid for twice."""

import hashlib


def key_of(endpoint: str, prompt_version: str, question: str) -> bytes:
    """`question` holds the text and its neighbours. A digest, so that no product text is kept and no key is long."""
    parts = (part.encode("utf-8", "surrogatepass") for part in (endpoint, prompt_version, question))
    return hashlib.blake2b(b"".join(len(part).to_bytes(8, "big") + part for part in parts), digest_size=16).digest()
