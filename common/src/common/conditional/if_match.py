"""The header If-Match as routes take it, and what they document: the tag that they answer with, and their refusal of another.

Each of the responses is for a decorator's `responses`.
"""

from typing import Annotated, Any, TypeAlias

from fastapi import Header

Responses: TypeAlias = dict[int | str, dict[str, Any]]

IfMatch: TypeAlias = Annotated[str | None, Header(max_length=500)]

_TAG: dict[str, Any] = {"ETag": {"description": "its `etag`, for If-Match", "schema": {"type": "string"}}}
READ: Responses = {200: {"headers": _TAG}}
MADE: Responses = {201: {"headers": _TAG}}
REMOVED: Responses = {412: {}}  # it was changed since it was read
CHANGED: Responses = READ | REMOVED
