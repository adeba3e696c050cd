"""What a person asks of the list, as it stands in the page's address and as the scanner is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from dashboard.html.amounts import MOST, number

CONDITIONS = ("new", "refurbished", "open-box", "used")
SORTS = {
    "best": "Best first",
    "newest": "Newest first",
    "saving": "Greatest saving",
    "chance": "Surest",
    "price": "Lowest price",
}
STATES = {
    "listed": "To be had now",
    "pushed": "Pushed",
    "review": "Too good to be believed",
    "dismissed": "Dismissed",
    "over": "Over",
    "all": "All",
}
_MANY = ("feed", "condition")
_TEXTS = ("q", "category", "retailer")
_BOUNDS = {"min_saving": 1.0, "min_chance": 0.01, "max_price": 1.0}  # how many of the scanner's units one of the page's is
_LONGEST = 100


@dataclass(frozen=True)
class Filters:
    """As typed, but for what is no filter at all. min_chance in percent. `cursor`: where the page begins."""

    q: str = ""
    category: str = ""
    retailer: str = ""
    feed: tuple[str, ...] = ()
    condition: tuple[str, ...] = ()
    min_saving: str = ""
    min_chance: str = ""
    max_price: str = ""
    state: str = "listed"
    sort: str = "best"
    cursor: str = ""

    @property
    def bounds(self) -> dict[str, str]:
        """What is typed as a number."""
        return {"min_saving": self.min_saving, "min_chance": self.min_chance, "max_price": self.max_price}

    @property
    def narrows(self) -> int:
        """How many filters beside the words are set."""
        more = self.category, self.retailer, self.feed, self.condition, *self.bounds.values()
        return sum(map(bool, more))

    @property
    def is_plain(self) -> bool:
        """Whether this is the list as it comes."""
        return not self.query

    @property
    def query(self) -> str:
        """The page's address behind the question mark, without where it begins."""
        return self._encoded()

    def after(self, cursor: str) -> str:
        """The same, of the following page."""
        return replace(self, cursor=cursor)._encoded()

    @property
    def asked(self) -> list[tuple[str, str]]:
        """As the scanner is asked."""
        texts = [(name, value) for name in _TEXTS if (value := getattr(self, name)) and any(map(str.isalnum, value))]
        many = [(name, each) for name in _MANY for each in getattr(self, name)]
        bounds = [(name, f"{_number(value) * _BOUNDS[name]:.6g}") for name, value in self.bounds.items() if value]
        where = [("cursor", self.cursor)] if self.cursor else []
        return [*texts, *many, *bounds, ("state", self.state), ("sort", self.sort), *where]

    def _encoded(self) -> str:
        plain = Filters()
        single = (*_TEXTS, *_BOUNDS, "state", "sort", "cursor")
        pairs = [(name, getattr(self, name)) for name in single if getattr(self, name) != getattr(plain, name)]
        return urlencode([*pairs, *((name, each) for name in _MANY for each in getattr(self, name))])


def read_filters(pairs: Sequence[tuple[str, str]]) -> Filters:
    """Those of an address. What does not make sense there is left out: an address is typed, kept and shared."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value.strip()[:_LONGEST])
    single = {name: given[name][-1] for name in (*_TEXTS, *_BOUNDS) if name in given}
    numbers = {name: value for name, value in single.items() if name in _BOUNDS and not _is_number(value)}
    feeds = tuple(each for each in given.get("feed", []) if each.isdecimal() and len(each) < 10)[:20]
    conditions = tuple(each for each in CONDITIONS if each in given.get("condition", []))
    return Filters(
        **{name: "" if name in numbers else value for name, value in single.items()},
        feed=feeds,
        condition=conditions,
        state=_one_of(STATES, given.get("state"), "listed"),
        sort=_one_of(SORTS, given.get("sort"), "best"),
        cursor=next((value.strip()[:300] for name, value in reversed(pairs) if name == "cursor"), ""),
    )


def filters_of(query: str) -> Filters:
    """Those of an address behind the question mark."""
    return read_filters(parse_qsl(query, max_num_fields=100))


def filters_asked(query: str) -> Filters:
    """Those that the scanner is asked by, as its feeds name them."""
    pairs = parse_qsl(query, max_num_fields=100)
    return read_filters([(name, _as_typed(name, value)) for name, value in pairs])


def _as_typed(name: str, value: str) -> str:
    return f"{_number(value) / _BOUNDS[name]:.6g}" if name in _BOUNDS and _is_number(value) else value


def _one_of(known: Mapping[str, str], given: Sequence[str] | None, default: str) -> str:
    return given[-1] if given and given[-1] in known else default


def _is_number(text: str) -> bool:
    value = number(text)
    return value is not None and 0 <= value <= MOST


def _number(text: str) -> float:
    return number(text) or 0.0
