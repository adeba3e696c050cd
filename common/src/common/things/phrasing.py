"""Names in one way of writing: what has several, or two words, is put into one. Knows no things."""

import re

from common.product_files.product_identity import MAX_CHARS
from common.product_files.spelling import spelt

_PHRASES = tuple(  # what is written in two words, or in several ways
    (re.compile(pattern), written)
    for pattern, written in (
        (r"(?<=[a-z0-9])\+(?=[\s,)/-]|$)", " plus "),  # S22+, but neither "TV + mount" nor GPS+LTE
        (r"\b([a-z]{4,20}|pro|max|air|gen)(\d{1,2})\b", r"\1 \2"),  # Watch5, as product identity reads it
        (r"\b(\d{1,2})(?:st|nd|rd|th)\b", r"\1"),
        (r"\bfor replacement\b", "replacement"),
        (r"\bsound[ -]bar", "soundbar"),
        (r"\bdash[ -]?cam(?:era)?s?\b", "dashcam"),
        (r"\b(?:graphics?|video)[ -]cards?\b", "gpu"),
        (r"\bsolid[ -]state(?: (?:hard|internal|external))*[ -]drives?\b", "ssd"),
        (r"\bhard[ -](?:disk|disc|drive)s?(?: drives?)?\b", "hdd"),
        (r"\bin[ -]ear\b", "earbud"),
        (r"\bcoffee[ -](?:maker|machine|brewer)s?\b", "coffeemaker"),
        (r"\brobotics?\b", "robot"),
        (r"\b(?:e-?book|e-?)[ -]?readers?\b", "ereader"),
        (r"\bair[ -](?=fry|purif|condition|compress|mattress|pump|bed\b|duster|filter|freshen)", " "),
        (r"\bair(?=fry)", " "),
        (r"\bultra[ -](?:hd|wide|fast|light|slim|short|quiet|portable|thin|compact)\b", " "),
        (r"\bmini[ -]?led\b", "miniled"),
        (r"\btouch[ -]?screen\b", "touch"),
        (r"\b([gr]tx ?\d{3,4})(ti|super)\b", r"\1 \2"),
        (r"_", " "),
        (r"\b\d{2,4}-bit\b", " "),
        (r"\b(?:half|1/2|quarter|1/4)[ -]?zips?\b", "halfzip"),
        (r"\b(?:desktop|pc) (?=processor|memory|cpu|ram|hdd|external)", " "),
        (r"\bsmart ?watch(?:es)?\b", "smartwatch"),
        (r"(?<=gb) ?\(?\d ?x ?\d{1,3} ?gb\b\)?", " "),  # 32GB (2 x 16GB)
        (r"\bjig saw", "jigsaw"),
        (r"\bjump starter", "jumpstarter"),
        (r"\btrue[ -]wireless\b", "wireless earbud"),
        (r"\bwi-?fi ?(?=\d)", "wifi "),
        (r"\b(?:dual|tri|quad)[ -]?band\b", " "),
        (r"\b(?:alumini?um|titanium|steel|ceramic) case\b", " "),
        (r"\d{1,3} ?%\+? battery\b", " "),
        (r"\b\d{1,2}[ -]?(?:core )?[cg]pu\b", " "),
        (r"\bremote[ -]control(?:led)? (?=car|truck|toy|boat|buggy|monster|rc )", "rc "),
        (r"\bopen[ -]ear\b", "openear"),
        (r"\bcharging (?:station|stand|dock|pad)s?\b", "charger"),
        (r"\bhammer bit", "hammer drill bit"),
        (r"\bcopilot ?\+ ?pc\b", " "),
        (r"\b(?:tv|streaming) (?:stick|streamer|box|player)s?\b", "streamer"),
        (r"\bxbox (series|one) (x|s)(?: ?[|/] ?(s|x))?\b", r"xbox \1\2 \1\3"),
        (r"\bgames\b", " "),  # a maker's name; one game is a "game"
        (r"\b(?:power[ -]?bank|portable charger)s?\b", "powerbank"),
        (r"\bfor (?=(?:wo)?men|ladies\b|adults?\b)", " "),  # whom it is made for is said of itself
        (r"\b(e|fe|ef|rf|l|z|x|f|mft)[ -]mount\b", r"\1mount"),  # no thing to mount
    )
)
_KIT = re.compile(r"\(?\b([2-9]) ?x ?(\d{1,3}) ?gb?\b\)?")  # of memory: "(2 x 4GB)"
_OF_POWERBANK = re.compile(r"\b(?:portable |battery (?:pack)?|charger\b)")


def in_one_spelling(name: str) -> str:
    """The name in lower case and in one spelling."""
    text = name[:MAX_CHARS].lower().replace("’", "'")
    for pattern, written in _PHRASES:
        text = pattern.sub(written, text)
    if "ddr" in text:
        text = _KIT.sub(lambda found: f" {int(found[1]) * int(found[2])}gb ", text)
    return spelt(_OF_POWERBANK.sub(" ", text) if "powerbank" in text else text)
