"""How a tokenizer writes the prices 0..999 after "Price is $", and so how a price is read: one next token, or sequences of tokens.

Training, serving and training.specialist_tokenizers ask here. Knows nothing of any model or tokenizer library.
"""

from collections.abc import Sequence

from specialist.prompt import ANSWER, PRICES, Encode

CENTS = ".00"  # what the training's completion puts behind every price


def price_sequences(encode: Encode, before: str = ANSWER) -> list[list[int]]:
    """Token ids of each whole dollar 0..999 as it follows `before`; `encode` adds no special tokens.

    Encoded in place, since a number alone is written otherwise: some tokenizers open every text with a space of their own.
    ValueError where the tokenizer joins `before` and the first digit in one token, so that no next token stands for the price.
    """
    start = list(encode(before))
    found = [list(encode(f"{before}{dollars}")) for dollars in range(PRICES)]
    for dollars, ids in enumerate(found):
        if ids[: len(start)] != start or len(ids) == len(start):
            raise ValueError(f'the tokenizer joins the "$" and the number in "${dollars}", so the price has no token of its own')
    return [ids[len(start) :] for ids in found]


def end_of_price(encode: Encode, before: str = ANSWER) -> int:
    """The token that follows a finished number, as the "." of "25.00": it tells 2 from 25 where numbers are split.

    ValueError where there is no such token after every number (checked on numbers of one, two and three digits).
    """
    ends = set()
    for dollars in (7, 25, 999):
        number, whole = list(encode(f"{before}{dollars}")), list(encode(f"{before}{dollars}{CENTS}"))
        if whole[: len(number)] != number or len(whole) == len(number):
            raise ValueError(f'the tokenizer joins the number and the cents in "${dollars}{CENTS}"')
        ends.add(whole[len(number)])
    if len(ends) > 1:
        raise ValueError("the tokenizer ends prices of different lengths with different tokens")
    return ends.pop()


def is_one_token(sequences: Sequence[Sequence[int]]) -> bool:
    """Whether each price is one token of its own, so that the next token's distribution is the price's distribution."""
    return not split_prices(sequences) and len({ids[0] for ids in sequences}) == len(sequences)


def split_prices(sequences: Sequence[Sequence[int]]) -> list[int]:
    """The prices that take several tokens, ascending."""
    return [dollars for dollars, ids in enumerate(sequences) if len(ids) > 1]


def opening_ids(encode_with_special_tokens: Encode, encode: Encode) -> list[int]:
    """The special tokens that the tokenizer itself puts before a text (Llama's begin-of-text; none for Qwen).

    A tokenizer may name a begin-of-text token and yet never write it (Phi-4's), so its name alone does not say.
    """
    plain, special = list(encode("a")), list(encode_with_special_tokens("a"))
    for start in range(len(special) - len(plain) + 1):
        if special[start : start + len(plain)] == plain:
            return special[:start]
    return []
