"""`pricer rules list|dry-run`: which deals are pushed, and what a rule would have sent in the last days."""

import argparse
from typing import Any

from pricer.arguments import whole
from pricer.asking import add_address, ask, items_of, object_of
from pricer.commands import Commands
from pricer.printing import money, plain, print_json
from pricer.progress import waiting

_DRY_RUN_SECONDS = 120.0


def add_commands(commands: Commands, url: str) -> None:
    """Those below `pricer rules`."""
    add_address(commands.add("list", list_rules, "the rules in their order, also those that are off"), "scanner", url)
    parser = commands.add("dry-run", dry_run, "what a rule alone would have sent in the last days, had it been on")
    parser.add_argument("id", type=whole(1, 2**31 - 1), help="as `pricer rules list` tells it")
    parser.add_argument("--days", type=whole(1, 90), default=30, help="how far to look back (default: %(default)s)")
    add_address(parser, "scanner", url, _DRY_RUN_SECONDS)


def list_rules(arguments: argparse.Namespace) -> int:
    """Tell them; the exit code."""
    answer = object_of(ask("scanner", arguments, lambda client: client.get("/rules")))
    items = items_of(answer)
    if arguments.json:
        print_json(answer)
        return 0
    print("the first that matches counts" if answer.get("mode") == "first" else "all that match count")
    for each in items:
        state = "" if each.get("enabled", True) else "  (off)"
        where = ", ".join(each.get("channels") or ["all channels"])
        print(f"{each.get('id'):>4}  {plain(str(each.get('name')))}: {plain(_when(each))} -> {plain(where)}{state}")
    return 0


def dry_run(arguments: argparse.Namespace) -> int:
    """Try one on what is past; the exit code."""
    path = f"/rules/{arguments.id}/dry-run?days={arguments.days}"
    with waiting("trying the rule on past deals", quiet=arguments.json):
        found = object_of(ask("scanner", arguments, lambda client: client.post(path)))
    if arguments.json:
        print_json(found)
        return 0
    print(plain(str(found.get("sentence"))))
    for each in found.get("items") or []:
        digest = "  [in a digest]" if each.get("digest") else ""
        line = f"{str(each['when'])[:10]}  ${each['price']:>9,.2f}  saves {money(each['saving'])}  {plain(each['title'])}"
        print(f"  {line}  {plain(each['url'])}{digest}")
    for missed in found.get("missed") or []:
        print(f"  not sent: {missed['count']} because {plain(missed['reason'])}")
    return 0


def _when(rule: dict[str, Any]) -> str:
    asked = rule.get("when") or {}
    said = [f"{name.replace('_', ' ')} {_value(value)}" for name, value in asked.items() if value not in (None, [], {})]
    return ", ".join(said) or "every deal"


def _value(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)
