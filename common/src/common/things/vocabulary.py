"""Words of wishes and titles: which of them mean the same, go without saying, or contradict each other. Knows no product."""

from collections.abc import Iterable

from common.things.kinds import KINDS


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What a well-known line of things is, of which titles seldom say so.
FAMILIES = {
    "iphone": frozenset({"phone"}),
    "ipad": frozenset({"tablet"}),
    "macbook": frozenset({"laptop"}),
    "chromebook": frozenset({"laptop"}),
    "smartwatch": frozenset({"watch"}),
    "imac": frozenset({"desktop"}),
    "thinkpad": frozenset({"laptop"}),
    "airpod": frozenset({"earbud", "headphone"}),
    "kindle": frozenset({"ereader", "tablet"}),
    "playstation": frozenset({"console"}),
    "xbox": frozenset({"console"}),
    "switch": frozenset({"console"}),
    "quest": frozenset({"headset"}),
    "halfzip": frozenset({"sweater"}),
    "roomba": frozenset({"vacuum", "mop"}),
}
# Words of a wish that a title may leave out, as it says the same otherwise or takes it for granted.
TACIT = _set(
    "bluetooth portable smart unlocked electric digital automatic home adult kid machine maker system set device tool "
    "radeon geforce brand gen class size model edition pair style serve single piece kit original official series version"
)
ALSO = {  # what a word says beside itself
    "earbud": frozenset({"wireless"}),
    "bluetooth": frozenset({"wireless"}),
    "cordless": frozenset({"wireless"}),
    "lightspeed": frozenset({"wireless"}),
    "airpod": frozenset({"wireless"}),
    "magsafe": frozenset({"wireless"}),
    "qi": frozenset({"wireless"}),
    "openear": frozenset({"wireless", "headphone", "earbud"}),
    **dict.fromkeys(("legion", "omen", "rog", "tuf", "alienware", "predator", "nitro", "victus"), frozenset({"gaming"})),
}
_YOUNG = frozenset({"kid", "boy", "girl", "toddler", "youth"})
OPPOSITES = {  # what a title says in the place of what a wish says
    "men": frozenset({"women", "lady"}) | _YOUNG,
    "women": frozenset({"men"}) | _YOUNG,
    **dict.fromkeys(("wireless", "bluetooth", "cordless"), frozenset({"wired", "corded"})),
    **dict.fromkeys(("wired", "corded"), frozenset({"wireless", "cordless"})),
}
COLOURS = _set(
    "black white silver gray blue red green gold pink purple yellow orange brown starlight midnight graphite teal beige "
    "navy charcoal ivory cream khaki burgundy maroon turquoise lavender lilac violet magenta cyan olive aqua"
)
_FILLER = _set(
    "a an and any at be by can could for from get good great i in it like looking me my need of on one only or some that the this "
    "to want wanted with would please preferably new least up under below over than most "
    "refurbished refurb renewed used box preowned "
    "inch inche gb tb qt quart oz ounce lb pound ft foot feet mm cm w v volt watt ah mah hz ghz ml liter litre gallon gal"
)
_SAME = {
    "people": "person",
    "grey": "gray",
    "generation": "gen",
    "mens": "men",
    "womens": "women",
    "ladie": "lady",
    "colour": "color",
    "pcs": "piece",
}


def one_form(word: str) -> str:
    """A word without its plural, and in the form that all who mean the same have; the kind's name where it names one."""
    if word in KINDS or word.removesuffix("s") in KINDS:
        return KINDS.get(word) or KINDS[word.removesuffix("s")]
    if len(word) > 4 and word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    word = _SAME.get(word, word)
    return KINDS.get(word, word)


def in_one_form(words: Iterable[str]) -> frozenset[str]:
    """All words that say something, each in one form."""
    formed = {one_form(word) for word in words if len(word) > 1}
    return frozenset(word for word in formed if word not in _FILLER and not word[0].isdigit())
