"""The question that the model is asked. Training and serving both build it here, so that they cannot drift apart.

Knows nothing of any model or tokenizer library: `encode` is whatever turns text into token ids.
"""

from collections.abc import Callable, Sequence

QUESTION = "How much does this cost to the nearest dollar?\n\n"
ANSWER = "\n\nPrice is $"
PRICES = 1000  # dollar classes 0..999
MAX_TEXT_TOKENS = 288  # three quarters of the products are shorter; serving time grows with what is really there
MAX_TEXT_CHARS = 8 * MAX_TEXT_TOKENS  # twice what the tokens need on average: bounds the time of tokenization

Encode = Callable[[str], Sequence[int]]


def tidy(text: str) -> str:
    """First line (the title, where there is one) and the rest on a second line, white space squeezed."""
    lines = [squeezed for line in text.splitlines() if (squeezed := " ".join(line.split()))]
    return "\n".join(part for part in (lines[0] if lines else "", " ".join(lines[1:])) if part)


def bounded(text: str) -> str:
    """What of a text is tokenised at all."""
    return tidy(text)[:MAX_TEXT_CHARS]


def prompt(text: str) -> str:
    """The whole prompt as text, for bases whose own tokenizer takes it."""
    return f"{QUESTION}{tidy(text)}{ANSWER}"


class PromptEncoder:
    """Token ids of the prompt. Question and answer are encoded once; only the text is cut, never the answer's opening."""

    def __init__(self, encode: Encode, max_text_tokens: int = MAX_TEXT_TOKENS) -> None:
        self.encode, self.max_text_tokens = encode, max_text_tokens
        self.question, self.answer = list(encode(QUESTION)), list(encode(ANSWER))

    def ids(self, text: str) -> list[int]:
        """At most len(question) + max_text_tokens + len(answer) ids; the price is the token that would follow."""
        return self.around(self.encode(bounded(text)))

    def around(self, inner: Sequence[int]) -> list[int]:
        """The prompt's ids around those of a text's `bounded` form, for callers that encode many texts at once."""
        return [*self.question, *inner[: self.max_text_tokens], *self.answer]
