"""What commands print: money, strangers' words that a terminal does not obey, JSON for programs."""

import json
import sys
from typing import Any


def money(amount: float) -> str:
    """An amount in US dollars."""
    return f"${amount:,.2f}"


def plain(words: str) -> str:
    """Words of strangers without what a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in words)


def print_json(value: Any) -> None:
    """A whole answer, over several lines."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_json_line(value: Any) -> None:
    """One of many, at once: who reads it may be waiting."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def remark(text: str) -> None:
    """Something for the person at the terminal, beside what the command is asked for."""
    print(text, file=sys.stderr)
