"""A text in which some words are to be seen at once. Pure; it knows nothing of HTML."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A part of a text."""

    text: str
    is_marked: bool = False


def marked(text: str, words: Sequence[str]) -> list[Piece]:
    """The text in pieces, whose sum it is: wherever one of `words` stands it is marked, the longest first."""
    wanted = sorted({word.strip() for word in words if word.strip()}, key=len, reverse=True)
    if not wanted:
        return [Piece(text)] if text else []
    parts = re.split(f"({'|'.join(map(re.escape, wanted))})", text, flags=re.IGNORECASE)
    return [Piece(part, place % 2 == 1) for place, part in enumerate(parts) if part]
