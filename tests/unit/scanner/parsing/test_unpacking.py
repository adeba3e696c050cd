"""Packed bodies: all their members, in all forms that servers send, and never more than is admitted."""

import gzip
import zlib
from functools import partial

import pytest

from scanner.parsing.feed_entry import FeedError
from scanner.parsing.unpacking import MAX_BODY, Unpacker, unpack

# Without the moment of packing, which stands in the names of tests: each process would collect others.
zipped = partial(gzip.compress, mtime=0)

TEXT = b"<rss>" + bytes(range(256)) * 400 + b"</rss>"
HALF = len(TEXT) // 2


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


FORMS = {
    "gzip": ("gzip", zipped(TEXT)),
    "two members": ("gzip", zipped(TEXT[:HALF]) + zipped(TEXT[HALF:])),
    "padded members": ("gzip", zipped(TEXT[:HALF]) + b"\0\0\0" + zipped(TEXT[HALF:]) + b"\0" * 512),
    "an empty member": ("gzip", zipped(b"") + zipped(TEXT)),
    "something behind": ("gzip", zipped(TEXT) + b"<!-- cached -->"),
    "zlib": ("deflate", zlib.compress(TEXT)),
    "raw": ("deflate", raw_deflate(TEXT)),
    "gzip by another name": ("deflate", zipped(TEXT)),
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
        (zipped(TEXT)[:-4], "too early"),
        (zipped(TEXT) + zipped(TEXT)[:20], "too early"),
        (b"<rss/>", "damaged"),
        (zipped(TEXT)[:50] + b"\0" * 50, "damaged"),
        (zipped(b"\0" * (MAX_BODY + 1)), "larger"),
        (zipped(b"\0" * MAX_BODY) + zipped(b"\0"), "larger"),
        (zipped(b"") * 1001, "1000 members"),
        (b"\x1f\x8b" + b"\0" * MAX_BODY, "larger"),
    ],
)
def test_what_is_cut_damaged_or_too_large_is_refused(packed: bytes, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        unpack(packed)
