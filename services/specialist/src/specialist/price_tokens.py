"""How a tokenizer writes prices after "Price is $", and so how a price is read: one next token, or sequences of tokens.

Training, serving and training.specialist_tokenizers ask here. Knows nothing of any model or tokenizer library.
"""

from collections.abc import Sequence

from specialist.fourth_digit import OPENINGS, FourthDigit
from specialist.prompt import ANSWER, PRICES, Encode

CENTS = ".00"  # what the training's completion puts behind every price


def price_sequences(encode: Encode, before: str = ANSWER, prices: range = range(PRICES)) -> list[list[int]]:
    """Token ids of each of `prices`, whole dollars, as it follows `before`; `encode` adds no special tokens.

    Encoded in place, since a number alone is written otherwise: some tokenizers open every text with a space of their own.
    ValueError where the tokenizer joins `before` and the first digit in one token, so that no next token stands for the price.
    """
    start = list(encode(before))
    found = [list(encode(f"{before}{dollars}")) for dollars in prices]
    for dollars, ids in zip(prices, found, strict=True):
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


def fourth_digit(encode: Encode, sequences: Sequence[Sequence[int]], before: str = ANSWER) -> FourthDigit:
    """How prices of four digits go on after the three of `sequences`, which are those of 0..999.

    ValueError where 1299 is not written as 129 and then 9: where a tokenizer groups digits from the right, or in pairs.
    """
    openings = [list(sequences[dollars]) for dollars in OPENINGS]
    longer = price_sequences(encode, before, range(10 * OPENINGS.start, 10 * OPENINGS.stop))
    digits = [ids[-1] for ids in longer[:10]]
    if longer != [[*opening, digit] for opening in openings for digit in digits] or len({len(ids) for ids in openings}) > 1:
        raise ValueError('the tokenizer does not write "$1299" as 129 and a 9 behind it, so prices past $999 cannot be read')
    return FourthDigit(openings, [end_of_price(encode, before), *digits])


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
