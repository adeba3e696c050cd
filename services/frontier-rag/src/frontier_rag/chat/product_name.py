"""The name of a product as a chat model may be asked about it alone: a noun phrase that gives no order and tells no price.

A name's words are chosen by a stranger too. What is no plain name is not asked about, so a miss costs no more than a second answer.
Knows no chat model.
"""

import re
import unicodedata
from dataclasses import dataclass

from frontier_rag.chat.injection_screen import screen

LONGEST_NAME = 160  # characters; of 1,000 deals' titles 95 % are shorter
NEAR_ENOUGH = 0.02  # of a number in the name: an answer this near was read there rather than known
# Names are noun phrases. These words speak to somebody, make a sentence or tell a price.
_SPEECH_WORDS = """
you your yours me we our they them he she is are was were am been being do does did done must should shall would could
might ought let please kindly say says said tell tells told give gives return returns reply replies respond responds
response answer answers answered write writes claim pretend suppose assume believe consider treat remember repeat obey
follow ignore disregard forget override instead whatever regardless because therefore exactly never not this that these
those it what which who when why how estimate estimated estimates appraise appraised appraisal evaluate price prices
priced pricing cost costs costing msrp rrp worth valued amount retail retails sells sold dollar dollars usd buck bucks
cent cents euro euros hundred hundreds thousand thousands million millions billion instruction instructions prompt
assistant chatbot chatgpt gpt llm preis kostet kosten antworte antwort bitte ist precio cuesta responde respuesta diga
prix coute reponds repondez reponse dites est prezzo rispondi dolar dolares dollari preco custa
"""
_SPEECH = frozenset(_SPEECH_WORDS.split())
_HARMLESS = re.compile(r"\bnot included\b")
_WORDS = re.compile(r"(?<!\w)[^\W\d_]+(?:'[^\W\d_]+)?(?!\w)")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3}[.!?])\s+(?=[A-Z])")
_AMOUNT = re.compile(r"(?:\b(?:for|from|at|now|only|just|about) ){0,2}\$ ?\d[\d.,]{0,14}", re.IGNORECASE)
_SPACES = re.compile(r" {2,}")
_DIGITS = re.compile(r"\d[\d.,]*")
_GROUPS = re.compile(r"\d+(?:[ .,'_-]\d+)+")
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMERALS = {word: float(number) for number, word in enumerate(_COUNTED.split())}


@dataclass(frozen=True)
class ProductName:
    """`asked`: what a chat model is asked about. `line`: what that was read from, with the amounts that were taken out."""

    asked: str
    line: str

    def tells(self, price: float) -> bool:
        """Whether the price stands in the line, as a number (with its digits in groups or not) or in words."""
        return any(abs(price - number) <= max(0.5, NEAR_ENOUGH * number) for number in _numbers(_folded(self.line)))


def name_of(text: str) -> ProductName | None:
    """The first line of a product's text, where that is long its first sentence, cut at a word; None where it is no plain name.

    `text` is as it came, not screened. Where the screen finds more in it than dollar amounts, which deals' titles have, it is none.
    """
    line = text.strip().split("\n", 1)[0].strip()
    if len(line) > LONGEST_NAME:
        line = _SENTENCE_END.split(line, maxsplit=1)[0]
    if len(line) > LONGEST_NAME:
        line = line[:LONGEST_NAME].rsplit(" ", 1)[0]
    asked = _SPACES.sub(" ", _AMOUNT.sub(" ", line)).strip() if "$" in line else line
    words = _WORDS.findall(_HARMLESS.sub(" ", _folded(asked)))
    is_plain = bool(words) and not _SPEECH.intersection(words) and screen(asked) == asked
    return ProductName(asked, line) if is_plain else None


def _numbers(name: str) -> set[float]:
    groups = [*_DIGITS.findall(name), *_GROUPS.findall(name)]
    told = {float(re.sub(r"\D", "", group)) for group in groups}
    told |= {float(plain) for group in groups if (plain := group.replace(",", "").strip(".")).replace(".", "", 1).isdigit()}
    return told | {_NUMERALS[word] for word in _WORDS.findall(name) if word in _NUMERALS}


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("’", "'"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
