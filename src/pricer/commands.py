"""How a command is added to the command line: by its name, what it does and what it is for. Each takes --json."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

Do: TypeAlias = Callable[[argparse.Namespace], int]  # the exit code


class Commands:
    """Those of a parser, of which one must be given."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(self, name: str, do: Do, meaning: str) -> argparse.ArgumentParser:
        """Add one; its parser, for its other arguments."""
        parser = self._commands.add_parser(name, help=meaning, description=meaning)
        parser.add_argument("--json", action="store_true", help="print the answer as JSON, and nothing else")
        parser.set_defaults(do=do)
        return parser

    def group(self, name: str, meaning: str) -> "Commands":
        """Add `name`, below which there are commands."""
        return Commands(self._commands.add_parser(name, help=meaning, description=meaning))
