"""From a completion's listed next tokens to the shares of the prices 0..999, or of what goes on behind the first three digits.

Knows the two published forms, not the network.

An endpoint lists the likeliest tokens alone, so some prices' shares are unknown. They are not guessed: the listed shares are
scaled to 1 where they hold enough of the probability, else there is no price. That makes intervals slightly too narrow rather
than made up, by at most what is allowed to be missing.
"""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from common.errors import UnavailableError
from specialist.prompt import PRICES

ABSENT = -1e4  # log probability of a price that is not listed
MARKERS = "\u0120\u2581 \t\r\n"  # white space, and how vocabularies write a space in front of a token
NUMBER = re.compile(r"0|[1-9][0-9]{0,2}")  # "007" is no price
DIGITS = frozenset(range(10))
ONE_DIGIT = frozenset(map(str, range(10)))

Listed = list[tuple[str, float]]  # token text and natural logarithm of its probability


def price_row(listed: Listed, min_mass: float) -> npt.NDArray[np.float32]:
    """[1000] log probabilities that add up to 1. UnavailableError where less than `min_mass` lies on listed prices."""
    shares = np.zeros(PRICES)
    found = set()
    for token, logarithm in listed:
        text = token.strip(MARKERS)
        if NUMBER.fullmatch(text):  # the same number may be listed with and without a space
            shares[int(text)] += math.exp(logarithm)
            found.add(int(text))
    if found >= DIGITS and max(found) < 10:
        raise UnavailableError(
            "the endpoint's tokenizer splits numbers into digits, so one next token is not the price; serve a base such as Llama 3"
        )
    mass = float(shares.sum())
    if mass < min_mass:
        raise _too_little(mass, min_mass, f"the prices among {len(listed)} listed tokens")
    return _logarithms(shares / mass)


def following_rows(listed: Sequence[Listed], weights: npt.NDArray[np.float64], min_mass: float) -> npt.NDArray[np.float32]:
    """[openings, 11] log probabilities of the number's end and of a digit 0..9, by the tokens listed behind each opening.

    UnavailableError where, with the openings counted by their `weights`, less than `min_mass` lies on these eleven. An opening
    behind which none of them is listed ends.
    """
    shares = np.zeros((len(listed), 11))
    for row, tokens in zip(shares, listed, strict=True):
        for token, logarithm in tokens:
            if token in ONE_DIGIT:
                row[1 + int(token)] += math.exp(logarithm)
            elif token.startswith("."):
                row[0] += math.exp(logarithm)
    mass = shares.sum(-1)
    held = float(np.average(mass, weights=weights))
    if held < min_mass:
        raise _too_little(held, min_mass, 'the end of a price or a fourth digit behind openings such as "$129"')
    shares[mass == 0, 0] = 1.0
    return _logarithms(shares / shares.sum(-1, keepdims=True))


def _too_little(mass: float, min_mass: float, where: str) -> UnavailableError:
    return UnavailableError(
        f"only {mass:.0%} of the probability lies on {where}, {min_mass:.0%} are needed: raise SPECIALIST_OPENAI_LOGPROBS and what"
        " the endpoint allows (vLLM: --max-logprobs), or check that it serves the adapter"
    )


def _logarithms(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return np.where(shares > 0, np.log(np.maximum(shares, 1e-300)), ABSENT).astype(np.float32)


def listed_tokens(answer: object, prompts: int) -> list[Listed]:
    """The listed tokens of each prompt's answer, in the prompts' order; UnavailableError names what the answer lacks."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise UnavailableError("the endpoint answered with something else than a completion")
    by_index = {str(choice.get("index", at)): choice for at, choice in enumerate(choices)}
    if len(choices) != prompts or set(by_index) != set(map(str, range(prompts))):
        raise UnavailableError(f"the endpoint answered {len(choices)} choices for {prompts} prompts")
    return [_of_choice(by_index[str(index)]) for index in range(prompts)]


def _of_choice(choice: dict[str, Any]) -> Listed:
    logprobs = choice.get("logprobs")
    first = _first(logprobs.get("top_logprobs") or logprobs.get("content")) if isinstance(logprobs, dict) else None
    if isinstance(first, dict) and isinstance(first.get("top_logprobs"), list):  # llama.cpp: {"content": [{"top_logprobs": [...]}]}
        pairs: Iterable[tuple[Any, Any]] = [
            (each.get("token"), each.get("logprob")) for each in first["top_logprobs"] if isinstance(each, dict)
        ]
    elif isinstance(first, dict):  # OpenAI, vLLM: {"top_logprobs": [{token: logarithm}]}
        pairs = first.items()
    else:
        raise UnavailableError("the endpoint gives no log probabilities; the model must be served with them (logprobs)")
    listed = list(pairs)
    if not all(isinstance(token, str) and _is_logarithm(value) for token, value in listed):
        raise UnavailableError("the endpoint's log probabilities are no numbers")
    return listed


def _first(values: object) -> object:
    return values[0] if isinstance(values, list) and values else None


def _is_logarithm(value: object) -> bool:
    """Of a probability, with room for rounding above 1."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value <= 0.01
