"""`pricer deals`: deals below their worth, or all that was read; with --follow each new one as it comes.

    pricer deals --search laptop --max-price 800 --min-chance 0.8
    pricer deals --seen --feed slickdeals --json
    pricer deals --follow

Deals below their worth are filtered by the scanner, but for a feed's name; what was merely read is filtered here.
"""

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from common.client import ServiceClient
from common.errors import PricingAgentError
from pricer.arguments import CONDITIONS, dollars, share, whole
from pricer.asking import add_address, ask, in_words, items_of
from pricer.failures import PricingFailedError, UsageError
from pricer.listing import Listed, has_words, of_opportunity, of_seen
from pricer.printing import print_json, print_json_line, remark
from pricer.progress import waiting

_PAGE = 200  # deals that are asked for at once
_STATES = ("listed", "pushed", "review", "dismissed", "over", "all")
_SORTS = ("best", "newest", "saving", "chance", "price")
_MOST_READ = 10_000  # deals that are looked through, however few of them fit
Filter = Callable[[Listed], bool]


def add_arguments(parser: argparse.ArgumentParser, url: str) -> None:
    """Those of `pricer deals`."""
    add = parser.add_argument
    add("--seen", action="store_true", help="all deals that were read, newest first, instead of those below their worth")
    add("--search", metavar="WORDS", help="words of title, shop and category, or their beginnings: all of them")
    add("--max-price", type=dollars, metavar="DOLLARS", help="asked at most, in US dollars")
    add("--min-saving", type=dollars, metavar="DOLLARS", help="expected at least")
    add("--min-chance", type=share, metavar="SHARE", help="that it is a real saving, at least: 0.8 or 80%%")
    add("--retailer", metavar="NAME", help="the shop")
    add("--category", metavar="NAME", help="words of the category")
    add("--feed", metavar="NAME", help="a part of the feed's name")
    add("--condition", choices=CONDITIONS, help="as the offer says")
    add("--rule", type=whole(1, 2**31 - 1), metavar="ID", help="those alone that this rule wants")
    add("--state", choices=_STATES, help="listed: to be had now and not dismissed (default); pushed and review are some of these")
    add("--sort", choices=_SORTS, help="best: saving times its chance (default)")
    most = "lines at most; before what comes, with --follow (default: %(default)s)"
    add("--limit", type=whole(1, _MOST_READ), default=20, help=most)
    add("--follow", action="store_true", help="go on, and print each new deal when it comes, until Ctrl-C")
    add("--every", type=float, default=15.0, metavar="SECONDS", help="with --follow: how often to look (default: %(default)s)")
    add_address(parser, "scanner", url)


def deals(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    if arguments.seen and (arguments.rule or arguments.state or arguments.sort):
        raise UsageError("--rule, --state and --sort are of deals below their worth: leave --seen out")
    if arguments.follow and arguments.sort:
        raise UsageError("with --follow the newest come last: leave --sort out")
    if arguments.follow:
        if not 1 <= arguments.every <= 86_400:
            raise UsageError("--every takes 1 to 86400 seconds")
        with contextlib.suppress(KeyboardInterrupt):  # that is how one ends it
            ask("scanner", arguments, lambda client: _follow(client, arguments))
        return 0
    with waiting("reading deals", quiet=arguments.json):
        found = ask("scanner", arguments, lambda client: _fitting(client, arguments))
    if arguments.json:
        print_json({"items": [each.raw for each in found]})
    elif found:
        print("\n".join(each.line for each in found))
    else:
        remark("no deal fits")
    return 0


async def _fitting(client: ServiceClient, arguments: argparse.Namespace) -> list[Listed]:
    fits, found = filter_of(arguments), list[Listed]()
    async for each in _listed(client, arguments):
        if fits(each):
            found.append(each)
        if len(found) == arguments.limit:
            break
    return found


async def _follow(client: ServiceClient, arguments: argparse.Namespace) -> None:
    """Print what is there, then what comes, also where a price has changed. An outage is waited out, once there was an answer."""
    there, fits, is_away = [each async for each in _listed(client, arguments)], filter_of(arguments), False
    known = {_state(each) for each in there}
    for each in reversed([each for each in there if fits(each)][: arguments.limit]):
        _show(each, arguments)
    while True:
        await asyncio.sleep(arguments.every)
        try:
            new = [each async for each in _listed(client, arguments) if _state(each) not in known]
        except (PricingAgentError, PricingFailedError) as exc:
            if not is_away:
                remark(f"pricer: {in_words(exc, arguments.url) if isinstance(exc, PricingAgentError) else exc}; asking on")
            is_away = True
            continue
        if is_away:
            remark("pricer: the scanner answers again")
        is_away = False
        known |= {_state(each) for each in new}
        for each in reversed(new):
            if fits(each):
                _show(each, arguments)


def _state(each: Listed) -> tuple[str, float | None, bool]:
    """What makes it news: another deal, another price, or that it is judged now."""
    return each.id, each.price, each.worth is not None


def _show(each: Listed, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json_line(each.raw)
    else:
        print(each.line, flush=True)


async def _listed(client: ServiceClient, arguments: argparse.Namespace) -> AsyncIterator[Listed]:
    """All that the scanner lists, page by page; who follows looks at the newest page alone."""
    path, read = ("/deals", of_seen) if arguments.seen else ("/opportunities", of_opportunity)
    asked = {"limit": str(_PAGE)} | ({} if arguments.seen else asked_of(arguments))
    for _ in range(1 if arguments.follow else _MOST_READ // _PAGE):
        answer: Any = await client.get(path, **asked)
        for item in items_of(answer):
            yield _read(read, item)
        if not answer.get("next"):
            return
        asked["cursor"] = answer["next"]


def asked_of(arguments: argparse.Namespace) -> dict[str, str]:
    """What the scanner filters and sorts by."""
    given = {"q": arguments.search, "sort": "newest" if arguments.follow else arguments.sort}
    same = ("max_price", "min_saving", "min_chance", "retailer", "category", "condition", "rule", "state")
    given |= {name: getattr(arguments, name) for name in same}
    return {name: str(value) for name, value in given.items() if value is not None}


def _read(read: Callable[[dict[str, Any]], Listed], item: dict[str, Any]) -> Listed:
    try:
        return read(item)
    except (KeyError, TypeError, AttributeError) as exc:
        raise PricingFailedError("something else than a deal came back; is the scanner of another version?") from exc


def filter_of(arguments: argparse.Namespace) -> Filter:
    """Whether a deal is one of those that are asked for, as far as the scanner has not seen to it."""
    feed = (arguments.feed or "").casefold()
    if not arguments.seen:
        return lambda each: feed in each.feed.casefold()
    named = {name: value.casefold() for name in ("retailer", "category") if (value := getattr(arguments, name))}
    bounds: list[Filter] = [
        lambda each: feed in each.feed.casefold(),
        lambda each: has_words(arguments.search or "", each.title, each.retailer, each.category),
        lambda each: all(value in getattr(each, name).casefold() for name, value in named.items()),
        lambda each: arguments.condition in (None, each.condition),
        lambda each: arguments.max_price is None or (each.currency == "USD" and _most(each.price, arguments.max_price)),
        lambda each: _least(each.saving, arguments.min_saving),
        lambda each: _least(each.chance, arguments.min_chance),
    ]
    return lambda each: all(bound(each) for bound in bounds)


def _least(value: float | None, bound: float | None) -> bool:
    return bound is None or (value is not None and value >= bound)


def _most(value: float | None, bound: float) -> bool:
    return value is not None and value <= bound
