"""Turns parsed arguments into the dataclass of a run, so that types are checked from the command downwards."""

import argparse
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


class Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Shows defaults, lists as one would type them, and keeps the description's lines. What is unset or off needs no word."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        told, default = action.help or "", action.default
        if default is None or default is False or "(default:" in told:
            return told
        if isinstance(default, list | tuple):
            words = " ".join(map(str, default)).replace("%", "%%")
            return f"{told} (default: {words})" if words else told
        return super()._get_help_string(action)


def made_from(kind: type[T], found: argparse.Namespace, **others: object) -> T:
    """The dataclass `kind`, each field from the argument of its name; `others` are those that no argument gives as it is.

    Arguments without a field are somebody else's. AttributeError: a field without an argument, which is our mistake.
    """
    names = [each.name for each in fields(kind) if each.init and each.name not in others]
    return kind(**{name: getattr(found, name) for name in names}, **others)


def arguments_of(run: "DataclassInstance") -> dict[str, Any]:
    """The other way: a run's values, and those of the dataclasses in it, by the arguments' names; tuples as JSON's lists."""
    found: dict[str, Any] = {}
    for each in fields(run):
        value = getattr(run, each.name)
        if is_dataclass(value) and not isinstance(value, type):
            found |= arguments_of(value)
        else:
            found[each.name] = list(value) if isinstance(value, tuple) else value
    return found
