"""Reads a text into words, numbers and quantities, and of each whether it is said of the product, denied, or of something else.

English alone. Where a reading is in doubt it is the narrower one: what stands behind "no" is denied up to the end of its sentence.
Knows no facts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from frontier_rag.describe.units import NUMBER, QUANTITY, quantity_of

Said = Literal["own", "denied", "other"]  # of the product; not of it; of what it is made for or compared with
Kind = Literal["word", "number", "quantity"]


def word_set(words: str) -> frozenset[str]:
    """Words that stand in one string."""
    return frozenset(words.split())


DENIALS = word_set(
    "no not without never non nor none neither excluding excludes exclude excluded except lacks lack minus sans missing"
)
_DENIED_CLAUSE = word_set("separately optional optionally")
# Behind these stands what a thing is made for or compared with. "like" and "than" compare.
_OTHERS = word_set(
    "for fit fits fitting compatible replaces replace than like unlike versus vs compared requires require required needs need "
    "suitable works work supports support similar"
)
_NUMERALS = {word: str(at) for at, word in enumerate(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
)}  # fmt: skip
_TOKEN = re.compile(
    rf"(?P<number>(?<![\w.]){NUMBER}(?![\w])(?!\.\d))|(?P<word>[^\W_]+(?:[-'’/.+&][^\W_]+)*)"
    r"|(?P<end>[.;!?|\n•])|(?P<border>[,:]|(?<=\s)[-–—](?=\s))"
)
_PART = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Token:
    """`text`: the same for all ways to write it. `start`, `end` in the text; `clause`, `sentence`: the numbers of its own."""

    kind: Kind
    text: str
    start: int
    end: int
    clause: int
    sentence: int
    said: Said = "own"


def tokens_of(text: str) -> list[Token]:
    """All tokens in their order."""
    plain = list(_plain(text))
    return [_said(token, plain_said) for token, plain_said in zip(plain, _readings(plain), strict=True)]


def stem_of(word: str) -> str:
    """A word in lower case, without its plural and possessive."""
    word = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _said(token: Token, said: Said) -> Token:
    return Token(token.kind, token.text, token.start, token.end, token.clause, token.sentence, said)


def _plain(text: str) -> Iterator[Token]:
    """Tokens, not yet read for what is said of them."""
    clause = sentence = at = 0
    quantities = {found.start(): (found.end(), quantity) for found in QUANTITY.finditer(text) if (quantity := quantity_of(found))}
    while found := _TOKEN.search(text, at):
        start = found.start()
        at = found.end()
        if start in quantities:
            at, quantity = quantities[start]
            yield Token("quantity", quantity.key, start, at, clause, sentence)
        elif found["number"]:
            yield Token("number", _plain_number(found[0]), start, at, clause, sentence)
        elif found["word"]:
            yield from (Token(kind, word, *place, clause, sentence) for kind, word, place in _words(found))
        else:
            clause += 1
            sentence += found["end"] is not None


def _plain_number(digits: str) -> str:
    return f"{float(digits.replace(',', '')):g}"


def _words(found: re.Match[str]) -> Iterator[tuple[Kind, str, tuple[int, int]]]:
    """A token with a digit keeps its parts together, as a model number; one of letters is several words."""
    word = found[0].lower()
    if any(letter.isdigit() for letter in word):
        yield "word", re.sub(r"[-'’/.+&]", "", word), found.span()
        return
    if word.endswith(("n't", "n’t")) or word in ("cannot",):
        yield "word", "not", found.span()
        return
    is_possessive = re.search(r"['’]s$", word) is not None
    for part in _PART.finditer(word[:-2] if is_possessive else word):
        place = (found.start() + part.start(), found.start() + part.end())
        numeral = _NUMERALS.get(part[0])
        yield ("number", numeral, place) if numeral else ("word", stem_of(part[0]), place)


def _readings(tokens: list[Token]) -> list[Said]:
    """What each token is said of, by the words before it in its clause and its sentence."""
    deniers = [at for at, token in enumerate(tokens) if token.text in DENIALS]
    clauses = {tokens[at].clause for at in deniers} | {each.clause for each in tokens if each.text in _DENIED_CLAUSE}
    since = {tokens[at].sentence: at for at in reversed(deniers)}  # the first of each sentence
    others = {each.clause: at for at, each in reversed(list(enumerate(tokens))) if each.text in _OTHERS}
    readings: list[Said] = []
    for at, token in enumerate(tokens):
        if token.clause in clauses or at >= since.get(token.sentence, len(tokens)):
            readings.append("denied")
        else:
            readings.append("other" if at >= others.get(token.clause, len(tokens)) else "own")
    return readings
