"""The header If-Match as routes take it, the tag that they answer with, and what they document: that, and their refusal of another.

Each of the responses is for a decorator's `responses`.
"""

from typing import Annotated, Any, Protocol, TypeAlias, TypeVar

from fastapi import Header, Response

Responses: TypeAlias = dict[int | str, dict[str, Any]]

IfMatch: TypeAlias = Annotated[str | None, Header(max_length=500)]

_TAG: dict[str, Any] = {"ETag": {"description": "its `etag`, for If-Match", "schema": {"type": "string"}}}
READ: Responses = {200: {"headers": _TAG}}
MADE: Responses = {201: {"headers": _TAG}}
REMOVED: Responses = {412: {}}  # it was changed since it was read
CHANGED: Responses = READ | REMOVED


class _Tagged(Protocol):
    @property
    def etag(self) -> str: ...


T = TypeVar("T", bound=_Tagged)


def tagged(view: T, response: Response) -> T:
    """`view`, with its tag as the header ETag of `response`."""
    response.headers["ETag"] = view.etag
    return view
