"""The command `pricer`: run the system, price, judge, watch, list deals, scan, serve models, and see what is missing.

Exit codes: 0 done, 1 failed, 2 wrongly used, 130 stopped by Ctrl-C; settings that cannot be used: 78. With --json
standard output holds JSON and nothing else; what is for a person alone goes to standard error.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version

from common.environment.unusable import UnusableSettingsError
from common.http.listening import UNUSABLE_SETTINGS
from pricer import completion, deals, judge, models, offline, price, rules, watch
from pricer.asking import add_address
from pricer.commands import Commands
from pricer.doctor import doctor
from pricer.failures import FAILED, MISUSED, PricingFailedError, UsageError
from pricer.local.system import services
from pricer.mcp_server import command as mcp_command
from pricer.scan import scan


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line and do what it says; the exit code."""
    try:
        arguments = _parser().parse_args(argv)
        code = int(arguments.do(arguments))
        sys.stdout.flush()
    except UnusableSettingsError as exc:
        return _said(exc, UNUSABLE_SETTINGS)
    except UsageError as exc:
        return _said(exc, MISUSED)
    except BrokenPipeError:  # who read has enough: `pricer deals | head -3`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (PricingFailedError, OSError, ValueError) as exc:
        return _said(exc, FAILED)
    except KeyboardInterrupt:
        return 130
    return code


def _said(exc: Exception, code: int) -> int:
    print(f"pricer: {exc}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pricer", description="Product Pricing Agent")
    parser.add_argument("--version", action="version", version=version("product-pricing-agent"))
    commands = Commands(parser)
    commands.add("run", _run, "start every service as a local process, until Ctrl-C")
    price.add_arguments(commands.add("price", price.price, "say what a product should cost"), _url("ensemble"))
    judged = commands.add("judge", judge.judge, "say what an offer is really worth, and on what evidence")
    judge.add_arguments(judged, _url("ensemble"))
    listed = commands.add("deals", deals.deals, "deals below their worth, or all that was read; --follow shows new ones")
    deals.add_arguments(listed, _url("scanner"))
    watch.add_commands(commands.group("watch", "things that are wanted at a price"), _url("scanner"))
    rules.add_commands(commands.group("rules", "which deals are pushed"), _url("scanner"))
    models.add_commands(commands.group("models", "versions of the models: which are in use, taking another, going back"))
    add_address(commands.add("scan", scan, "scan the feeds now and wait for the result"), "scanner", _url("scanner"))
    served = commands.add(
        "mcp", mcp_command.serve, "let a model price, judge, find and watch: a server of the Model Context Protocol"
    )
    mcp_command.add_arguments(served, _url("ensemble"), _url("scanner"))
    offline.add_commands(commands)
    commands.add("doctor", doctor, "what is running, what is missing, what to do, and where data lies")
    done = partial(completion.completion, parser=_parser)
    completion.add_arguments(commands.add("completion", done, "print what makes a shell complete this command: bash, zsh or fish"))
    return parser


def _url(name: str) -> str:
    return next(service.url for service in services() if service.name == name)


def _run(arguments: argparse.Namespace) -> int:
    from pricer.local.run import run

    return run(for_program=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
