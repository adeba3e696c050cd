"""Turns parsed arguments into the dataclass of a run, so that types are checked from the command downwards."""

import argparse
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


class Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Shows defaults, and keeps the lines of the description."""


def made_from(kind: type[T], found: argparse.Namespace, **others: object) -> T:
    """The dataclass `kind`, each field from the argument of its name; `others` are those that no argument gives as it is.

    Arguments without a field are somebody else's. AttributeError: a field without an argument, which is our mistake.
    """
    names = [each.name for each in fields(kind) if each.init and each.name not in others]
    return kind(**{name: getattr(found, name) for name in names}, **others)
