"""A file of feeds as text, whatever encoding it is in. What stands in it, it does not know."""

import codecs
import re

from common.errors import InvalidInputError

_DECLARED = re.compile(r"""^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_HEAD = 300  # characters in which it is declared: looking for that takes a time that grows with their square
_OF_NAMES = ("idna", "punycode")  # take such a time for what is no host's name
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text_of(body: bytes) -> str:
    """Decoded by its mark, else as its first line says, else as UTF-8; without the words that name the encoding."""
    try:
        text = body.decode(_encoding_of(body))
    except (LookupError, UnicodeError) as exc:
        raise InvalidInputError(f"its encoding cannot be read: {exc}", "file") from exc
    return _DECLARED.sub(r"\1", text[:_HEAD], count=1) + text[_HEAD:]


def _encoding_of(body: bytes) -> str:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return encoding
    declared = _DECLARED.match(body[:_HEAD].decode("latin-1"))
    encoding = codecs.lookup(declared.group(2)).name if declared else "utf-8"
    if encoding in _OF_NAMES:
        raise LookupError(f"{encoding} is none of files")
    return encoding
