"""A setting that cannot be used: what is said of it, by the variable's name, and never what was given."""

from collections.abc import Mapping
from typing import Any

from common.problem import plain

_WORDS = {  # of pydantic's errors by their kind; what has none keeps its own
    "int_parsing": "this is no whole number",
    "int_from_float": "this is no whole number",
    "int_parsing_size": "this number is too large",
    "float_parsing": "this is no number",
    "finite_number": "must be a finite number",
    "bool_parsing": "takes true or false",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be {le:g} or less",
    "literal_error": "takes {expected}",
    "enum": "takes {expected}",
    "dict_type": "this is no object of JSON",
    "string_pattern_mismatch": "this has not the form that docs/settings.md tells",
}


class UnusableSettingsError(ValueError):
    """Variables of the environment that cannot be used, with a sentence for each. Whoever starts a process ends it with these."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


def words_of(error: Mapping[str, Any]) -> str:
    """What is wrong, of one of pydantic's errors."""
    words = _WORDS.get(error["type"])
    return words.format_map(error.get("ctx", {})) if words else plain(str(error["msg"]))
