"""Unpacks gzip and deflate as they come, within a size: a small body can unpack to gigabytes."""

import zlib

from scanner.parsing.feed_entry import FeedError

MAX_BODY = 5 * 1024 * 1024  # bytes, as they come and unpacked
GZIP_MAGIC = b"\x1f\x8b"
_MAX_MEMBERS = 1_000  # of one gzip: what is written in blocks has one for each 64 KiB
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's wbits


class Unpacker:
    """A packed body. `encoding`: gzip, or deflate, by the RFC zlib's and raw from some servers. FeedError past `most` bytes."""

    def __init__(self, encoding: str, most: int = MAX_BODY) -> None:
        self._encoding, self._body, self._size, self._most = encoding, bytearray(), 0, most
        self._members: list[int] = []  # the kind of each that was begun; several one after the other are one body (RFC 1952, 2.2)
        self._current = zlib.decompressobj()
        self._waiting = b""  # what is too short to tell what it is

    def add(self, part: bytes) -> None:
        """Take the next bytes. FeedError where they are damaged."""
        self._size += len(part)
        if self._size > self._most:
            raise FeedError(f"larger than {self._most} bytes")
        try:
            self._unpack(self._waiting + part)
        except zlib.error as exc:
            raise FeedError(f"damaged {self._encoding}: {exc}") from exc

    def content(self) -> bytes:
        """What came. FeedError where the end is missing."""
        if not self._members or not self._current.eof:
            raise FeedError(f"{self._encoding} that ends too early")
        return bytes(self._body)

    def _unpack(self, part: bytes) -> None:
        self._waiting = b""
        while part:
            if not self._members or self._current.eof:
                part = part.lstrip(b"\0") if self._members else part  # members may be padded
                if len(part) < 2:
                    self._waiting = part
                    return
                if not self._begin(part):
                    return
            self._body += self._current.decompress(part, self._most - len(self._body) + 1)  # one more, by which it shows
            if len(self._body) > self._most:
                raise FeedError(f"larger than {self._most} bytes")
            part = self._current.unused_data

    def _begin(self, part: bytes) -> bool:
        """Begin with a member. What follows the last one and is none is dropped, as browsers do."""
        if self._members and not (part.startswith(GZIP_MAGIC) and self._members[0] == _GZIP):
            return False
        if len(self._members) == _MAX_MEMBERS:
            raise FeedError(f"{self._encoding} of more than {_MAX_MEMBERS} members")
        self._members.append(_kind(part, self._encoding))
        self._current = zlib.decompressobj(wbits=self._members[-1])
        return True


def unpack(body: bytes) -> bytes:
    """A whole gzip."""
    unpacker = Unpacker("gzip")
    unpacker.add(body)
    return unpacker.content()


def _kind(start: bytes, encoding: str) -> int:
    """What the first bytes say, as servers err in the name; of a raw deflate they say nothing."""
    if start.startswith(GZIP_MAGIC):
        return _GZIP
    is_zlib = start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0  # RFC 1950, 2.2
    if is_zlib:
        return _ZLIB
    return _RAW if encoding == "deflate" else _GZIP
