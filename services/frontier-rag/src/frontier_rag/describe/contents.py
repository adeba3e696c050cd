"""What a text says comes in the box, and what it says does not. Knows no other facts."""

import re
from collections.abc import Iterator, Sequence

from frontier_rag.describe.fact import IN_THE_BOX, NOT_INCLUDED, Fact
from frontier_rag.describe.source import Source
from frontier_rag.describe.tokens import DENIALS, Token, tokens_of

LONGEST_LIST, LONGEST_ITEM, MOST_ITEMS = 300, 60, 12
_LIST = rf"((?:[^.;!?\n•|:]|\.(?=\d)){{2,{LONGEST_LIST}}})"
_BEGINS = re.compile(
    r"(?:\b(?:what(?:'|’)?s in the (?:box|package)|in the box|(?:package|box|kit|set) (?:contents|includes?|including)"
    r"|packag(?:e|ing) (?:contents|includes?|list)|comes with|supplied with"
    r"|(?:(?<=[.;!?] )|^)(?:also )?includes|included(?= ?:))\b) ?:? ?" + _LIST,
    re.IGNORECASE | re.MULTILINE,
)
_NOT = re.compile(
    r"(?:\b(?:does not|doesn['’]t|do not|don['’]t) (?:include|come with)|\bnot included ?:|\bexcludes?) " + _LIST
    + rf"|(?:^|[.;,(\n•|] ?)([^.;,!?\n•|:()]{{2,{LONGEST_ITEM}}}?) (?:is |are )?(?:not included|sold separately)\b",
    re.IGNORECASE,
)  # fmt: skip
_PARTED = re.compile(r",? and |,|\+|&| plus ", re.IGNORECASE)
_ENDS = re.compile(r"\b(?:so|which|that|to|for|when|if|but|you|your|we|our|it|is|are|can|will)\b", re.IGNORECASE)
_PART_OF_IT = re.compile(
    r" ?(?:up to )?\d{1,4} ?[gt]b (?:of )?(?!.{0,20}\b(?:card|drive|stick)\b)", re.IGNORECASE
)  # "comes with 8 GB RAM"
_FACT_NAMES = re.compile(
    r"in the box|(?:package|box|kit) contents?|included? ?(?:components?|accessories|items)|includes?|contents", re.IGNORECASE
)


def contents_of(source: Source) -> list[Fact]:
    """Both kinds of facts, in the order of the text."""
    if source.where == "facts":
        return list(_items(source, 0, len(source.shown), IN_THE_BOX)) if names_contents(source.name) else []
    found: list[Fact] = []
    for match in _NOT.finditer(source.shown):
        found += _items(source, *match.span(1 if match[1] else 2), NOT_INCLUDED)
    if listed := [fact for match in _BEGINS.finditer(source.shown) for fact in _items(source, *match.span(1), IN_THE_BOX)]:
        tokens = tokens_of(source.shown)
        found += (fact for fact in listed if not _is_denied(tokens, fact))
    return sorted(_once(found), key=lambda fact: fact.start)


def names_contents(name: str) -> bool:
    """Whether a caller's fact of this name tells what is in the box."""
    return _FACT_NAMES.fullmatch(" ".join(name.replace("_", " ").split())) is not None


def _items(source: Source, start: int, end: int, name: str) -> Iterator[Fact]:
    """The parts of a list, up to one that is no thing: "a bag, so that you can carry it"."""
    at = start
    for count, part in enumerate([*_PARTED.finditer(source.shown, start, end), None]):
        stop = part.start() if part else end
        words = source.shown[at:stop]
        begin, finish = at + len(words) - len(words.lstrip(" -–")), at + len(words.rstrip(" -–,"))
        if _PART_OF_IT.match(words):
            return
        if count == MOST_ITEMS or finish - begin > LONGEST_ITEM or _ENDS.search(source.shown, begin, max(begin, finish)):
            return
        if finish > begin and tokens_of(source.shown[begin:finish]):
            yield Fact(name, " ".join(source.shown[begin:finish].split()), source.where, begin, finish)
        at = part.end() if part else end


def _is_denied(tokens: Sequence[Token], fact: Fact) -> bool:
    inside = [token for token in tokens if fact.start < token.end and token.start < fact.end]
    return any(token.said == "denied" for token in inside) or any(token.text in DENIALS for token in inside)


def _once(found: list[Fact]) -> list[Fact]:
    kept: list[Fact] = []
    for fact in found:
        if not any(fact.start < other.end and other.start < fact.end for other in kept):
            kept.append(fact)
    return kept
