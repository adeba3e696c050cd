"""Entity tags, and whether what is to be changed is one that was read. Knows no HTTP library."""

from hashlib import sha256

from common.errors import PreconditionFailedError


def entity_tag(*told: object) -> str:
    """A strong one of what is told, whose repr says all of it (RFC 9110, 8.8.3)."""
    return f'"{sha256(repr(told).encode()).hexdigest()[:16]}"'


def require_match(tag: str, if_match: str | None, what: str) -> None:
    """PreconditionFailedError where the header If-Match is there and does not name `tag`."""
    named = None if if_match is None else {each.strip() for each in if_match.split(",")}
    if named is not None and named.isdisjoint({"*", tag}):
        raise PreconditionFailedError(f"{what} was changed since it was read")
