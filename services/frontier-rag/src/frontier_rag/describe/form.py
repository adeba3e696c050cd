"""The form that a product's text has: what it is, its specifications, what is in the box, what is not. Knows no input."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontier_rag.describe.fact import value_key


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


def told_once(name: str, form: Form) -> str:
    """What a form says beside a product's name, each value once, as "name value": the form in which pricers know details."""
    told = " ".join(ended(sentence) for sentence in form.what if sentence != name)
    parts = [*form.specifications, *(("includes", thing) for thing in form.in_the_box)]
    parts += [("not included", thing) for thing in form.not_included]
    said = f" {value_key(f'{name}. {told}')} "
    fresh = [f"{label} {value}" for label, value in parts if f" {value_key(value)} " not in said]
    return " ".join(part for part in (told, ", ".join(fresh)) if part)


def ended(sentence: str) -> str:
    """A sentence with its full stop."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
