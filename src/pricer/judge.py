"""`pricer judge`: what an offer is really worth, how likely it is a real saving, and on what evidence, as a table to read.

    pricer judge "Acme QX100 cordless drill, 20 V" --price 99 --list 199 --elsewhere 129
    pbpaste | pricer judge "Acme QX100 cordless drill for $99" --price 99 --text -

What other prices there are is told by options, or read from title and text by the scanner's rules, as in a scan.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from common.judging import MARGIN, MAX_REFERENCES, Reference, ReferenceKind, chance_words
from common.pricing import MAX_DESCRIPTION
from pricer.arguments import CONDITIONS, address, dollars, seconds
from pricer.price import client_of
from pricer.printing import money, plain
from pricing_client import Item, Judgement, Offer
from pricing_client import Reference as ToldReference

LONGEST_TEXT = 100_000  # characters of --text that are read
STATED: dict[str, tuple[ReferenceKind, str]] = {
    "elsewhere": ("next_best", "the lowest price of another shop"),
    "was": ("was", "what the shop asked before, as it says"),
    "regular": ("regular", "what the shop otherwise asks, as it says"),
    "list": ("list", "the maker's price, as the shop says"),
    "usual": ("history", "what it usually costs: an average, or an earlier price"),
    "lowest": ("all_time_low", "the lowest price seen before"),
    "new-price": ("new_price", "what it costs new, where the offer is not new"),
}


def add_arguments(parser: argparse.ArgumentParser, url: str) -> None:
    """Those of `pricer judge`."""
    add = parser.add_argument
    add("title", help="what is offered")
    add("--price", type=dollars, required=True, help="what is asked, in dollars")
    for name, (_, meaning) in STATED.items():
        add(f"--{name}", type=dollars, metavar="PRICE", help=meaning)
    add("--condition", choices=CONDITIONS, help="default: what title and text say, else new")
    add("--retailer", default="", help="the shop")
    add("--any-shop", action="store_true", help="it is the price of a shop that nobody published as a deal")
    add("--category", help="the product's category")
    add("--text", metavar="FILE", help="the offer's text, or - for standard input; other prices that it names are read from it")
    add("--margin", type=float, default=MARGIN, help="by which worth should exceed the price (default: %(default)s)")
    add("--url", type=address, default=url, help="an ensemble (default: %(default)s)")
    add("--timeout", type=seconds, default=60.0, help="seconds, with all tries (default: %(default)s)")


def judge(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    item, offer = read_offer(arguments, _text(arguments.text))
    with client_of(arguments.url, arguments.timeout) as client:
        found = client.judge(item, offer, margin=arguments.margin)
    if arguments.json:
        print(found.model_dump_json(indent=2))
        return 0
    print(f"{plain(arguments.title)}: asked {money(offer.price)}")
    for line in verdict_lines(found, offer.price):
        print(line)
    Console().print(evidence_table(found))
    return 0


@dataclass(frozen=True)
class OfferWords:
    """What an offer's words say: the product without its prices, its condition, and other prices."""

    title: str
    description: str
    condition: str
    references: list[Reference]


def read_words(title: str, text: str, price: float, condition: str | None, stated: Sequence[Reference]) -> OfferWords:
    """What title and text say of an offer at `price`, as a scan reads them; `stated` goes before what they say of the same kind."""
    from scanner.prices.conditions import condition_of
    from scanner.prices.product_text import product_description, product_title
    from scanner.references.offer import Offer as Words
    from scanner.references.rule_reader import read_by_rules

    is_said = condition or condition_of(title, text)
    kinds = {each.kind for each in stated}
    read = read_by_rules(Words(title, text, price, is_said))
    references = [*stated, *(each for each in read if each.kind not in kinds)][:MAX_REFERENCES]
    product = product_title(title)
    return OfferWords(product, product_description(text)[:MAX_DESCRIPTION] or product, is_said, references)


def read_offer(arguments: argparse.Namespace, text: str) -> tuple[Item, Offer]:
    """The product without its prices, and the offer with all that options, title and text say of other prices."""
    words = read_words(arguments.title, text, arguments.price, arguments.condition, _stated(arguments))
    item = Item(title=words.title, description=words.description, category=arguments.category)
    told = [ToldReference.model_validate(each.model_dump()) for each in words.references]
    published = False if arguments.any_shop else None
    offer = Offer(price=arguments.price, condition=words.condition, retailer=arguments.retailer, references=told)
    return item, offer.model_copy(update={"published": published})


def _stated(arguments: argparse.Namespace) -> list[Reference]:
    """Of the options. Their words say so: no editor wrote them."""
    from scanner.references.rule_reader import said_by

    given = [(name, kind, getattr(arguments, name.replace("-", "_"))) for name, (kind, _) in STATED.items()]
    return [
        Reference(kind=kind, price=price, said_by=said_by(kind), words=f"--{name} {price:g}")
        for name, kind, price in given
        if price
    ]


def _text(name: str | None) -> str:
    if name is None:
        return ""
    if name == "-":
        return sys.stdin.read(LONGEST_TEXT)
    with Path(name).open(encoding="utf-8", errors="replace") as file:
        return file.read(LONGEST_TEXT)


def verdict_lines(found: Judgement, price: float) -> Iterator[str]:
    """What a buyer should know, a line each."""
    yield f"  worth   {money(found.worth)}  (80 % interval {money(found.low)} to {money(found.high)}; {found.model})"
    yield f"  saving  {money(found.saving)} expected" if found.saving > 0 else "  saving  none to be expected"
    more = f"worth {found.margin * 100:g} % more than is asked"
    yield f"  chance  {chance_words(found.chance)} that it is {more}"
    yield f"  support {chance_words(found.support)} by what neither the price nor the seller says"
    if listed := found.list_price:
        yield f"  list    {money(listed.price)} is {listed.verdict}: {chance_words(listed.chance)} that people pay about that"
    if not found.known:
        yield "  nothing like this is known: the estimate is a guess from the words alone"
    if found.degraded:
        yield f"  without {', '.join(found.degraded)}"


def evidence_table(found: Judgement) -> Table:
    """Each piece of evidence: its share of the answer, what it says alone, and that in a sentence; the weightiest first."""
    table = Table("share", "worth", "evidence", box=box.SIMPLE_HEAD, header_style="")
    for column in table.columns[:2]:
        column.justify = "right"
    for piece in sorted(found.evidence, key=lambda each: -each.weight):
        table.add_row(f"{piece.weight * 100:.0f} %", money(piece.price), Text(plain(piece.words)))
    return table
