"""Leaves part numbers out of a text: words of seven characters and more that mix letters and digits and say nothing to a person.

What a buyer reads stays, though it mixes them too: measures ("1000ml", "12-inch", "1920x1080", "120V/60Hz"), counts ("10-Pack"),
names with a version ("Bluetooth5.0") and a short list of product families ("RTX4090", "i7-9700K"). Bare numbers of seven digits
and more (bar codes) go as well. Knows nothing of rows; keys of details are dropped by training.data.rows.
"""

import re
from functools import lru_cache

SHORTEST = 7  # characters, without the punctuation around the word: shorter ones are mostly sizes and names
_EDGES = "()[]{}<>.,;:!?'\"*#&【】\u201c\u201d\u2018\u2019"
_UNITS = (
    "mm|cm|m|km|in|ins|inch|inches|ft|feet|foot|yd|yards?|ml|cl|l|ltr|liters?|litres?|oz|ozs|fl|lb|lbs|g|gr|gm|gms|gram|grams|kg|kgs|mg|qt|gal|cc|cu"
    "|v|vac|vdc|kv|w|kw|kwh|wh|watts?|a|ah|amps?|ma|mah|hz|khz|mhz|ghz|db|ohms?|kohm|uf|k|mp|dpi|ppi|cpi|fps|p|i|nm|lm|lux|nits?|f|c|psi|bar|cfm|gpm|gph|rpm"
    "|btus?|hp|mph|kmh|b|kb|mb|gb|tb|bit|bits|kbps|mbps|gbps|mbit|gbit|pc|pcs|pk|pack|ct|led|leds|x|s|sec|ms|min|h|hr|hrs|d|gsm|awg|t|wd|tpi|yr|yrs|mil|deg"
)
_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|(?:0|[1-9][0-9]{0,4}))(?:\.[0-9]+)*"
_WORD = r"(?:[A-Z]?[a-z]{3,}|[A-Z][a-z]+(?:[A-Z][a-z]+)+)"
_PLAIN = re.compile(
    rf"[^\W\d_]+|[0-9]{{1,6}}(?:[.,][0-9]+)*"  # letters or digits alone
    rf"|{_NUMBER}(?:[xX]{_NUMBER})*(?i:{_UNITS}|st|nd|rd|th)?(?:[xX]{_NUMBER}(?i:{_UNITS})?)*"  # measures
    rf"|[xX]{_NUMBER}(?i:{_UNITS})?"
    rf"|{_NUMBER}{_WORD}|{_WORD}[0-9]{{1,2}}(?:\.[0-9]+)*(?:{_WORD}|(?i:{_UNITS}|up))?"  # "1000base", "Windows10", "hand2mind"
)
_FAMILIES = re.compile(
    r"(?<![^\W_])(?i:(?:rtx|gtx|gt|rx|arc)[ -]?a?[0-9]{3,4}[ -]?(?:ti|xtx|xt|super|s)?|i[3579]-[0-9]{3,5}[a-z]{0,2}[0-9]?"
    r"|ryzen-?[3579]|(?:lp)?g?ddr[2-6][xl]?(?:-[0-9]{3,5})?|(?:iphone|ipad|ipod|galaxy|pixel|playstation|xbox|windows|android|ios|hdmi|usb|bluetooth|pcie)-?[0-9]{1,4}(?:\.[0-9])?[a-z]?"
    r"|mp[34]|h\.?26[45]|802\.11[a-z]{0,2}|cat[5-8][ae]?|wi-?fi-?[4-7]e?|lga-?[0-9]{4}|[cl]r-?[0-9]{4}|e(?:12|14|26|27)|ip[x0-9][0-9])(?![^\W_])"
)
# Capitals joined to digits by a hyphen, where the capitals are no unit: "TT-4000", "3239-AS".
_CODE = re.compile(rf"(?<![^\W_])(?:[A-Z]{{1,4}}-[0-9]{{2,}}|[0-9]{{2,}}-(?!(?i:{_UNITS})(?![^\W_]))[A-Z]{{1,4}})(?![^\W_])")
_RUNS = re.compile(r"(?:[^\W_]|(?<=[0-9])[.,](?=[0-9]))+")
_DIGIT, _LETTER = re.compile(r"[0-9]"), re.compile(r"[^\W\d_]")


@lru_cache(maxsize=1 << 16)
def is_part_number(word: str) -> bool:
    """Whether a word is a code of its maker or seller that says nothing to a person."""
    core = word.strip(_EDGES)
    if len(core) < SHORTEST or not _DIGIT.search(core):
        return False
    if not _LETTER.search(core):
        return core.isdigit()
    core = _FAMILIES.sub("", core)
    if _CODE.search(core):
        return True
    return not all(_PLAIN.fullmatch(run) for run in _RUNS.findall(core))


def scrub(text: str) -> str:
    """The text without part numbers. White space must be squeezed already."""
    return " ".join([w for w in text.split(" ") if len(w) < SHORTEST or w.isalpha() or not is_part_number(w)])
