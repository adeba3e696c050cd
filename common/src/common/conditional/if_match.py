"""The header If-Match as routes take it, and their refusal where it names another."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from fastapi import Header

IfMatch: TypeAlias = Annotated[str | None, Header(max_length=500)]
CHANGED: Mapping[int | str, dict[str, Any]] = {412: {}}  # responses of a route that takes it
