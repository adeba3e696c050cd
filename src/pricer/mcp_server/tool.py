"""What a tool is: a name, what it takes and gives, and what it does. Knows no protocol and no service."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from pricer.mcp_server.stranger_words import NOTICE


class Arguments(BaseModel):
    """What a tool takes. A misspelt argument is refused rather than left out of account."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)


class Answer(BaseModel):
    """What a tool gives. `summary` is made of figures and of our own words alone."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    notice: str = NOTICE
    """How to read this"""
    summary: str = ""
    """The answer in a sentence, without a stranger's words"""


@dataclass(frozen=True)
class Tool:
    """`writes`: it changes something here; the others may be called at will. `quotes`: its answers hold strangers' words."""

    name: str
    title: str
    description: str
    takes: type[BaseModel]
    gives: type[Answer]
    do: Callable[[Any], Awaitable[Answer]]
    writes: bool = False
    quotes: bool = True
