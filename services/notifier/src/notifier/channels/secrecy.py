"""Keeps what is secret out of what others say: pieces of an address in the words of whoever was spoken to. Pure."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from notifier.channels.channel import HIDDEN
from notifier.message import plain

_LENGTH = 300  # of words that are told
_OPTION_NAMES = re.compile(r"[?&][a-z_]+=")  # are nobody's secret; a header's, which begins with +, may be


def secrets_of(url: str) -> list[str]:
    """Pieces of the address that could be tokens, longest first: complaints quote some of them, decoded or not."""
    rest = _OPTION_NAMES.sub(lambda found: found.group()[0], url.partition("://")[2])
    pieces = {piece.strip("#!<>()") for text in (rest, unquote(rest)) for piece in re.split(r"[/:@?&=,+;\s]+", text)}
    return sorted(pieces - {""}, key=len, reverse=True)


def masked(text: str, secrets: Sequence[str]) -> str:
    """Without the secrets, as they are and as `plain` writes them; cut only then, so that none is left by half."""
    forms = {form for secret in secrets for form in (secret, plain(secret, len(secret) * 4))} - {""}
    for secret in sorted(forms, key=len, reverse=True):
        # A short piece is masked as a word of its own, or each letter of that kind would be.
        whole = rf"(?<!\w){re.escape(secret)}(?!\w)" if len(secret) < 5 else re.escape(secret)
        text = re.sub(whole, HIDDEN, text)
    return text[:_LENGTH]
