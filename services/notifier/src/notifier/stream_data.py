"""What passes between the stream's adapter and those who use it: its entries, its dead letters, how far we are behind."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class StreamEntry:
    """An entry as it was read. `fields` is empty where it was trimmed or deleted while it was pending."""

    id: str
    fields: Mapping[bytes, bytes]


@dataclass(frozen=True)
class DeadLetter:
    """A buried entry: `entry` is its old id in the stream, `fields` what it held, byte for byte."""

    id: str
    reason: str
    entry: str
    fields: dict[bytes, bytes]


@dataclass(frozen=True)
class StreamLag:
    """`unread`: entries that no consumer has had; `pending`: had and not yet acknowledged."""

    unread: int
    pending: int
