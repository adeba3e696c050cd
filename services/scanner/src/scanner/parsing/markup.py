"""Makes plain text of HTML, in a time that grows with its length alone, whatever is unclosed, nested or repeated in it.

What reads HTML into a tree does not: html.parser takes minutes for 40 kB of opening brackets, and HTML5's own rules make a parser
look through all open elements at each one that begins.
"""

import html
import re

from scanner.prices.legible_text import parted

MAX_MARKUP = 40_000  # characters
_HUGE_TAG = re.compile(r"<[^<>]{1000,}>")  # of a picture that is its own address: nothing to read, and longer than all the rest
_HIDDEN = re.compile(r"<(?:(!--)|(script|style|template|noscript|iframe|object)\b)", re.I)
_TAG = re.compile(r"""<(?=[a-zA-Z/!?])(?:(?>[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?)*+>|[^>]*+(?:>|\Z))""")
_CUT_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*\Z")
_SHOWN_TAG = re.compile(r"</?(?:a|b|br|div|em|font|h[1-6]|i|img|li|ol|p|span|strong|table|td|tr|u|ul)(?:\s[^<>]{0,500})?/?>", re.I)
_LONG_REFERENCE = re.compile(r"&#(?:[xX][0-9a-fA-F]{9,}|[0-9]{9,});?")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def plain_text(markup: str) -> str:
    """Text of a piece of HTML, in one line."""
    text = _HUGE_TAG.sub(" ", markup)
    if len(text) > MAX_MARKUP:
        text = _CUT_TAG.sub("", text[:MAX_MARKUP])
    text = _unescaped(_without_tags(text))
    if _SHOWN_TAG.search(text):  # escaped twice by whoever wrote the feed
        text = _unescaped(_without_tags(text))
    return _BLANK.sub(" ", parted(text)).strip()


def _unescaped(text: str) -> str:
    return html.unescape(_LONG_REFERENCE.sub("\ufffd", text))


def _without_tags(markup: str) -> str:
    """The text between the tags, with a blank for each.

    Behind the last ">" no tag can end, and before it each one does: so no search runs to the end and fails, again and again.
    """
    if "<" not in markup:
        return markup
    markup = _without_hidden(markup)
    end = markup.rfind(">") + 1
    return _TAG.sub(" ", markup[:end]) + markup[end:]


def _without_hidden(markup: str) -> str:
    """Without comments and what browsers do not show. One that does not end goes on to the end, as in browsers."""
    kept, at = [], 0
    while opening := _HIDDEN.search(markup, at):
        kept.append(markup[at : opening.start()])
        closing = "-->" if opening[1] else rf"</{opening[2]}[^<>]{{0,99}}>"
        found = re.compile(closing, re.I).search(markup, opening.end())
        if found is None:
            return " ".join(kept)
        at = found.end()
    return " ".join([*kept, markup[at:]])
