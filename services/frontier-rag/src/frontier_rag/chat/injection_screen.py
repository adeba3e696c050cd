"""Takes out of a product's text what speaks to a model rather than of the product: orders, stated prices, markup, code, disguises.

A list of patterns cannot be complete: what it misses is bounded by price_bounds.py. Every pattern is bounded, so that a text of any
kind costs linear time. Knows no model and no store.
"""

import re
import unicodedata
from collections import Counter

LONGEST_CUT = 240  # characters that a match takes with it, up to the end of its sentence
FEWEST_WORDS = 3  # of a sentence that something was taken out of
MOST_SAID, SHORTEST_FLOOD = 3, 8  # times that a sentence may be said; characters of one that counts
LAST_LATIN = "\u024f"
# Categories of characters: format (zero width, direction, tags), control, private, unassigned, half a pair.
_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cn", "Cs"})
# Cyrillic and Greek letters that look Latin.
_LOOKALIKES = dict(zip(map(ord, "авеіјкмнорсѕтухԁԛԝһαβεικνορτυχγ"), "abeijkmhopcstyxdqwhabeiknoptuxy", strict=True))
_GAP = r"\W{1,3}(?:\w{1,15}\W{1,3}){0,5}?"
_CURRENCY = r"(?:usd|us dollars?|dollars?|bucks?|cents?|euros?|eur|gbp|dolar(?:es)?|dollari|yuan|rubl\w{0,3})"
_COUNT = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundred|thousand|single|zero)"
_NUMBER = rf"(?:[$€£¥₹]|\d|{_COUNT}\b|nothing\b|ein(?:en|em)?\b|un[oea]?\b|jeden\b)"
_OTHER_PRICE = r"preis|kostet|precio|cuesta|prix|coute|prezzo|costa|preco|custa|cena|fiyat|prijs|kosten"
_LINK = (
    r"(?:is|are|was|at|of|as|to|for|only|just|now|a|an|the|this|it|item|product|tag|reads?|says?|should|must|be|set|equals?|exactly"
    r"|about|around|today|usd|us|estimate|answer|value|will|has|been|from|under|shown|above|below)"
)
_ORDERS = (
    rf"\b(?:ignor|disregard|forget|overrid|overrul|supersed|discard)\w{{0,5}}{_GAP}"
    r"(?:above|previous|prior|preceding|earlier|before|instructions?|rules?|prompts?|everything|rest|neighbou?rs?|context|guidelines?|similar)\b",
    r"\b(?:ignorier\w*|vergiss|vergessen sie|ignora(?:r|re|te)?|ignorez|oublie[zr]?|olvid[ae]\w*|esquec[ae]\w*|zignoruj|negeer)\b",
    r"\b(?:system|assistant|developer)\W{0,3}(?:prompt|message|override|instruction|notice|update)s?\b",
    r"^\W{0,9}(?:system|assistant|developer|user|human)\W{0,3}:",
    r"\b(?:you are|dear|attention|hey|notes? (?:to|for)|if you are|as)\W{1,3}(?:an? |the |any )?(?:\w{1,12} )?"
    r"(?:ai|llms?|language models?|assistant|chat ?bot|chatgpt|gpt|estimator|appraiser|pricing \w{1,12}|model reading)\b",
    r"\b(?:new|real|true|final|actual|updated) (?:instructions?|task|answer|output)\b",
    r"\byour (?:(?:answer|reply|response|instructions?|estimate)\W{1,3}(?:is|are|must|should|will|has)|(?:only|new) task)\b",
    r"\b(?:answer|respond|reply) (?:with|exactly|only|just|simply)\b",
    r"\b(?:return|output|say|print|emit|write|give|state)\W{1,3}(?:exactly|only|just|simply|the (?:number|price|value|json))\W{1,3}"
    r"(?:\w{1,12}\W{1,3}){0,3}?[$\d{]",
    r"\b(?:answer|respond|reply|correct (?:price|answer|value))\W{1,3}(?:is |be |must |should ){0,3}[$\d]",
)
_PRICES = (
    rf"\b(?:price[ds]?|pricing|msrp|rrp)\W{{1,4}}(?:{_LINK}\W{{1,4}}){{0,6}}{_NUMBER}",
    rf"\b(?:costs?|worth|valued at|sells? (?:for|at)|retails? (?:for|at)|goes for|going for|yours for)"
    rf"\W{{1,3}}(?:is |only |just |about |exactly |a |less than |no more than |around ){{0,3}}{_NUMBER}",
    rf"\b(?:{_OTHER_PRICE})\b[^\n\d$€£¥₹]{{0,40}}?{_NUMBER}",
    r"[\"'](?:price|answer|value|similar|product|role|content)[\"'] ?:",
    r"\b(?:similar|neighbou?rs|products|prices?)\W{0,2}: ?[\[{]",
    r"\bset\W{1,3}(?:the |its )?price\b",
)
_MARKUP = (
    r"<\|[^|<>\n]{0,40}\|?>(?:system|user|assistant|tool)?",
    r"</?[a-z!][^<>\n]{0,200}>",
    r"\[/?(?:inst|sys|system|assistant|user|end|data|product)\b[^\]\n]{0,30}\]",
    r"```\w{0,10}",
    r"(?<![#=*-])[#=*-]{3,200} {0,3}(?:end|begin|start|system|assistant|user|instruction|response|answer|new)\b"
    r"[^\n#=*-]{0,40}[#=*-]{0,10}",
    r"\{[^{}]{0,400}(?:price|answer|value|similar|role|cost|content|instruction)s?[\"' ]{0,3}:[^{}]{0,400}\}",
)
_MONEY = (
    r"(?:us ?)?[$€£¥₹] ?\d[\d.,]{0,14}",
    rf"(?<![\w.])\d[\d.,]{{0,14}} ?-?{_CURRENCY}\b",
    rf"\b(?:an? |the )?{_COUNT}(?:[ -]{_COUNT})?(?: us)? {_CURRENCY}\b",
)
_CODES = (
    r"(?<!\w)(?:[0-9a-f]{2} ){11,}[0-9a-f]{2}\b|\b[0-9a-f]{28,}\b",
    r"(?:\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|&#x?[0-9a-f]{1,6};|%[0-9a-f]{2}){4,}",
    r"(?<!\w)(?:[a-z$][ ._*-]{1,2}){7,}[a-z$]?(?!\w)",
)
_BASE64 = re.compile(
    r"(?<![\w+/=])(?=[a-z+/]*[A-Z0-9])(?=[a-z0-9+/]*[A-Z])(?=[A-Za-z+/]*\d)(?=[A-Z0-9+/]*[a-z])[A-Za-z0-9+/]{20,}={0,2}"
)
SENTENCES = re.compile(r"((?<=[.!?;。！？।])\s+|\n+)")
_TO_THE_END = re.compile("|".join((*_ORDERS, *_PRICES)))
_TO_A_MODEL = re.compile("|".join((*_ORDERS, _MARKUP[0], _MARKUP[2])))
_ALONE = re.compile("|".join((*_MARKUP, *_MONEY, *_CODES)))
_BRACKETS = re.compile(r"[^\w\n]*[{}\[\]|<>][^\w\n]*")
_WORD = re.compile(r"\w{2,}")
_SPACES = re.compile(r"[ \t]{2,}")


