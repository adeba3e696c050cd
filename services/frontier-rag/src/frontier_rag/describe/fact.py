"""A fact: a name, a value, and where in the caller's texts it stands. Knows no recogniser."""

from dataclasses import dataclass
from functools import lru_cache

from frontier_rag.describe.source import From
from frontier_rag.describe.tokens import tokens_of

IN_THE_BOX, NOT_INCLUDED, WHAT = "in the box", "not included", "what it is"
APART = (IN_THE_BOX, NOT_INCLUDED, WHAT)  # facts that are no specification


@dataclass(frozen=True, slots=True)
class Fact:
    """`start`, `end`: characters of the title, of the description, or of the value of the fact that the caller calls `key`."""

    name: str
    value: str
    where: From
    start: int
    end: int
    key: str = ""

    @property
    def said(self) -> str:
        """The value without regard to how it is written."""
        return value_key(self.value)

    @property
    def words(self) -> frozenset[str]:
        """The words, numbers and quantities of the value."""
        return _words_of(self.value)


@lru_cache(maxsize=4_096)
def value_key(value: str) -> str:
    """The same for all ways to write a value."""
    return " ".join(token.text for token in tokens_of(value))


@lru_cache(maxsize=1_024)
def name_key(name: str) -> str:
    """The same for all ways to write a name."""
    return " ".join(token.text for token in tokens_of(name.replace("_", " ")))


@lru_cache(maxsize=4_096)
def _words_of(value: str) -> frozenset[str]:
    return frozenset(token.text for token in tokens_of(value))
