"""Licences as SPDX expressions: what a package's metadata says, and whether a list of allowed ones lets it be used."""

from collections.abc import Collection, Mapping
from email.message import Message
from typing import Any

from boolean.boolean import ParseError
from license_expression import ExpressionError, get_spdx_licensing

_SPDX = get_spdx_licensing()
_LONGEST = 80  # of a name; what is longer is a licence's whole text


def licence_of(metadata: Message, spellings: Mapping[str, str]) -> str | None:
    """The expression that the package gives itself, else what its older fields mean; None where nothing says it.

    Several classifiers are taken together, so that each must be allowed: they do not say whether one may choose.
    """
    stated = metadata.get("License-Expression")
    if stated:
        return str(stated)
    first = (metadata.get("License") or "").strip().partition("\n")[0].strip()
    if len(first) <= _LONGEST and (named := _named(first, spellings)):
        return named
    lines = (line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or [] if line.startswith("License :: "))
    return " AND ".join(sorted(filter(None, (_named(line, spellings) for line in lines)))) or None


def _named(text: str, spellings: Mapping[str, str]) -> str | None:
    """An SPDX name, an expression of such, or what a known spelling means."""
    if text in spellings:
        return spellings[text]
    try:
        return text if _SPDX.parse(text, validate=True) is not None else None
    except (ExpressionError, ParseError):
        return None


def is_one_name(expression: str) -> bool:
    """Whether it names one licence, without a choice, a sum or an exception."""
    return " " not in expression


def is_allowed(expression: str, allowed: Collection[str]) -> bool:
    """Whether one may use it with the allowed licences alone: any side of an OR, every side of an AND."""
    return _allows(_SPDX.parse(expression, validate=False), frozenset(allowed))


def _allows(node: Any, allowed: frozenset[str]) -> bool:
    if not node.args:  # a licence, or one WITH an exception
        return node.render() in allowed
    sides = [_allows(each, allowed) for each in node.args]
    return any(sides) if isinstance(node, _SPDX.OR) else all(sides)
