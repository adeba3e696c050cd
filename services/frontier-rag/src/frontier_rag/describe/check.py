"""Says why a sentence may not be written: it claims what the caller's texts do not say. Trusts no writer, the template included.

Strict on purpose: every word that claims something, every number and every quantity must stand in the input, be said of the
product there as it is here, and numbers must count what they count there. A true sentence in other words is refused as well.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from frontier_rag.chat.injection_screen import screen
from frontier_rag.describe.attributes import VAGUE, facts_of
from frontier_rag.describe.evidence import GLUE, Evidence, claimed_included, first_counted, followed
from frontier_rag.describe.fact import IN_THE_BOX, Fact, name_key, value_key
from frontier_rag.describe.source import NAMES_MONEY, Source
from frontier_rag.describe.tokens import Token, tokens_of, word_set

LONGEST = 1_200  # characters of a sentence
_MARKUP = re.compile(r"[<>\[\]{}`~\\^]|://|\bwww\.|&#?\w+;")
_STATES = word_set("new sealed unopened unused refurbished renewed used certified reconditioned restored genuine original official")


@dataclass(frozen=True)
class Known:
    """What may be claimed: the evidence of the input, and the facts that were read of it."""

    evidence: Evidence
    facts: Sequence[Fact]

    def why_refused(self, sentence: str) -> str | None:
        """Why a sentence of prose may not stand; None where it may."""
        if (why := why_unfit(sentence)) is not None:
            return why
        tokens = tokens_of(sentence)
        if not any(token.text not in GLUE for token in tokens):
            return "it says nothing"
        if why := self._why_unsaid(tokens, sentence):
            return why
        if self.evidence.quotes(sentence):
            return None
        return self._why_not_included(tokens) or self._why_joined(tokens) or self._why_misread(tokens, sentence)

    def why_specification_refused(self, name: str, value: str) -> str | None:
        """Why a name and its value may not stand: they are no fact of the input, and do not stand together there."""
        if (why := why_unfit(name) or why_unfit(value)) is not None:
            return why
        wanted = (name_key(name), value_key(value))
        if any((name_key(fact.name), fact.said) == wanted for fact in self.facts):
            return None
        if why := self.why_refused(f"{name}: {value}"):
            return why
        words = {token.text for part in wanted for token in tokens_of(part) if token.text not in GLUE}
        is_together = any(words <= sentence for sentence in self.evidence.sentences)
        return None if is_together else "its name and its value do not stand together in the input"

    def why_item_refused(self, item: str) -> str | None:
        """Why a thing may not be told to be in the box."""
        if (why := why_unfit(item)) is not None:
            return why
        words = [token.text for token in tokens_of(item) if token.text not in GLUE]
        is_there = any(set(words) <= fact.words for fact in self.boxed)
        return None if words and is_there else "the input does not say that this is included"

    @property
    def boxed(self) -> list[Fact]:
        """What the input says is in the box."""
        return [fact for fact in self.facts if fact.name == IN_THE_BOX]

    def _why_unsaid(self, tokens: Sequence[Token], sentence: str) -> str | None:
        """A word, number or quantity that the input does not say, or says otherwise.

        The name of a fact may stand beside its value: "a storage of 256 GB".
        """
        told = f" {' '.join(token.text for token in tokens)} "
        named = {word for fact in self.facts if f" {fact.said} " in told for word in name_key(fact.name).split()}
        for token in tokens:
            said = self.evidence.said.get(token.text)
            if token.text in GLUE or (said is None and token.text in named):
                continue
            if said is None:
                return f"the input does not say {sentence[token.start : token.end]!r}"
            if token.said not in said:
                return f"the input says {sentence[token.start : token.end]!r} otherwise"
        return None

    def _why_not_included(self, tokens: Sequence[Token]) -> str | None:
        """A thing that is said to come with the product, and is not among what the input says does."""
        boxed = {word for fact in self.boxed for word in fact.words}
        if extra := claimed_included(tokens) - boxed:
            return f"the input does not say that {min(extra)!r} is included"
        return None

    def _why_joined(self, tokens: Sequence[Token]) -> str | None:
        """Words that the input says of different things: a number that counts something else, two words of different sentences."""
        for number, word in first_counted(tokens):
            if (number, word) not in self.evidence.beside:
                return f"the input does not say {number} of {word!r}"
        run: list[Token] = []
        for token in tokens:
            if token.text in GLUE or (run and run[-1].clause != token.clause):
                run = []
            if token.text in GLUE:
                continue
            if run and not self.evidence.holds_together(run[-1].text, token.text):
                return f"the input does not say {run[-1].text!r} and {token.text!r} together"
            run.append(token)
        return None

    def _why_misread(self, tokens: Sequence[Token], sentence: str) -> str | None:
        """Facts that are read of the sentence must be those that are read of the input: 512 GB of storage is no memory.

        A word of a state must stand before what it stands before in the input: "New Balance" does not make a shoe new.
        """
        known = {(fact.name, fact.said) for fact in self.facts}
        values = {fact.said for fact in self.facts}
        for fact in facts_of(Source("title", sentence, sentence)):
            if fact.name not in VAGUE and fact.said in values and (fact.name, fact.said) not in known:
                return f"the input does not call {fact.value!r} its {fact.name}"
        for state, behind in followed(tokens):
            if state in _STATES and (state, behind) not in self.evidence.followed:
                return f"the input does not say that it is {state}"
        return None


def why_unfit(words: str) -> str | None:
    """Why words may not be written, whatever the input says: money, orders, markup, signs that no plain text has."""
    if not words.strip() or len(words) > LONGEST:
        return f"it has {len(words)} characters"
    if not all(_is_plain(letter) for letter in words):
        return "it holds characters that no plain text has"
    if NAMES_MONEY.search(words):
        return "it names money"
    if _MARKUP.search(words):
        return "it holds markup or a link"
    return "it speaks to a model" if screen(words) != words else None


def _is_plain(letter: str) -> bool:
    if letter.isascii():
        return letter.isprintable()
    kind = unicodedata.category(letter)
    return kind[0] not in "CZ" and (
        kind[0] != "L" or unicodedata.name(letter, "").startswith(("LATIN ", "MICRO ", "GREEK SMALL LETTER MU"))
    )
