"""Packed bodies: all their members, in all forms that servers send, and never more than is admitted."""

import gzip
import zlib

import pytest

from scanner.parsing.feed_entry import FeedError
from scanner.parsing.unpacking import MAX_BODY, Unpacker, unpack

TEXT = b"<rss>" + bytes(range(256)) * 400 + b"</rss>"
HALF = len(TEXT) // 2


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


FORMS = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "two members": ("gzip", gzip.compress(TEXT[:HALF]) + gzip.compress(TEXT[HALF:])),
    "padded members": ("gzip", gzip.compress(TEXT[:HALF]) + b"\0\0\0" + gzip.compress(TEXT[HALF:]) + b"\0" * 512),
    "an empty member": ("gzip", gzip.compress(b"") + gzip.compress(TEXT)),
    "something behind": ("gzip", gzip.compress(TEXT) + b"<!-- cached -->"),
    "zlib": ("deflate", zlib.compress(TEXT)),
    "raw": ("deflate", raw_deflate(TEXT)),
    "gzip by another name": ("deflate", gzip.compress(TEXT)),
    "zlib by another name": ("gzip", zlib.compress(TEXT)),
}


@pytest.mark.parametrize("size", [1, 7, 4096, 10**6])
@pytest.mark.parametrize("form", FORMS)
def test_a_body_is_unpacked_in_whatever_parts_it_comes(form: str, size: int) -> None:
    encoding, packed = FORMS[form]
    unpacker = Unpacker(encoding)
    for at in range(0, len(packed), size):
        unpacker.add(packed[at : at + size])
    assert unpacker.content() == TEXT


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (b"", "too early"),
        (b"\x1f", "too early"),
        (gzip.compress(TEXT)[:-4], "too early"),
        (gzip.compress(TEXT) + gzip.compress(TEXT)[:20], "too early"),
        (b"<rss/>", "damaged"),
        (gzip.compress(TEXT)[:50] + b"\0" * 50, "damaged"),
        (gzip.compress(b"\0" * (MAX_BODY + 1)), "larger"),
        (gzip.compress(b"\0" * MAX_BODY) + gzip.compress(b"\0"), "larger"),
        (gzip.compress(b"") * 1001, "1000 members"),
        (b"\x1f\x8b" + b"\0" * MAX_BODY, "larger"),
    ],
)
def test_what_is_cut_damaged_or_too_large_is_refused(packed: bytes, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        unpack(packed)
