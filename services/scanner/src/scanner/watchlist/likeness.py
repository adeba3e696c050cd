"""Whether a title can name the thing that a wish means, by words and attributes alone, and how much of the wish it says.

Whatever both state must agree: 55 inches are not 65, a case for a telephone is no telephone, and another number, generation or tier
is another product. Knows no prices and no meaning: that stands beside it.
"""

from dataclasses import dataclass
from itertools import pairwise

from common.product_files.product_identity import is_component
from common.things.kinds import ACCESSORIES
from common.things.thing import MORE_TIERS, Thing
from common.things.vocabulary import ALSO, COLOURS, FAMILIES, OPPOSITES, TACIT
from scanner.watchlist.models import LEAST_SCREEN, PANELS, is_same_model, is_strict, is_telling
from scanner.watchlist.sizes import count_sizes, sizes_of, why_other_size

_LONG = 100  # a number that is no generation, but part of a name: 860 EVO
_AHEAD = 2  # words ahead of a console's name from which a title is of a game for it
_MAKERS = frozenset({"sony", "microsoft", "nintendo", "new", "refurbished", "used", "official", "tb", "gb"})
_HOSTS = frozenset({"laptop", "desktop", "tablet", "phone", "tv"})  # whose names may tell what they have
_COMPUTERS = frozenset({"laptop", "desktop"})
_TIERS_OF_CHIPS = frozenset({"ti", "super", "xt", "xtx"})
_CHIP = 4  # digits of its number
_CHIP_MAKERS = frozenset({"amd", "intel", "nvidia", "ati", "geforce", "radeon", "gtx", "rtx", "rx", "ryzen", "core"})
_HEARD = frozenset({"earbud", "headphone", "headset"})
_COMPONENTS = frozenset({"ssd", "hdd", "ram", "gpu", "cpu"})
_WITHIN = _COMPONENTS | {"webcam", "camera"}  # what a computer's title says that it has


@dataclass(frozen=True, slots=True)
class Comparison:
    """`why_other`: why it is not what is meant; None where it may be. Of the wish's words `missing` are nowhere in the title, and
    `elsewhere` only where it says with what or for whom the thing is. `is_kind_alone`: nothing is missing but the word for what it
    is. `share`: how much of the wish it says, words, numbers and sizes. `is_model`: a model number is shared that names a product.
    """

    why_other: str | None
    missing: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    is_kind_alone: bool = False
    is_measured: bool = False
    share: float = 0.0
    is_model: bool = False


def compare(wish: Thing, offer: Thing) -> Comparison:
    """How a title stands to a wish."""
    why = _other_model(wish, offer) or why_other_size(wish, offer) or _other_spec(wish, offer)
    why = why or _other_kind(wish, offer) or _other_tier(wish, offer) or _other_sort(wish, offer)
    return Comparison(why) if why else _words_of(wish, offer)


def _words_of(wish: Thing, offer: Thing) -> Comparison:
    """A line's name says what it is: of an iPad nobody says that it is a tablet."""
    asked, said = wish.words - COLOURS, offer.words
    if wish.is_made_for:
        asked, said = asked | wish.behind, said | offer.behind
    also = frozenset().union(*(ALSO.get(word, frozenset()) for word in said | offer.behind))
    lacking = asked - said - _implied(said) - also - offer.glued
    if asked & said - TACIT:
        lacking -= TACIT
    missing = (lacking - offer.behind) | {each.partition(":")[2] for each in wish.specs - offer.specs}
    is_model = any(map(is_telling, wish.stated.models))
    spared = {wish.head} | (_spared_makers(wish) if is_model else set())
    others = len(wish.stated.models) + len(wish.specs & offer.specs) + count_sizes(wish.stated, offer.stated)
    share = (len(asked - lacking) + others) / max(len(asked) + others, 1)
    return Comparison(None, missing, lacking & offer.behind, missing <= spared, others > 0, share, is_model)


def _spared_makers(wish: Thing) -> set[str]:
    """Whom a title need not name where it has the model number: of a chip that is who makes it, not who sells a card with it."""
    brand, chips = wish.stated.brand or "", {"", "gpu", "cpu"}
    is_chip = wish.head in chips and any(
        is_component(each) or (each.isdigit() and len(each) <= _CHIP) for each in wish.stated.models
    )
    return set() if is_chip and brand not in _CHIP_MAKERS else {brand}


def _other_sort(wish: Thing, offer: Thing) -> str | None:
    """Another colour, for others, with a cord where none is wanted, or a laptop that runs no programs of Windows."""
    said = offer.words | offer.behind
    colours = wish.words & COLOURS
    if colours and said & COLOURS and not colours & said and "color" not in said:
        return f"it is {min(said & COLOURS)}"
    if "laptop" in wish.kinds and "chromebook" in offer.words and "chromebook" not in wish.words:
        return "it is a chromebook"
    for word in sorted(wish.words - offer.words):  # what says both is either
        if other := OPPOSITES.get(word, frozenset()) & said:
            return f"it is {min(other)}"
    return None


