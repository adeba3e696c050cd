"""Whether a title can name the thing that a wish means, by words and attributes alone, and how much of the wish it says.

Whatever both state must agree: 55 inches are not 65, a case for a telephone is no telephone, and another number, generation or tier
is another product. Knows no prices and no meaning: that stands beside it.
"""

from dataclasses import dataclass

from common.product_files.product_identity import Identity, is_component, model_keys
from scanner.watchlist.thing import MORE_TIERS, Thing
from scanner.watchlist.vocabulary import ACCESSORIES, FAMILIES, TACIT

LEAST_SCREEN = 20  # inches: a bare number from here on may be a screen's
_INCH = 0.5  # by which two sizes of one thing may differ: shops call 16.2 inches 16
_SHARE = 0.02  # by which two measures of one thing may
SHORT = 3  # characters of a model number, and digits, below which it names nothing by itself
_SMALLEST, _LARGEST = 10, 130  # inches of the screens that mounts and cases are made for
_MEMORY = 64.0  # gigabytes up to which a capacity may be a computer's memory
_AHEAD = 2  # words ahead of a console's name from which a title is of a game for it
_MAKERS = frozenset({"sony", "microsoft", "nintendo", "new", "refurbished", "used", "official", "tb", "gb"})
_HOSTS = frozenset({"laptop", "desktop", "tablet", "phone", "tv"})  # whose names may tell what they have
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_COMPUTERS = frozenset({"laptop", "desktop"})
_TIERS_OF_CHIPS = frozenset({"ti", "super", "xt", "xtx"})
_COMPONENTS = frozenset({"ssd", "hdd", "ram", "gpu", "cpu"})
_PANELS = frozenset({"oled", "men", "women", "kid"})  # tiers that say what a thing is like, not which of a family it is


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
    share: float = 0.0
    is_model: bool = False


def compare(wish: Thing, offer: Thing) -> Comparison:
    """How a title stands to a wish."""
    why = _other_model(wish, offer) or _other_size(wish, offer) or _other_spec(wish, offer)
    why = why or _other_kind(wish, offer) or _other_tier(wish, offer)
    return Comparison(why) if why else _words_of(wish, offer)


def is_strict(wish: Thing) -> bool:
    """Whether it names one product, not a kind of things or a family."""
    numbers = {each for each in wish.stated.numbers if each < LEAST_SCREEN}
    return bool(wish.stated.models or numbers or (wish.tiers - _PANELS))


def _words_of(wish: Thing, offer: Thing) -> Comparison:
    """A line's name says what it is: of an iPad nobody says that it is a tablet."""
    asked, said = wish.words, offer.words
    if wish.is_accessory:
        asked, said = asked | wish.behind, said | offer.behind
    lacking = asked - said - _implied(said)
    if asked & said - TACIT:
        lacking -= TACIT
    missing = (lacking - offer.behind) | {each.partition(":")[2] for each in wish.specs - offer.specs}
    is_model = any(map(_is_telling, wish.stated.models))
    spared = {wish.head} | ({wish.stated.brand} if is_model else set())
    others = len(wish.stated.models) + len(wish.specs & offer.specs) + _count_sizes(wish.stated, offer.stated)
    share = (len(asked - lacking) + others) / max(len(asked) + others, 1)
    return Comparison(None, missing, lacking & offer.behind, missing <= spared, share, is_model)


def _count_sizes(asked: Identity, stated: Identity) -> int:
    """How many sizes and numbers of the wish the title states, too: what it states otherwise was sorted out before."""
    both = (asked.inches and stated.inches, asked.gigabytes and stated.gigabytes)
    return sum(map(bool, both)) + len(asked.numbers) + len(dict(asked.measures).keys() & dict(stated.measures).keys())


def _is_telling(model: str) -> bool:
    """Whether a model number names a product by itself: G502, but not X1."""
    return len(model) > SHORT and sum(map(str.isdigit, model)) >= SHORT


def _implied(words: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(FAMILIES.get(word, frozenset()) for word in words))


