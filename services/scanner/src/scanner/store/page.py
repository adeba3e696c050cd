"""A page of a list that may grow while it is read: some items, and a cursor that tells where the next ones begin."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from common.errors import InvalidInputError


@dataclass(frozen=True)
class Page:
    """Some items, and the cursor of the following page; None at the end."""

    items: list[dict[str, Any]]
    next: str | None


def encode_cursor(*values: object) -> str:
    """What the last item of a page is sorted by."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> list[Any]:
    """The values in a cursor; InvalidInputError where it is none of ours."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError) as exc:
        raise InvalidInputError("not a cursor that this service gave", "cursor") from exc
    if not isinstance(values, list) or len(values) != len(types) or not all(map(isinstance, values, types)):
        raise InvalidInputError("not a cursor that this service gave", "cursor")
    return values
