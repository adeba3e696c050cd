"""An amount that depends on something is no price of the thing: a range, a count, a contract, a draw. The wordings are our own."""

import pytest

from scanner.prices.rule_extractor import extract
from scanner.prices.terms import is_over


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Acme Stool $24 to $36", "from"),
        ("Acme Stool £24 - £36", "from"),
        ("Acme Stool €24–€36", "from"),
        ("Acme Stool $24–36", "from"),
        ("Acme Stool $24 thru $36", "from"),
        ("Acme Stool $24~$36", "from"),
        ("Acme Stool between $24 and $36", "from"),
        ("Acme Stool from just $24", "from"),
        ("Acme Stools, prices start at $24", "from"),
        ("Acme Stools starting from $24", "from"),
        ("Acme Stool $24 and up", "from"),
        ("Acme Stool $24 onwards", "from"),
        ("Acme Stool, for as little as $24", "from"),
        ("Acme Stool, bidding starts at $24", "from"),
        ("Acme Soap, 4 for the price of 3: $24", "multi_buy"),
        ("Acme Soap 4 for 3, $24", "multi_buy"),
        ("Acme Soap 4-for-3 $24", "multi_buy"),
        ("Acme Soap two for one $24", "multi_buy"),
        ("Acme Soap buy 3 get 1 $24", "multi_buy"),
        ("Acme Soap $24, buy one, get one half off", "multi_buy"),
        ("Acme Soap $24 B3G1", "multi_buy"),
        ("Acme Soap $24 BOGO50", "multi_buy"),
        ("Acme Soap any 4 for $24", "multi_buy"),
        ("Acme Soap 4/$24", "multi_buy"),
        ("Acme Soap 4x $24", "multi_buy"),
        ("Acme Soap $24, second one for $4", "multi_buy"),
        ("Acme Soap $24, 2nd item 50% off", "multi_buy"),
        ("Acme Soap $24 when you buy 4", "other"),
        ("Acme Soap $24 (min 4)", "other"),
        ("Acme Soap $24, must buy 4", "other"),
        ("Acme Tablet $24/mo", "recurring"),
        ("Acme Tablet $24 p/m", "recurring"),
        ("Acme Tablet $24 every fortnight", "recurring"),
        ("Acme Tablet $24 x 24 months", "recurring"),
        ("Acme Tablet $24 for 24 months", "recurring"),
        ("Acme Tablet 24 months at $24", "recurring"),
        ("Acme Tablet, 4 interest-free payments of $24", "recurring"),
        ("Acme Tablet $24 x 4 payments", "recurring"),
        ("Acme Tablet, monthly price: $24", "recurring"),
        ("Acme Box $24 first month", "recurring"),
        ("Acme Tablet $24 down, rest later", "other"),
        ("Acme Tablet $24 deposit", "other"),
        ("Acme Tablet $24 due today", "other"),
        ("Acme Tablet $24 (activation required)", "other"),
        ("Acme Tablet $24 w/ activation", "other"),
        ("Acme Tablet $24 + $35 activation fee", "other"),
        ("Acme Tablet $24 on a 2-year contract", "other"),
        ("Acme Tablet $24 (36-month agreement)", "other"),
        ("Acme Tablet $24 with new line", "other"),
        ("Acme Tablet $24 when you switch", "other"),
        ("Acme Tablet $24 after 36 bill credits", "other"),
        ("Acme Tablet $24 with an unlimited plan", "other"),
        ("Acme Tablet $24 with eligible trade-in", "other"),
        ("Acme Tablet ($2,400 value) giveaway", "other"),
        ("Win this $2,400 Acme Tablet", "other"),
        ("Enter to win: Acme Tablet, $2,400", "other"),
        ("Acme Tablet $2,400 sweepstakes", "other"),
        ("Acme Tablet $2,400 prize draw", "other"),
        ("Acme Tablet (-$24)", "percent_or_amount_off"),
        ("Acme Phone $799 when you add a line", "other"),
        ("Acme Card - $249.99 (with purchase of an Acme Chip)", "free_with_purchase"),
        ("Acme Chip - $140 (in-store, w/ motherboard purchase)", "free_with_purchase"),
        ("Acme Mouse for $5 w/ purchase of any gaming PC", "free_with_purchase"),
    ],
)
def test_what_holds_only_on_terms_is_refused(title: str, kind: str) -> None:
    result = extract(title, "")
    assert (result.price, result.kind) == (None, kind)


@pytest.mark.parametrize(
    ("title", "price"),
    [
        ("Acme Soap 4-pack $24", 24.0),
        ("Set of 4 Acme Soaps for $24", 24.0),
        ("Acme Console Switch 2 for $240", 240.0),
        ("Acme Tablet $240, no contract", 240.0),
        ("Acme Tablet $240 (no activation required)", 240.0),
        ("Acme Tablet $240 without a contract", 240.0),
        ("Acme Tablet $240 w/o trade-in", 240.0),
        ("Acme Tablet $240 (contract-free)", 240.0),
        ("Acme Tablet $240 or 4 payments of $60", 240.0),
        ("Acme Tablet $240 + free game w/ purchase of it", 240.0),
        ("Acme Tablet $240, free 4 games w/purchase", 240.0),
        ("Acme Tablet $240 with purchase protection", 240.0),
        ("Acme Tablet $240 w/ free returns", 240.0),
        ("Acme Tablet $240 + Acme Pen w/ tablet purchase", 240.0),
        ("Acme Tablet $240 + free shipping w/ $35 purchase", 240.0),
        ("Acme Tablet $240 w/ code SAVE15 first purchase", 240.0),
        ("Acme Tablet $240 or $20/mo", 240.0),
        ("Acme Tablet $240 + $20 shipping fee", 240.0),
        ("Acme Tablet $240 before tax", 240.0),
        ("Acme Tablet drops from $300 to $240", 240.0),
        ("Acme Tablet ~~$300~~ $240", 240.0),
        ("Acme Tablet $240 down from $300", 240.0),
        ("Acme Voice Activation Lamp $24", 24.0),
        ("Acme Contract Bridge Set $24", 24.0),
        ("Acme Writer activation code $24", 24.0),
        ("Acme Win 11 Laptop $240", 240.0),
    ],
)
def test_what_only_resembles_such_terms_is_a_price(title: str, price: float) -> None:
    assert extract(title, "").price == price


@pytest.mark.parametrize("mark", ["[Expired]", "(EXPIRED)", "(dead)", "[Sold Out]", "{OOS}", "*expired*", "[Expired 8/7]"])
def test_a_title_may_say_that_the_deal_is_over(mark: str) -> None:
    assert is_over(f"{mark} Acme Tablet $24")
    assert is_over(f"Acme Tablet $24 {mark}")


@pytest.mark.parametrize("title", ["Expired: Acme Tablet $24", "Sold out - Acme Tablet $24", "OOS | Acme Tablet $24"])
def test_it_may_begin_with_that(title: str) -> None:
    assert is_over(title)


@pytest.mark.parametrize(
    "title",
    ["Acme Dead-Blow Hammer $24", "Dead Acme Island 2 $24", "Sold Out Tour Shirt $24", "Acme Tablet $24 (expires 8/7)"],
)
def test_of_what_is_named_so_or_ends_later_it_says_nothing(title: str) -> None:
    assert not is_over(title)


def test_an_acme_tablet_that_was_sold_out_elsewhere_is_not_over() -> None:
    assert not is_over("Acme Tablet $24 (sold out elsewhere)")
