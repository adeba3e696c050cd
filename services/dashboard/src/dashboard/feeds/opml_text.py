"""A file of feeds as text, whatever encoding it is in. What stands in it, it does not know."""

import codecs
import re

from common.errors import InvalidInputError

_DECLARED = re.compile(r"""^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text_of(body: bytes) -> str:
    """Decoded by its mark, else as its first line says, else as UTF-8; without the words that name the encoding."""
    try:
        text = body.decode(_encoding_of(body))
    except (LookupError, UnicodeError) as exc:
        raise InvalidInputError(f"its encoding cannot be read: {exc}", "file") from exc
    return _DECLARED.sub(r"\1", text, count=1)


def _encoding_of(body: bytes) -> str:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return encoding
    declared = _DECLARED.match(body[:300].decode("latin-1"))
    return declared.group(2) if declared else "utf-8"
