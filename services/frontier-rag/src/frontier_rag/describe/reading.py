"""Reads all that the caller gave: its facts with their places, what was left out and why, and what may be claimed of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from frontier_rag.describe.attributes import VAGUE, facts_of
from frontier_rag.describe.check import Known, why_unfit
from frontier_rag.describe.contents import contents_of, names_contents
from frontier_rag.describe.evidence import Evidence
from frontier_rag.describe.fact import APART, WHAT, Fact, name_key
from frontier_rag.describe.source import REFUSED, Source, is_fit_name, source_of
from frontier_rag.describe.tokens import word_set

SHOWN = 80  # characters of a name or value in what was left out
_PARTS = re.compile(r"\s+[-–—|]\s+|\s*[!]+\s*")
_CHATTER = word_set(
    "only today now hot sale best seller bestseller free shipping limited time offer buy save deal deals great lowest special "
    "wow new arrival must have ships fast"
)
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class LeftOut:
    """Words of the input or of a writer that the text does not say, and why."""

    words: str
    why: str


@dataclass(frozen=True)
class Product:
    """What the caller told of a product. `facts`: what the caller calls so, and its value."""

    title: str = ""
    description: str = ""
    facts: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Reading:
    """`sources`: title, description and facts, as far as they speak of the product; `name`: the title without chatter."""

    sources: Sequence[Source]
    known: Known
    left_out: Sequence[LeftOut]
    name: str

    @property
    def facts(self) -> Sequence[Fact]:
        """All that was read."""
        return self.known.facts

    @property
    def description(self) -> str:
        """What the description shows."""
        return next((source.shown for source in self.sources if source.where == "description"), "")

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the title and the description speaks of a product."""
        return not any(_WORDS.search(source.shown) for source in self.sources if source.where != "facts")


def read(product: Product) -> Reading:
    """What the input says."""
    texts = [source_of("title", product.title), source_of("description", product.description)]
    sources = [source for source in texts if source.told]
    left_out = [LeftOut(words, REFUSED) for source in sources for words in source.refused]
    for name, value in (product.facts or {}).items():
        source = source_of("facts", value, name)
        if why := _why_no_fact(source):
            left_out.append(LeftOut(f"{name}: {value}"[:SHOWN], why))
        else:
            sources.append(source)
    facts, doubled = _all_facts(sources)
    title = next((source for source in sources if source.where == "title"), None)
    return Reading(sources, Known(Evidence.of(sources), facts), [*left_out, *doubled], _name_of(title.shown) if title else "")


def _why_no_fact(source: Source) -> str | None:
    if not is_fit_name(source.name):
        return "its name is no plain name, or names money"
    return why_unfit(source.shown.strip()) or (REFUSED if source.refused else None)


def _all_facts(sources: Sequence[Source]) -> tuple[list[Fact], list[LeftOut]]:
    """The facts of all sources, the caller's own first, each value once; and those of a name that a fact of the caller gives
    another value.
    """
    found = [fact for source in sources if source.where == "facts" for fact in _given(source)]
    given = {name_key(fact.name): fact for fact in found if fact.name not in APART}
    title = next((source for source in sources if source.where == "title"), None)
    if title and (name := _name_of(title.shown)):
        start = max(title.shown.find(name), 0)
        found.append(Fact(WHAT, name, "title", start, start + len(name)))
    left_out = []
    for source in sources:
        for fact in _stated(source) if source.where != "facts" else []:
            other = given.get(name_key(fact.name))
            if other and other.said != fact.said:
                left_out.append(LeftOut(fact.value[:SHOWN], f"the facts say {fact.name}: {other.value}"[: 2 * SHOWN]))
            else:
                _add(found, fact)
    return found, left_out


def _stated(source: Source) -> list[Fact]:
    """What a text states of the product and of its box: what is said of a thing in the box is not said of the product."""
    contents = contents_of(source)
    own = [fact for fact in facts_of(source) if not any(fact.start < thing.end and thing.start < fact.end for thing in contents)]
    return [*own, *contents]


def _add(found: list[Fact], fact: Fact) -> None:
    """Each value once, by the name that says more of it."""
    for at, other in enumerate(found):
        if other.said == fact.said and (other.name in APART) == (fact.name in APART):
            if other.name in VAGUE and other.where != "facts":
                found[at] = fact
            return
    found.append(fact)


def _given(source: Source) -> list[Fact]:
    """A fact of the caller, or the things that it lists."""
    if names_contents(source.name):
        return [Fact(fact.name, fact.value, "facts", fact.start, fact.end, source.name) for fact in contents_of(source)]
    value = source.shown.strip()
    start = source.shown.find(value)
    name = " ".join(source.name.replace("_", " ").split())
    return [Fact(name, " ".join(value.split()), "facts", start, start + len(value), source.name)]


def _name_of(shown: str) -> str:
    """A title without the parts that only call for attention; the longest run of the rest, as it stands there."""
    end, start = len(shown.rstrip(" -–—|!,:;")), len(shown) - len(shown.lstrip(" -–—|!,:;"))
    parts, at = [], start
    for found in [*_PARTS.finditer(shown, start, end), None]:
        stop = found.start() if found else end
        parts.append((at, stop))
        at = found.end() if found else end
    telling = [place for place in parts if not _is_chatter(shown[place[0] : place[1]])]
    return " ".join(shown[telling[0][0] : telling[-1][1]].split()) if telling else ""


def _is_chatter(words: str) -> bool:
    return all(word.lower() in _CHATTER for word in _WORDS.findall(words))
