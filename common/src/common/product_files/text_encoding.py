"""Which encoding a text file is in, by its first bytes. Only what spreadsheets write: UTF-8, and UTF-16 with or without a mark."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(first: bytes) -> str:
    """For the first four bytes at least. Without a mark it is UTF-8, unless every other byte is 0, as of Latin letters."""
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding
    if len(first) >= 4 and first[0] and first[2] and not first[1] and not first[3]:
        return "utf-16-le"
    if len(first) >= 4 and first[1] and first[3] and not first[0] and not first[2]:
        return "utf-16-be"
    return "utf-8"
