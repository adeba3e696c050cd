"""Writes a product's text from what was read of the input, in its own words: the sentences of the description that hold, in order.

What a sentence states in a list of its own (specifications, contents) is not said twice. Invents nothing: it only quotes.
"""

import re
from collections.abc import Iterator

from frontier_rag.describe.check import Known
from frontier_rag.describe.evidence import GLUE
from frontier_rag.describe.fact import APART, IN_THE_BOX, NOT_INCLUDED
from frontier_rag.describe.form import Form
from frontier_rag.describe.reading import Reading
from frontier_rag.describe.tokens import tokens_of

MOST_SENTENCES, MOST_CHARS = 15, 2_000
FEWEST_WORDS = 2  # of a sentence that says something
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[^\W_])|[\n•|]+")
# What a seller says to a buyer rather than of the product.
_TALK = re.compile(
    r"\b(?:please|contact us|feedback|refund|money[- ]back|customer service|our (?:store|shop|team)|(?:buy|order|shop) now|100 ?%"
    r"|add to cart|before (?:ordering|buying|purchas\w+)|view less|see more|satisf\w+)\b",
    re.IGNORECASE,
)


def write(reading: Reading) -> Form:
    """The text."""
    return Form(
        what=tuple(_what(reading)),
        specifications=tuple(specifications_of(reading.known)),
        in_the_box=tuple(values_of(reading.known, IN_THE_BOX)),
        not_included=tuple(values_of(reading.known, NOT_INCLUDED)),
    )


def specifications_of(known: Known) -> Iterator[tuple[str, str]]:
    """All facts that are neither the product's name nor a thing in its box."""
    for fact in known.facts:
        if fact.name not in APART:
            yield fact.name, fact.value


def values_of(known: Known, name: str) -> Iterator[str]:
    """The values of all facts of a name."""
    return (fact.value for fact in known.facts if fact.name == name)


def _what(reading: Reading) -> Iterator[str]:
    """The name, then what the description says beside it and beside the facts."""
    said = {token.text for token in tokens_of(reading.name)}
    if reading.name and reading.known.why_refused(reading.name) is None:
        yield reading.name
    count = chars = 0
    for sentence in _sentences(reading.description):
        fresh = {token.text for token in tokens_of(sentence)} - GLUE - said
        if (
            len(fresh) < FEWEST_WORDS
            or _TALK.search(sentence)
            or _is_listed(reading, sentence)
            or reading.known.why_refused(sentence) is not None
        ):
            continue
        count, chars = count + 1, chars + len(sentence)
        if count > MOST_SENTENCES or chars > MOST_CHARS:
            return
        said |= fresh
        yield sentence


def _sentences(text: str) -> Iterator[str]:
    for part in _SENTENCES.split(text):
        if sentence := " ".join(part.split()).strip(" -–—,:;"):
            yield sentence


def _is_listed(reading: Reading, sentence: str) -> bool:
    """Whether a sentence says no more than facts of the description do: "Colour: black", "Not included: batteries"."""
    words = {token.text for token in tokens_of(sentence)} - GLUE
    listed = {word for fact in reading.facts if fact.where == "description" for word in fact.words | set(fact.name.split())}
    return words <= listed | {"not"}
