"""What the caller's texts say: every word, number and quantity, of what it is said, and beside what it stands. Knows no claims."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from frontier_rag.describe.source import Source
from frontier_rag.describe.tokens import DENIALS, Said, Token, tokens_of, word_set

NEAR = 3  # tokens within which a number counts what follows it


# Words that claim nothing by themselves, in the form of tokens.stem_of.
GLUE = word_set(
    "a an the this that these those it its is are and or with of in on at by to from as has have come comes include includes "
    "included including box content contents product item feature features featured featuring which plus also each be made make "
    "there they their you your can where when while both part kind type set up"
)
_INCLUSION = word_set("include includes included including box content contents supplied bundled package come comes")


@dataclass
class Evidence:
    """`said`: of what each token is said, anywhere; `beside`: numbers and the words that each may count; `sentences`: their tokens;
    `followed`: each token and the next of its clause; `texts`: as they stand, with single spaces.
    """

    said: dict[str, set[Said]] = field(default_factory=lambda: defaultdict(set))
    beside: set[tuple[str, str]] = field(default_factory=set)
    sentences: list[frozenset[str]] = field(default_factory=list)
    followed: set[tuple[str, str]] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, sources: Iterable[Source]) -> "Evidence":
        """Of all that the caller gave."""
        found = cls()
        for source in sources:
            found.texts.append(" ".join(source.shown.split()))
            found.add(tokens_of(f"{source.name}: {source.shown}" if source.name else source.shown), is_fact=bool(source.name))
        return found

    def add(self, tokens: Sequence[Token], *, is_fact: bool) -> None:
        """One text. A fact whose value denies ("waterproof: no") denies its name, too."""
        is_denied = is_fact and any(token.text in DENIALS for token in tokens)
        sentences = defaultdict[int, set[str]](set)
        for token in tokens:
            self.said[token.text].add("denied" if is_denied else token.said)
            sentences[token.sentence].add(token.text)
        self.sentences += map(frozenset, sentences.values())
        self.beside |= set(counted(tokens))
        self.followed |= set(followed(tokens))

    def quotes(self, words: str) -> bool:
        """Whether these words stand so in a text of the input."""
        return any(words in text for text in self.texts)

    def holds_together(self, one: str, other: str) -> bool:
        """Whether both stand in one sentence."""
        return any(one in sentence and other in sentence for sentence in self.sentences)


def counted(tokens: Sequence[Token]) -> Iterable[tuple[str, str]]:
    """Each number or quantity with the words near behind it in its clause, up to the next number."""
    for at, token in enumerate(tokens):
        if token.kind == "word":
            continue
        for other in tokens[at + 1 : at + 1 + NEAR]:
            if other.kind != "word" or other.clause != token.clause:
                break
            yield token.text, other.text


def followed(tokens: Sequence[Token]) -> Iterable[tuple[str, str]]:
    """Each token with the next of its clause; "" behind the last."""
    for at, token in enumerate(tokens):
        other = tokens[at + 1] if at + 1 < len(tokens) else None
        yield token.text, other.text if other and other.clause == token.clause else ""


def first_counted(tokens: Sequence[Token]) -> Iterable[tuple[str, str]]:
    """Each number or quantity with the first word behind it in its clause that claims something."""
    for at, token in enumerate(tokens):
        if token.kind == "word":
            continue
        behind = (other for other in tokens[at + 1 :] if other.clause == token.clause and other.text not in GLUE)
        other = next(behind, None)
        if other and other.kind == "word":
            yield token.text, other.text


def claimed_included(tokens: Sequence[Token]) -> set[str]:
    """What a sentence says comes with the product: all that stands behind "includes" and its like in the sentence."""
    since: dict[int, int] = {}
    for at, token in enumerate(tokens):
        if token.text in _INCLUSION:
            since.setdefault(token.sentence, at)
    behind = [token for at, token in enumerate(tokens) if at > since.get(token.sentence, len(tokens))]
    return {token.text for token in behind if token.text not in GLUE and token.said != "denied"}
