"""Rules as a YAML file that a person reads and writes: a rule's own fields and those of its conditions side by side.

Every value is read as text, so that the words `no`, `65` and `2024-01-01` are words; what is a number or a switch its field tells.
What no hand-written file of rules has is refused before anything is made of it: anchors and aliases, tags, depths, bulk.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from common.alerts.conditions import Conditions
from common.errors import InvalidInputError
from scanner.rules.edits import MOST_RULES
from scanner.rules.rule import Mode, Rule, RuleBook
from scanner.rules.schemas import RuleRequest, facts_of

MOST_BYTES = 1_000_000
_DEPTH = 4  # the file, its rules, one of them, a list of words
_NOTHING = frozenset({"", "~", "null"})  # a condition that is named and asks for nothing
_LISTS = frozenset({"feeds", "categories", "retailers", "include", "exclude", "conditions", "channels"})
_OWN = frozenset(RuleRequest.model_fields) - {"when"}
_HEAD = "# Rules: which deals are pushed. All that a rule names must hold, and a rule that names nothing matches every deal.\n"
_MODE = TypeAdapter[Mode](Mode)


class _Texts(yaml.CBaseLoader):  # type: ignore[misc]  # PyYAML has no types
    """Reads every scalar as text; a key that comes twice in one mapping is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(problem="a name that is a list", problem_mark=key_node.start_mark)
            if key in found:
                raise yaml.constructor.ConstructorError(problem=f"{key[:40]} comes twice", problem_mark=key_node.start_mark)
            found[key] = self.construct_object(value_node, deep=True)
        return found


def written(book: RuleBook) -> str:
    """The rules as a file."""
    rules = [_flat(each) for each in book.rules]
    return _HEAD + str(yaml.safe_dump({"mode": book.mode, "rules": rules}, sort_keys=False, allow_unicode=True, width=120))


def read(body: bytes) -> tuple[list[Rule], Mode | None]:
    """The rules of a file, and the mode where it names one. InvalidInputError says which rule is wrong, where and why."""
    found = _parsed(body)
    if not isinstance(found, Mapping) or not isinstance(found.get("rules"), list):
        raise InvalidInputError("needs a list of rules under the name rules", "rules")
    if unknown := [name for name in found if name not in ("rules", "mode")]:
        raise InvalidInputError(f"{unknown[0][:60]}: is no field of a file of rules, which are mode and rules", unknown[0][:60])
    if len(found["rules"]) > MOST_RULES:
        raise InvalidInputError(f"holds {len(found['rules'])} rules, more than {MOST_RULES}", "rules")
    rules = [_rule(at, each) for at, each in enumerate(found["rules"])]
    _refuse_repeats(rules)
    return rules, _mode(found["mode"]) if "mode" in found else None


def _parsed(body: bytes) -> Any:
    if len(body) > MOST_BYTES:
        raise InvalidInputError(f"is longer than {MOST_BYTES:,} bytes")
    try:
        text = body.decode("utf-8-sig")
        for why, mark in _foreign(text):
            raise InvalidInputError(f"line {mark.line + 1}: {why}")
        return yaml.load(text, Loader=_Texts)  # noqa: S506 (it makes texts, lists and mappings alone)
    except UnicodeDecodeError as exc:
        raise InvalidInputError("is not UTF-8") from exc
    except yaml.MarkedYAMLError as exc:
        where = f"line {exc.problem_mark.line + 1}: " if exc.problem_mark else ""
        raise InvalidInputError(f"{where}{exc.problem or 'is not YAML'}") from exc
    except yaml.YAMLError as exc:
        raise InvalidInputError("is not YAML: it holds characters that YAML does not know") from exc


def _foreign(text: str) -> Iterator[tuple[str, Any]]:
    """What a file of rules does not have, with its place."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            yield "is nested deeper than rules are", event.start_mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            yield "anchors and aliases are not taken here", event.start_mark
        if getattr(event, "tag", None) is not None:
            yield "tags are not taken here", event.start_mark


def _rule(at: int, given: Any) -> Rule:
    if not isinstance(given, Mapping):
        raise InvalidInputError(f"rule {at + 1}: is no mapping of fields", f"rules.{at}")
    name = given.get("name")
    called = f'rule {at + 1} "{name[:80]}"' if isinstance(name, str) and name.isprintable() else f"rule {at + 1}"
    if unknown := [name for name in given if name not in _OWN | Conditions.model_fields.keys()]:
        raise InvalidInputError(f"{called}, {unknown[0][:60]}: is no field of a rule", f"rules.{at}.{unknown[0][:60]}")
    told = {name: _listed(name, value) for name, value in given.items()}
    own = {name: value for name, value in told.items() if name in _OWN}
    when = {name: value for name, value in told.items() if name not in _OWN and not _is_nothing(value)}
    try:
        return RuleRequest.model_validate(own | {"when": when}).rule
    except ValidationError as exc:
        first = exc.errors()[0]
        path = [str(part) for part in first["loc"] if part != "when"] or ["when"]
        field = ".".join(path)
        raise InvalidInputError(f"{called}, {field}: {first['msg']}", f"rules.{at}.{field}") from exc


def _listed(name: str, value: Any) -> Any:
    """A single word may stand where a list of them may."""
    if name in _LISTS and isinstance(value, str):
        return [] if _is_nothing(value) else [value]
    return value


def _is_nothing(value: Any) -> bool:
    return isinstance(value, str) and value.lower() in _NOTHING


def _refuse_repeats(rules: Sequence[Rule]) -> None:
    seen: dict[str, int] = {}
    for at, each in enumerate(rules):
        other = seen.setdefault(each.name.casefold(), at)
        if other != at:
            raise InvalidInputError(f'rule {at + 1} "{each.name}", name: rule {other + 1} has it too', f"rules.{at}.name")


def _mode(given: Any) -> Mode:
    try:
        return _MODE.validate_python(given)
    except ValidationError as exc:
        raise InvalidInputError(f"mode: {exc.errors()[0]['msg']}", "mode") from exc


def _flat(rule: Rule) -> dict[str, Any]:
    facts = facts_of(rule)
    told = {"priority": rule.priority != "normal", "channels": bool(rule.channels)}
    own = {name: facts[name] for name in ("name", "enabled", "priority", "channels") if told.get(name, True)}
    return {**own, **facts["when"]}
