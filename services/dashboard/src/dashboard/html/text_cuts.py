"""A text cut where something in it is to be seen at once. Knows no HTML."""

from collections.abc import Iterable


def cut(text: str, marks: Iterable[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """The whole text in order, each piece with its mark, "" where it has none. Of marks that overlap the first stays."""
    pieces, at = list[tuple[str, str]](), 0
    for start, end, mark in sorted(marks):
        if start >= at:
            pieces += [(text[at:start], ""), (text[start:end], mark)]
            at = end
    return [each for each in (*pieces, (text[at:], "")) if each[0]]
