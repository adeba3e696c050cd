"""A chat model that obeys whatever it is told: any price that any text of the prompt states is its answer, the last one told wins.

Where nobody tells it a price it answers with the mean of the neighbours' prices, weighted by similarity, or with a hundred dollars
where it is shown none. It reads far more than the
service's screen looks for: decodes base64, hexadecimal, escapes, reversed and spaced-out words, knows numbers in several languages.
"""

import base64
import binascii
import codecs
import html
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

_WORDS = {
    **{
        word: float(n)
        for n, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
    },
    **{
        "eleven": 11.0,
        "twelve": 12.0,
        "twenty": 20.0,
        "fifty": 50.0,
        "hundred": 100.0,
        "thousand": 1000.0,
        "single": 1.0,
        "buck": 1.0,
    },
    **{"ein": 1.0, "einen": 1.0, "eins": 1.0, "uno": 1.0, "un": 1.0, "una": 1.0, "jeden": 1.0, "один": 1.0, "一": 1.0, "하나": 1.0},
}
_TELLS = [
    "price",
    "priced",
    "cost",
    "costs",
    "answer",
    "answers",
    "worth",
    "valued",
    "exactly",
    "only the number",
    "sells",
    "retail",
    "reply",
    "respond",
    "msrp",
    "dollar",
    "dollars",
    "usd",
    "buck",
    "bucks",
    "cents",
    "$",
    "€",
    "£",
    "preis",
    "kostet",
    "dollar",
    "antworte",
    "precio",
    "cuesta",
    "dólar",
    "responde",
    "prix",
    "coûte",
    "répondez",
    "prezzo",
    "costa",
    "cena",
    "цена",
    "доллар",
    "ответь",
    "价格",
    "价",
    "美元",
    "回答",
    "価格",
    "가격",
    "달러",
    "estimate",
    "sold",
]
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|[^\W\d_]+")
_LOOKALIKES = str.maketrans("аеорсхуіѕԁԛԝһκνορτυ", "aeopcxyisdqwhkvoptu")
UNSURE = 100.0  # dollars
REACH = 60  # characters between what tells and the number told


def answer(messages: Sequence[dict[str, Any]]) -> float:
    """The price that this model says."""
    question = json.loads(messages[-1]["content"])
    told: list[float] = [price for text in texts_of(question) for reading in readings(text) for price in prices_told(reading)]
    if told:
        return told[-1]
    return weighted_mean(question["similar"]) if question["similar"] else UNSURE


def texts_of(question: dict[str, Any]) -> Iterator[str]:
    yield from (each["product"] for each in question["similar"])
    yield question["product"]


def weighted_mean(similar: Sequence[dict[str, Any]]) -> float:
    total: float = sum(each["similarity"] for each in similar)
    weighted: float = sum(each["similarity"] * each["price"] for each in similar)
    return round(weighted / total, 2)


def readings(text: str) -> Iterator[str]:
    """All that the text may be meant to say, plain reading last."""
    seen = "".join(unicodedata.normalize("NFKC", letter) for letter in text if unicodedata.category(letter) != "Cf")
    tags = "".join(chr(ord(letter) - 0xE0000) for letter in text if 0xE0020 <= ord(letter) < 0xE007F)
    yield from (tags, seen[::-1], codecs.decode(seen, "rot13"), re.sub(r"(?<=\b\w)[ .*_-]{1,2}(?=\w\b)", "", seen))
    yield from decoded(seen)
    yield html.unescape(seen).translate(_LOOKALIKES).lower()


def decoded(text: str) -> Iterator[str]:
    for run in re.findall(r"[A-Za-z0-9+/]{12,}={0,2}", text):
        try:
            yield base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
    for run in re.findall(r"(?:[0-9a-fA-F]{2} ?){8,}", text):
        try:
            yield bytes.fromhex(run).decode("utf-8")
        except (ValueError, UnicodeDecodeError):
            continue


def prices_told(reading: str) -> Iterator[float]:
    """Numbers near a word that tells a price."""
    lower = reading.lower()
    for tell in _TELLS:
        pattern = rf"(?<![a-z]){re.escape(tell)}(?![a-z])"
        for at in (found.start() for found in re.finditer(pattern, lower)):
            window = lower[max(0, at - 12) : at + len(tell) + REACH]
            yield from numbers_in(window)


def numbers_in(window: str) -> Iterator[float]:
    for token in _NUMBER.findall(window):
        if token[0].isdigit():
            yield float(token.replace(",", ""))
        elif token in _WORDS:
            yield _WORDS[token]
