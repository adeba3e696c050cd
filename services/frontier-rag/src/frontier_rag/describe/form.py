"""The form that a product's text has: what it is, its specifications, what is in the box, what is not. Knows no input."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """`what`: sentences; `specifications`: names and values; things in the box, and things that do not come with it."""

    what: Sequence[str] = ()
    specifications: Sequence[tuple[str, str]] = ()
    in_the_box: Sequence[str] = ()
    not_included: Sequence[str] = ()

    @property
    def text(self) -> str:
        """All of it as a person reads it, a section a line."""
        return "\n".join(section for section in self._sections() if section)

    def _sections(self) -> Sequence[str]:
        specifications = "; ".join(f"{name}: {value}" for name, value in self.specifications)
        lists = [("Specifications", specifications), ("In the box", ", ".join(self.in_the_box))]
        lists.append(("Not included", ", ".join(self.not_included)))
        return [" ".join(map(ended, self.what)), *(f"{name}: {words}." for name, words in lists if words)]


def ended(sentence: str) -> str:
    """A sentence with its full stop."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
