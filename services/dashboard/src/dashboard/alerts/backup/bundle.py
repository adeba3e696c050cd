"""The one file: what stands in it, how it is written and read, and what it says in words that compare. Knows no service.

Secrets of channels are not in it: the notifier gives them to nobody.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, ValidationError

from common.errors import InvalidInputError
from dashboard.alerts.differences import Facts

MOST_BYTES = 4 * 1024 * 1024
BOOK = "which rules count, and their order"
Things = list[dict[str, Any]]


class RulePart(BaseModel):
    """The rules in their order, each with all its conditions side by side, as in a file of rules."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["first", "all"] = "first"
    rules: Things


class Bundle(BaseModel):
    """All of it; a part that is missing is left alone."""

    model_config = ConfigDict(extra="forbid")

    what: Literal["alerts of the product pricing agent"] = "alerts of the product pricing agent"
    version: Literal[1] = 1
    made: str = ""
    feeds: Things | None = None
    channels: Things | None = None
    rules: RulePart | None = None
    watchlist: Things | None = None
    times: dict[str, Any] | None = None


NAMED_BY = {"feeds": "url", "channels": "name", "watchlist": "text"}


def written(bundle: Bundle) -> str:
    """The file's text."""
    return json.dumps(bundle.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=1) + "\n"


def read(text: str) -> Bundle:
    """InvalidInputError says why it is none."""
    if len(text) > MOST_BYTES:
        raise InvalidInputError(f"It is larger than {MOST_BYTES // 1024 // 1024} MB.")
    try:
        told = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        json.dumps(told, ensure_ascii=False).encode()  # half a character can be written in JSON, and nowhere else
        bundle = Bundle.model_validate(told)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        raise InvalidInputError(f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}") from exc
    except (ValueError, RecursionError) as exc:
        raise InvalidInputError(f"It is no backup: {str(exc)[:200] or 'not JSON'}") from exc
    for part, name in NAMED_BY.items():
        _refuse_nameless(getattr(bundle, part) or [], part, name)
    _refuse_nameless(bundle.rules.rules if bundle.rules else [], "rules", "name")
    return bundle


def facts_of(bundle: Bundle, part: str) -> dict[str, Facts]:
    """A part's things by what they are called."""
    if part == "times":
        return {"times": bundle.times or {}}
    if part == "rules":
        rules = bundle.rules or RulePart(rules=[])
        order = {BOOK: {"mode": rules.mode, "order": [each["name"] for each in rules.rules]}}
        return order | by_name(rules.rules, "name")
    return by_name(getattr(bundle, part) or [], NAMED_BY[part])


def by_name(things: Iterable[Mapping[str, Any]], name: str, folded: Callable[[str], str] = str) -> dict[str, Facts]:
    """Things by what they are called; the second of a name is told from the first. Empty fields ask for nothing.

    `folded`: by which two names are one.
    """
    found: dict[str, Facts] = {}
    for each in things:
        first = folded(str(each[name]))
        called, number = first, 2
        while called in found:
            called, number = f"{first} ({number})", number + 1
        found[called] = _telling(each, name)
    return found


def as_yaml(value: object) -> str:
    """JSON that is YAML as well: what YAML would not read as it stands is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in text)


def _telling(thing: Mapping[str, Any], name: str) -> Facts:
    return {key: value for key, value in _flat(thing) if key != name and value not in (None, [], {}, "")}


def _flat(thing: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """With the conditions of a channel's filter among the other fields, and lists as lists."""
    for key, value in thing.items():
        if key == "filter" and isinstance(value, Mapping):
            yield from ((name, each) for name, each in value.items() if each is not False)
        else:
            yield key, value


def _refuse_nameless(things: Things, part: str, name: str) -> None:
    for number, each in enumerate(things, 1):
        if not isinstance(each.get(name), str) or not each[name].strip():
            raise InvalidInputError(f"{part}, number {number}: it has no {name}")


def _finite(number: str) -> float:
    return float(number) if math.isfinite(float(number)) else _refuse(number)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant[:40]} is no value")
