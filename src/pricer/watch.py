"""`pricer watch add|preview|list|show|remove`: wanted things in words with a target price, on the scanner's watchlist.

pricer watch preview "65 inch OLED TV under 1200"
pricer watch add "Sony WH-1000XM5 headphones" --target 220 --condition new --condition refurbished
pricer watch remove 3
"""

import argparse
from typing import Any

from common.client import ServiceClient
from common.deals import PRIORITIES
from pricer.arguments import CONDITIONS, dollars, share, whole
from pricer.asking import add_address, ask, items_of, object_of
from pricer.commands import Commands
from pricer.printing import money, plain, print_json

_ID = whole(0, 2**31 - 1)
# Options that stand in the request as they are, by the names that they have there.
_FIELDS = {
    **{"target": "target_price", "brand": "brand", "model": "model", "inches": "inches", "gigabytes": "gigabytes"},
    **{"require": "required", "forbid": "forbidden", "condition": "conditions", "channel": "channels"},
    **{"priority": "priority", "least_similarity": "least_similarity"},
}


def add_commands(commands: Commands, url: str) -> None:
    """Those below `pricer watch`."""
    for name, do, meaning in (
        ("add", add, "watch a thing; says what was understood, and what of it is to be had now"),
        ("preview", preview, "the same without watching it"),
    ):
        parser = commands.add(name, do, meaning)
        _add_wish(parser)
        add_address(parser, "scanner", url)
    add_address(commands.add("list", list_watches, "what is watched"), "scanner", url)
    shown = commands.add("show", show, "one of them, with what of it is to be had now")
    shown.add_argument("id", type=_ID, help="as `pricer watch list` tells it")
    add_address(shown, "scanner", url)
    removed = commands.add("remove", remove, "watch it no longer")
    removed.add_argument("ids", type=_ID, nargs="+", metavar="ID", help="as `pricer watch list` tells it")
    add_address(removed, "scanner", url)


def _add_wish(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("text", help='the wanted thing in words: "65 inch OLED TV under 1200"')
    add("--target", type=dollars, metavar="DOLLARS", help="at which price, where the words do not say it")
    add("--require", action="append", metavar="WORD", help="that title or text must hold; may be repeated")
    add("--forbid", action="append", metavar="WORD", help="that they must not hold; may be repeated")
    add("--brand", help="in the place of what was understood; likewise:")
    add("--model", help="the model")
    add("--inches", type=float, help="its size")
    add("--gigabytes", type=float, help="its memory")
    add("--condition", action="append", choices=CONDITIONS, help="that will do; may be repeated")
    add("--channel", action="append", metavar="NAME", help="where to push it (default: all); may be repeated")
    add("--priority", choices=PRIORITIES, help="how loudly (default: high)")
    add("--least-similarity", type=share, metavar="SHARE", help="of meaning, beside what is asked in any case")


def wish_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """The body that the scanner takes."""
    given = {field: getattr(arguments, option) for option, field in _FIELDS.items()}
    return {"text": arguments.text, **{field: value for field, value in given.items() if value is not None}}


def add(arguments: argparse.Namespace) -> int:
    """Watch it; the exit code."""
    found = object_of(ask("scanner", arguments, lambda client: client.post("/watchlist", wish_of(arguments))))
    return _tell(found, arguments, f"watching {found.get('id')}")


def preview(arguments: argparse.Namespace) -> int:
    """Say what watching it would come to; the exit code."""
    found = object_of(ask("scanner", arguments, lambda client: client.post("/watchlist/preview", wish_of(arguments))))
    return _tell(found, arguments, "would watch")


def show(arguments: argparse.Namespace) -> int:
    """Tell of one; the exit code."""
    found = object_of(ask("scanner", arguments, lambda client: client.get(f"/watchlist/{arguments.id}")))
    return _tell(found, arguments, f"watching {arguments.id}")


def list_watches(arguments: argparse.Namespace) -> int:
    """Tell of all; the exit code."""
    answer = ask("scanner", arguments, lambda client: client.get("/watchlist"))
    items = items_of(answer)
    if arguments.json:
        print_json(answer)
        return 0
    for each in items:
        state = "" if each.get("enabled", True) else "  (off)"
        print(f"{each.get('id'):>4}  {plain(_summary(each))}  found so far: {each.get('matched', 0)}{state}")
    if not items:
        print('nothing is watched yet: pricer watch add "65 inch OLED TV under 1200"')
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Watch them no longer; the exit code."""

    async def removed(client: ServiceClient) -> None:
        for each in arguments.ids:
            await client.get(f"/watchlist/{each}")  # all or none: an id that is none is said first
        for each in arguments.ids:
            await client.delete(f"/watchlist/{each}")

    ask("scanner", arguments, removed)
    if arguments.json:
        print_json({"removed": arguments.ids})
    else:
        print(f"watched no longer: {', '.join(map(str, arguments.ids))}")
    return 0


def _tell(found: dict[str, Any], arguments: argparse.Namespace, what: str) -> int:
    if arguments.json:
        print_json(found)
        return 0
    print(f"{what}: {plain(_summary(found))}")
    for offer in found.get("matches_now") or []:
        print(f"  now     ${offer['price']:>9,.2f}  {plain(offer['title'])}  {plain(offer['url'])}")
    if not found.get("matches_now"):
        print("  now     nothing that is known fits")
    if lowest := found.get("lowest_seen"):
        print(f"  lowest  {money(lowest['price'])} at {plain(lowest['seller'] or 'a shop')}, {str(lowest['seen'])[:10]}")
    if hint := found.get("hint"):
        print(f"  {plain(hint)}")
    return 0


def _summary(watch: dict[str, Any]) -> str:
    understood = watch.get("understood")
    return str(understood.get("summary") if isinstance(understood, dict) else watch.get("text"))