def _other_model(wish: Thing, offer: Thing) -> str | None:
    asked, stated = wish.stated, offer.stated
    there = stated.models | (stated.fits if wish.is_accessory else frozenset())
    for model in sorted(asked.models | (asked.fits if wish.is_accessory else frozenset())):
        if not any(_is_same_model(model, each) for each in there) and model not in offer.joined:
            return f"it is no {model}"
    if asked.year and stated.year and asked.year != stated.year:
        return f"it is of {stated.year}"
    if any(map(_is_telling, asked.models)):
        return None
    numbers = stated.numbers | _sizes(stated) | ({stated.year} if stated.year else set())
    numbers |= offer.numbers if wish.is_accessory else frozenset()
    missing = sorted((asked.numbers - numbers) | ((asked.numbers & wish.ordinals) - stated.numbers))
    return f"it does not say {missing[0]}" if missing else None


def _is_same_model(one: str, other: str) -> bool:
    if one == other:
        return True
    if set(model_keys(one)) & set(model_keys(other)):  # WH-1000XM5 is no WF-1000XM5, but G991U is SM-G991U
        letters = [each[: len(each) - len(each.lstrip(_LETTERS))] for each in (one, other)]
        return any(each.endswith(its) for each, its in (letters, letters[::-1]))
    shorter, longer = sorted((one, other), key=len)
    digits = sum(each.isdigit() for each in shorter)
    if len(shorter) >= 5 and digits >= SHORT and not is_component(shorter):
        suffix = longer[len(shorter) :]
        return longer.startswith(shorter) and len(suffix) <= 5 and suffix[0].isalpha()
    return len(one) >= SHORT and one[0].isalpha() and digits > 0 and other.endswith(one) and len(other) - len(one) >= SHORT


def _sizes(stated: Identity) -> set[int]:
    measured = (stated.inches, stated.pack, *(value for _, value in stated.measures), *stated.gigabytes)
    return {round(value) for value in measured if value}


def _other_size(wish: Thing, offer: Thing) -> str | None:
    asked, stated = wish.stated, offer.stated
    if asked.inches and wish.is_accessory:
        sizes = {each for each in offer.numbers if _SMALLEST <= each <= _LARGEST}
        return None if not sizes or min(sizes) <= asked.inches <= max(sizes) else f"it is for {min(sizes)} to {max(sizes)} inches"
    if not is_strict(wish) and (unsaid := _unsaid_size(asked, stated)):
        return unsaid
    if asked.inches and stated.inches and abs(asked.inches - stated.inches) > _INCH:
        return f"it is {stated.inches:g} inches"
    sorts = wish.head in ("laptop", "desktop")
    if asked.gigabytes and (other := _other_capacity(asked.gigabytes, stated.gigabytes, has_two_sorts=sorts)):
        return other
    measured = dict(stated.measures)
    for unit, value in asked.measures:
        if unit in measured and abs(measured[unit] - value) > _SHARE * value:
            return f"it is {measured[unit]:g} {unit}"
    if asked.pack and asked.pack != 1 and stated.pack and stated.pack != asked.pack:
        return f"it is a pack of {stated.pack}"
    return None


def _unsaid_size(asked: Identity, stated: Identity) -> str | None:
    """What is wanted by its size must say it. What is wanted by its name need not: its size may be taken for granted."""
    measured = dict(stated.measures)
    if asked.inches and not stated.inches:
        return f"it does not say {asked.inches:g} inches"
    if asked.gigabytes and not stated.gigabytes:
        return "it does not say how many GB"
    return next((f"it does not say how many {unit}" for unit, _ in asked.measures if unit not in measured), None)


def _other_capacity(asked: tuple[float, ...], stated: tuple[float, ...], *, has_two_sorts: bool) -> str | None:
    """Where a title states one capacity of a computer's two, the other is not denied."""
    for value in asked:
        same_sort = [each for each in stated if not has_two_sorts or (each <= _MEMORY) == (value <= _MEMORY)]
        if same_sort and value not in same_sort:
            return f"it has {max(same_sort):g} GB"
    return None


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
        kinds -= _COMPONENTS
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
    foreign = any(not any(_is_same_model(model, each) for model in models) for each in others)
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
    tiers = _TIERS_OF_CHIPS if is_chip else MORE_TIERS - _PANELS
    numbers = {f"{each}" for each in offer.stated.numbers if each < LEAST_SCREEN} if wish.stated.models else set()
    for part in offer.parts:
        for before, token in zip(part, part[1:], strict=False):
            if token in asked or before not in named:
                continue
            if token in tiers:
                return f"it is the {token}"
            if token in numbers and before in wish.stated.models:
                return f"it is number {token}"
    return None