class _Fold(dict[int, str]):
    """Lower case without accents, widths and lookalikes; one character for each, so that positions stay."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code))[:1].lower()
        folded = _LOOKALIKES.get(ord(plain), plain) if plain else " "
        self[code] = folded if len(folded) == 1 else chr(code)
        return self[code]


_FOLD = _Fold()


def screen(text: str) -> str:
    """The text without what speaks to a model; the same text where nothing of that is in it."""
    shown = _shown(text)
    parts = SENTENCES.split(shown)
    sentences = parts[::2]
    kept = _without_floods([screen_sentence(sentence, is_first=not at) for at, sentence in enumerate(sentences)])
    return shown if kept == sentences else _joined(kept, [*parts[1::2], ""])


def speaks_to_a_model(text: str) -> bool:
    """Whether orders or the markup of chat templates are in it, hidden or disguised; a price alone is none of them."""
    return any(_TO_A_MODEL.search(_folded(each)) for each in SENTENCES.split(_shown(text))[::2])


def _shown(text: str) -> str:
    """What a reader sees of it."""
    return text if text.isascii() and text.isprintable() else "".join(filter(is_visible, text))


def _without_floods(sentences: list[str]) -> list[str]:
    """Without sentences said again and again: a flood drowns the product in what an embedding and a word count see."""
    said = Counter(sentences)
    return ["" if said[sentence] > MOST_SAID and len(sentence) >= SHORTEST_FLOOD else sentence for sentence in sentences]


def _joined(sentences: list[str], gaps: list[str]) -> str:
    """The sentences that are left, with what stood behind them; a line break behind one that went stays."""
    pieces: list[str] = []
    for sentence, gap in zip(sentences, gaps, strict=True):
        if sentence:
            pieces += [sentence, gap]
        elif "\n" in gap and pieces and "\n" not in pieces[-1]:
            pieces[-1] = gap
    return "".join(pieces).strip()


def screen_sentence(sentence: str, *, is_first: bool = False) -> str:
    """One sentence without its orders, prices, markup, amounts and codes; empty where little is left or it is in another script.

    The first is the product's name: what is left of that stays, however short.
    """
    if not sentence.isascii() and _is_foreign(sentence):
        return ""
    cuts = cuts_of(sentence)
    if not cuts:
        return "" if _BRACKETS.fullmatch(sentence) else sentence
    left = _SPACES.sub(" ", _without(sentence, cuts)).strip()
    return left if is_first or len(_WORD.findall(left)) >= FEWEST_WORDS else ""


def cuts_of(sentence: str) -> list[tuple[int, int]]:
    """From where to where something of the kind stands in a sentence; these may overlap."""
    folded = _folded(sentence)
    alone = (*_ALONE.finditer(folded), *_BASE64.finditer(sentence))
    cuts = [(found.start(), found.end()) for found in alone]
    start = 0
    while found := _TO_THE_END.search(folded, start):
        start = min(len(folded), found.end() + LONGEST_CUT)
        cuts.append((found.start(), start))
    return cuts


def _without(sentence: str, cuts: list[tuple[int, int]]) -> str:
    pieces, end = [], 0
    for start, stop in sorted(cuts):
        pieces.append(sentence[end : max(start, end)])
        end = max(stop, end)
    return " ".join([*pieces, sentence[end:]])


def _folded(sentence: str) -> str:
    return sentence.lower() if sentence.isascii() else sentence.translate(_FOLD)


def is_visible(letter: str) -> bool:
    """Whether a reader sees a character, or it parts lines."""
    return letter in "\n\t" or unicodedata.category(letter) not in _HIDDEN


def _is_foreign(sentence: str) -> bool:
    """Whether most letters are of another script than Latin: US shops describe in English, with names at most in other scripts."""
    letters = [letter for letter in unicodedata.normalize("NFKC", sentence) if letter.isalpha()]
    return 2 * sum(letter > LAST_LATIN for letter in letters) > len(letters) > 3
