"""What an offer must be, between a form, the services' form of it, and words. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.alerts.draft import Draft
from dashboard.alerts.schemas import Conditions, ListedFeed
from dashboard.html.formatting import money

FIELDS = tuple(Conditions.model_fields)
_WORDS = ("categories", "retailers", "include", "exclude")
_AMOUNTS = ("min_price", "max_price", "least_saving")


def conditions_in(draft: Draft) -> dict[str, Any]:
    """As the services take them, without what asks for nothing; what cannot be meant is noted in the draft."""
    asked: dict[str, Any] = {name: draft.words(name) for name in _WORDS}
    asked |= {"feeds": draft.all("feeds"), "conditions": draft.all("conditions"), "include_all": draft["include_all"] == "yes"}
    asked |= {name: draft.number(name) for name in _AMOUNTS}
    asked["least_percent"] = draft.number("least_percent", 100)
    chance = draft.number("least_chance", 99.9)
    asked["least_chance"] = None if chance is None else round(chance / 100, 6)
    asked["least_pricers"] = draft.whole("least_pricers", 10)
    low, high = asked["min_price"], asked["max_price"]
    if low is not None and high is not None and low > high:
        draft.refuse("min_price", f"It is above the highest price, {money(high)}.")
    if both := {each.casefold() for each in asked["include"]} & {each.casefold() for each in asked["exclude"]}:
        draft.refuse("exclude", f"“{min(both)}” is both wanted and unwanted.")
    return {name: value for name, value in asked.items() if value not in (None, [], False)}


def fields_of(asked: Conditions) -> dict[str, list[str]]:
    """As a form shows them. A comma within a phrase counts for nothing, and would part it here."""
    values = {name: [", ".join(each.replace(",", " ") for each in getattr(asked, name))] for name in _WORDS}
    values |= {name: list(getattr(asked, name)) for name in ("feeds", "conditions")}
    values |= {name: [_plain(getattr(asked, name))] for name in (*_AMOUNTS, "least_percent", "least_pricers")}
    values["least_chance"] = [_plain(None if asked.least_chance is None else round(asked.least_chance * 100, 4))]
    values["include_all"] = ["yes" if asked.include_all else ""]
    return values


def in_words(asked: Conditions) -> list[str]:
    """Each condition in a few words; every deal where there is none."""
    return list(_told(asked)) or ["every deal"]


def _told(asked: Conditions) -> Iterator[str]:
    if asked.include:
        yield f"says {_listed(asked.include, 'and' if asked.include_all else 'or')}"
    if asked.exclude:
        yield f"not {_listed(asked.exclude, 'or')}"
    for names, word in ((asked.retailers, "sold by"), (asked.categories, "in"), (asked.feeds, "from")):
        if names:
            yield f"{word} {_listed(names, 'or')}"
    if asked.conditions:
        yield _listed(asked.conditions, "or")
    yield from _price(asked.min_price, asked.max_price)
    if asked.least_saving or asked.least_percent:
        least = [money(asked.least_saving)] if asked.least_saving else []
        least += [f"{asked.least_percent:g} %"] if asked.least_percent else []
        yield f"saves at least {' and '.join(least)}"
    if asked.least_chance:
        yield f"at least {round(asked.least_chance * 100, 1):g} % sure"
    if asked.least_pricers:
        yield f"at least {asked.least_pricers} pricer{'' if asked.least_pricers == 1 else 's'}"


def _price(low: float | None, high: float | None) -> Iterator[str]:
    if low is not None and high is not None:
        yield f"{money(low)} to {money(high)}"
    elif high is not None:
        yield f"at most {money(high)}"
    elif low is not None:
        yield f"at least {money(low)}"


def _listed(names: Sequence[str], word: str) -> str:
    """The first few of them."""
    shown = [*names[:4], *([f"{len(names) - 4} more"] if len(names) > 4 else [])]
    return f" {word} ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def feed_choices(feeds: Sequence[ListedFeed], chosen: Sequence[str]) -> list[tuple[str, str]]:
    """(value, label) of every feed that can be ticked. One that is chosen by its id keeps that; one not listed can be chosen on."""
    by_id, titles = set(chosen), {each.casefold() for each in chosen}
    found: dict[str, str] = {}
    for each in feeds:
        label = each.title or each.url
        is_by_id = str(each.id) in by_id and label.casefold() not in titles
        value = str(each.id) if is_by_id else next((one for one in chosen if one.casefold() == label.casefold()), label)
        found.setdefault(value, label)
    return [*found.items(), *((each, f"{each} (not listed any more)") for each in chosen if each not in found)]