def _implied(words: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(FAMILIES.get(word, frozenset()) for word in words))


def _other_model(wish: Thing, offer: Thing) -> str | None:
    asked, stated = wish.stated, offer.stated
    there = stated.models | (stated.fits if wish.is_accessory else frozenset())
    for model in sorted(asked.models | (asked.fits if wish.is_accessory else frozenset())):
        if not any(is_same_model(model, each) for each in there) and model not in offer.joined:
            return f"it is no {model}"
    if asked.year and stated.year and asked.year != stated.year:
        return f"it is of {stated.year}"
    if any(map(is_telling, asked.models)):
        return None
    numbers = stated.numbers | sizes_of(stated) | ({stated.year} if stated.year else set())
    numbers |= offer.numbers if wish.is_accessory else {each for each in offer.numbers if each >= _LONG}
    missing = sorted((asked.numbers - numbers) | ((asked.numbers & wish.ordinals) - stated.numbers))
    return f"it does not say {missing[0]}" if missing else None


def _other_spec(wish: Thing, offer: Thing) -> str | None:
    for each in sorted(wish.specs):
        family = each.partition(":")[0]
        stated = {other for other in offer.specs if other.startswith(f"{family}:")}
        if stated and each not in stated:
            return f"it is {min(stated).partition(':')[2]}"
    return None


def _other_kind(wish: Thing, offer: Thing) -> str | None:
    head, kinds = offer.head, offer.kinds
    implied = _implied(wish.words)
    if wish.head in _COMPUTERS or implied & _HOSTS:
        kinds -= _WITHIN
        head = head if head in kinds else ""
    if wish.is_accessory:
        return None if wish.head in kinds else f"it is a {head or 'whole thing'}"
    if offer.is_for_another or "replacement" in offer.tokens:
        return "it is made for one"
    if head in ACCESSORIES and head not in wish.kinds:
        return f"it is a {head}"
    if wish.head and (why := _other_head(wish, head, kinds | _implied(offer.words) if kinds else kinds)):
        return why
    if not wish.head and implied and head and head not in implied:
        return f"it is a {head}"
    return _computer_around(wish, offer) or _game_for(wish, offer)


def _other_head(wish: Thing, head: str, kinds: frozenset[str]) -> str | None:
    if kinds & _HEARD and wish.head in _HEARD and any(map(is_telling, wish.stated.models)):
        return None  # by its number it is known, whatever it is called
    if "openear" in wish.words and kinds & _HEARD and wish.head in _HEARD:
        return None  # what leaves the ear open is called by all three names
    if (kinds and wish.head not in kinds) or (head in _HOSTS and head not in wish.kinds):
        return f"it is a {head or min(kinds)}"
    return "it is an earbud" if wish.head == "headphone" and "earbud" in kinds - wish.kinds else None


def _computer_around(wish: Thing, offer: Thing) -> str | None:
    """Why it is a computer, which names the components within, where one of these is wanted."""
    models = wish.stated.models
    is_chip = bool(models) and all(map(is_component, models)) and wish.head in ("", "gpu", "cpu")
    if not is_chip and wish.head not in _COMPONENTS:
        return None
    others = [each for each in offer.stated.models - models if is_component(each)]
    foreign = any(not any(is_same_model(model, each) for model in models) for each in others)
    if foreign or offer.kinds & (_COMPUTERS | {"tablet"}) or (is_chip and offer.kinds & {"ram", "ssd", "hdd"}):
        return "it is a whole computer"
    return None


def _game_for(wish: Thing, offer: Thing) -> str | None:
    """A title that comes to a console late is of a game for it: "Pikmin 3 Deluxe - Nintendo Switch"."""
    lines = {word for word in wish.words if "console" in FAMILIES.get(word, frozenset())}
    if not lines or "console" in offer.kinds:
        return None
    words = [token for part in offer.parts for token in part if token.isalpha() and token not in _MAKERS]
    first = next((at for at, token in enumerate(words) if token in lines), 0)
    return "it is a game for it" if first >= _AHEAD else None


def _other_tier(wish: Thing, offer: Thing) -> str | None:
    """The tier, or further number, that stands right behind what the wish names, where it names one product."""
    for each in sorted(wish.tiers - offer.words - (offer.behind if wish.is_accessory else frozenset())):
        return f"it does not say {each}"
    if not is_strict(wish):
        return None
    asked, named = wish.tokens, wish.tokens - wish.kinds
    is_chip = any(map(is_component, wish.stated.models))
    tiers = _TIERS_OF_CHIPS if is_chip else MORE_TIERS - PANELS
    numbers = {f"{each}" for each in offer.stated.numbers if each < LEAST_SCREEN} if wish.stated.models else set()
    for part in offer.parts:
        for before, token in pairwise(part):
            if token in asked or before not in named:
                continue
            if token in tiers:
                return f"it is the {token}"
            if token in numbers and before in wish.stated.models:
                return f"it is number {token}"
    return None
