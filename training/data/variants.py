"""What callers might send of a product: all of its text, a part of it, or all without its marks."""

import random
import re

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def _cut(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    return " ".join(words[: rng.randint(min(6, len(words)), len(words))])


def variant(text: str, rng: random.Random) -> str:
    """What a caller might send of a product: mostly all of it, else a part, or all in lower case without punctuation."""
    title, _, rest = text.partition("\n")
    draw = rng.random()
    if draw < 0.55 or not rest:
        return text
    if draw < 0.67:
        return title
    if draw < 0.80:
        sentences = _SENTENCE.split(rest)
        return f"{title}\n{' '.join(sentences[: rng.randint(1, max(1, len(sentences) // 2))])}"
    if draw < 0.88:
        return f"{title}\n{_cut(rest, rng)}"
    if draw < 0.94:
        return rest
    return f"{title} {rest}" if draw < 0.97 else re.sub(r"[^a-z0-9\n]+", " ", text.lower())
