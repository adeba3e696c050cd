"""`pricer completion bash|zsh|fish`: what makes a shell complete this command on Tab.

eval "$(pricer completion bash)"              # in ~/.bashrc
eval "$(pricer completion zsh)"               # in ~/.zshrc, behind compinit
pricer completion fish | source               # in ~/.config/fish/config.fish

The script is made of the parser itself, so that it knows every command and option there is, and starts no Python on Tab.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from pricer.printing import print_json

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of `pricer completion`."""
    parser.add_argument("shell", choices=SHELLS, help="which one")


def completion(arguments: argparse.Namespace, parser: Callable[[], argparse.ArgumentParser]) -> int:
    """Print the script for the command that `parser` makes the parser of."""
    import shtab

    made = parser()
    _offer_files(made, shtab.FILE)
    script = shtab.complete(made, arguments.shell)
    if arguments.json:
        print_json({"shell": arguments.shell, "script": script})
    else:
        print(script)
    return 0


def _offer_files(parser: argparse.ArgumentParser, files: object) -> None:
    """Where an argument names a file, offer those that there are."""
    for action in parser._actions:  # argparse shows them nowhere else
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                _offer_files(inner, files)
        elif action.type is Path or action.metavar == "FILE":
            action.complete = files  # type: ignore[attr-defined]  # shtab's own name for it
