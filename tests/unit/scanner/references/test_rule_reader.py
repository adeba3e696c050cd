"""References are read by rules: each kind from plain sentences, and nothing from what only looks like one."""

import time

import pytest

from common.judging import Reference
from scanner.references.offer import Offer
from scanner.references.rule_reader import read_by_rules, said_by

ASKED = 100.0


def read(text: str, title: str = "Acme Lamp", price: float = ASKED, condition: str = "new") -> tuple[Reference, ...]:
    return read_by_rules(Offer(title, text, price, condition))


def kinds_and_prices(text: str, condition: str = "new") -> list[tuple[str, float]]:
    return [(each.kind, each.price) for each in read(text, condition=condition)]


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("That is the lowest price we could find by $20.", 120.0),
        ("It's the best deal we found anywhere by at least $20.", 120.0),
        ("That's $25 less than you'd pay elsewhere.", 125.0),
        ("It is $25 cheaper than what you would pay at Target.", 125.0),
        ("That's about 25 bucks under what other stores charge.", 125.0),
        ("This one is $31.50 less than Walmart charges today.", 131.5),
        ("It costs $30 below Amazon's current price.", 130.0),
        ("You'd pay $40 more elsewhere.", 140.0),
        ("Most other sellers charge at least $15 more.", 115.0),
        ("Macy's asks $201 more.", 301.0),
        ("You'd pay over $140 at other shops.", 140.0),
        ("Most stores charge $149.99 for it.", 149.99),
        ("Best Buy charges $180.", 180.0),
        ("The next best price we saw today is $1,250.", 1250.0),
        ("It sells for $135 at Amazon.", 135.0),
        ("As a comparison, it is $139 at Costco.", 139.0),
        ("It also beats Amazon's current price of $129.", 129.0),
        ("The shop has it ($130 elsewhere).", 130.0),
        ("That's a $45 low.", 145.0),
        ("It is the current price low by $45.", 145.0),
        ("It's the low today by $45.", 145.0),
        ("You'd pay $140 or more elsewhere.", 140.0),
        ("You'd spend $140 elsewhere.", 140.0),
        ("We found it for $140 at Newegg.", 140.0),
        ("The next lowest price we found was $140.", 140.0),
        ("Price elsewhere: $140", 140.0),
        ("This is a $40 savings over buying direct.", 140.0),
        ("That is below Walmart's $139 current price.", 139.0),
    ],
)
def test_what_it_costs_elsewhere(text: str, price: float) -> None:
    assert kinds_and_prices(text) == [("next_best", price)]


@pytest.mark.parametrize(
    ("text", "kind", "price"),
    [
        ("It's $50 under the 30-day average.", "history", 150.0),
        ("Its 90-day average of $139.50 is far above.", "history", 139.5),
        ("That is $20 below its typical price.", "history", 120.0),
        ("The typical price is $129.", "history", 129.0),
        ("It is the lowest we have seen, by $10.", "history", 110.0),
        ("It's the best price we've seen for it by $10.", "history", 110.0),
        ("Quite a $17 drop since our mention in May.", "history", 117.0),
        ("This is $13 cheaper than last autumn's mention.", "history", 113.0),
        ("It was $130 last week.", "history", 130.0),
        ("It beats the previous all-time low of $109.", "all_time_low", 109.0),
        ("Before today, the lowest price was $104.", "all_time_low", 104.0),
        ("It is the lowest price ever by $7.", "all_time_low", 107.0),
        ("That's $7 off the lowest price we've seen.", "all_time_low", 107.0),
        ("It's the lowest price in three months by $7.", "history", 107.0),
        ("It undercuts its previous low by $7.", "all_time_low", 107.0),
        ("Just $9 more than the lowest we have ever seen.", "all_time_low", 91.0),
    ],
)
def test_what_it_cost_before(text: str, kind: str, price: float) -> None:
    assert kinds_and_prices(text) == [(kind, price)]


@pytest.mark.parametrize(
    ("text", "kind", "price"),
    [
        ("It's $60 off the regular price.", "regular", 160.0),
        ("Down to a new price from a regular price of $149.95.", "regular", 149.95),
        ("It drops from its $150 regular price.", "regular", 150.0),
        ("On sale now (reg. $159).", "regular", 159.0),
        ("It usually sells for $140.", "regular", 140.0),
        ("That's $80 off.", "regular", 180.0),
        ("Apply the code LAMP7 for a savings of $80.", "regular", 180.0),
        ("Save $35.25 on it today.", "regular", 135.25),
        ("The shop sells it for $100, a $40 savings.", "regular", 140.0),
        ("Regular price of $140.", "regular", 140.0),
        ("Regular price is $140.", "regular", 140.0),
        ("It is $140 in cart - $40 with the coupon LAMPS = $100.", "regular", 140.0),
        ("It's 20% off.", "regular", 125.0),
        ("That's half off.", "regular", 200.0),
        ("It is on sale for $125 - 20% off when you clip the coupon = $100.", "regular", 125.0),
        ("The shop has it for $119.99 - $19.99 w/ promo code LAMPS at checkout.", "regular", 119.99),
        ("Price: $140 - $40 rebate = $100.", "regular", 140.0),
        ("Down from $175.", "was", 175.0),
        ("It was $175.", "was", 175.0),
        ("Originally priced at $175, it is cheaper today.", "was", 175.0),
        ("Now $100 instead of $175.", "was", 175.0),
        ("Today it falls from $175 to $100.", "was", 175.0),
        ("It is a $30 price drop.", "was", 130.0),
        ("That's $40 off the list price.", "list", 140.0),
        ("Half off the list price.", "list", 200.0),
        ("It's 60% off MSRP.", "list", 250.0),
        ("It has an MSRP of $189.", "list", 189.0),
        ("It comes down from its $189 list price.", "list", 189.0),
        ("Compare at $210.", "list", 210.0),
        ("Save up to 60% ($210 value).", "list", 210.0),
    ],
)
def test_what_the_seller_says(text: str, kind: str, price: float) -> None:
    assert kinds_and_prices(text) == [(kind, price)]


@pytest.mark.parametrize(
    ("text", "kind", "price"),
    [
        ("That's $60 less than you'd pay for a new one.", "new_price", 160.0),
        ("It is $60 cheaper than buying new at Amazon.", "new_price", 160.0),
        ("Best Buy charges $190 for a brand-new one.", "new_price", 190.0),
        ("A new one costs $190.", "new_price", 190.0),
        ("Brand new, it sells for $190 at Costco.", "new_price", 190.0),
        ("That's $60 less than new.", "new_price", 160.0),
        ("It's $20 less than Amazon charges for a refurb.", "next_best", 120.0),
    ],
)
def test_a_refurbished_thing_against_a_new_one(text: str, kind: str, price: float) -> None:
    assert kinds_and_prices(text, "refurbished") == [(kind, price)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It costs $100 and ships free.",
        "Get $350 off.",
        "Clip the $20 coupon.",
        "Apply code LAMP for $20 off.",
        "It's $20 off with code LAMP20.",
        "Take an extra $20 off.",
        "Some can save an extra $45 if they sign up.",
        "Save up to $80.",
        "Shipping adds $150.",
        "Shipping is free on orders of $135 or more.",
        "Spend $135 for free shipping.",
        "It comes with a $150 gift card.",
        "You get a $120 Kohl's credit.",
        "There is a $120 mail-in rebate.",
        "A free case worth $120 is included.",
        "Or pay $110 a month.",
        "That is $110/mo for a year.",
        "It is down from $150 to $180.",  # a range
        "It was $150-$180.",
        "It sells for $150 to $180 at Amazon.",
        "Similar models sell for $150 at Amazon.",
        "The 512GB model is $150 at Amazon.",
        "That's $20 less than the smaller model costs at Amazon.",
        "It is $35 less than the shade alone at Walmart.",
        "Other colors are $120 at Amazon.",
        "That's $21 less than Amazon charges for a refurb.",
        "It was C$175.",
        "It was CAD $175.",
        "It was $175 CAD.",
        "It was A$175, and AU$175 before.",
        "It was €175, or £150.",
        "It was $1 875.",
        "It was $2.5k.",
        "It was $90.",  # less than it is now
        "It was $99,000.",  # some other thing's
        "Save 20% on your order.",
        "It's 20% off sitewide.",
        "Get 5% cash back.",
        "It holds 50% more than the regular one.",
        "It's within $8 of its all-time low.",
        "It's $15 - $120 - 40% off with code LAMPS.",
        "Buy two and save $40.",
        "Also, the 2 TB one is yours for $150 (was $200).",
        "Beside it is a stool for only $40, down from $120.",
        "Save $40 when you buy two.",
        "Save 40% with Subscribe & Save.",
        "It's $40 less at Amazon.",  # whichever of them that means
        "The larger one is $150, down from $200.",
        "A free case, a $120 value, is included.",
        "It pairs with the $150 dock, sold separately.",
        "You'd pay $150 for the case alone.",
        "Members pay $90.",
        "Prices range from $120 to $180.",
    ],
)
def test_what_is_no_reference(text: str) -> None:
    assert read(text) == ()


def test_a_title_is_read_too() -> None:
    found = read("", title="Acme Lamp $100 ($130 - $30 MIR = $100)")
    assert [(each.kind, each.price) for each in found] == [("regular", 130.0)]


def test_several_references_come_in_the_order_of_the_text() -> None:
    text = "It's $60 under list price, $33 under Target, and $14 below our post from March."
    assert kinds_and_prices(text) == [("list", 160.0), ("next_best", 133.0), ("history", 114.0)]


def test_a_named_price_goes_before_the_saving_that_comes_to_it() -> None:
    assert kinds_and_prices("It's $50 off the regular price of $149.99.") == [("regular", 149.99)]
    assert kinds_and_prices("That's $50 off, down from $149.99.") == [("was", 149.99)]


def test_a_price_before_a_coupon_may_stand_between() -> None:
    assert kinds_and_prices("It is $115 for members (was $175), less with the coupon.") == [("was", 175.0)]


def test_what_is_added_to_an_asked_price_with_cents_is_exact() -> None:
    assert [each.price for each in read("It's $5.01 off the list price.", price=10.98)] == [15.99]


def test_the_words_stand_at_their_span() -> None:
    title, text = "Acme’s Lamp", "Nice light. You’d pay *$140* at other shops. Buy now"
    (found,) = read(text, title=title)
    assert found.start is not None
    assert f"{title}\n{text}"[found.start : found.end] == found.words
    assert found.words.startswith("You’d pay *$140")


def test_editors_compare_and_sellers_claim() -> None:
    assert [said_by(kind) for kind in ("next_best", "history", "all_time_low", "new_price")] == ["editor"] * 4
    assert [said_by(kind) for kind in ("regular", "was", "list")] == ["seller"] * 3


@pytest.mark.parametrize("price", [0.0, -5.0, float("nan"), float("inf")])
def test_without_an_asked_price_nothing_is_read(price: float) -> None:
    assert read("It was $175.", price=price) == ()


def test_in_another_currency_nothing_is_read() -> None:
    assert read_by_rules(Offer("Acme Lamp", "It was $175.", 100.0, currency="AUD")) == ()


def test_a_list_of_many_goods_is_read_only_so_far() -> None:
    assert len(read(" ".join(f"Lamp {number} was ${200 + 9 * number}." for number in range(300)))) <= 60


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "İ", "ſ", "\u200b", "٣", "🎉", "$", "%", "\u202f", "(((", "**"])
def test_odd_characters_do_no_harm(odd: str) -> None:
    text = f"{odd * 50} It was {odd}$175{odd}. {odd * 50}"
    assert all(each.price == 175.0 for each in read(text))


SEEDS = [
    "$1 ", "$1,", "$9 - ", "$$", "9", "a ", "((((", "50% off ", "half ", "\n$5 ", ". ", "İ", "is are ", "'s ", "w/ ",
    "lowest price we could find by ", "lowest seen ever by all-time low ", "you'd pay $5 more elsewhere ", "$20 less than what ",
    "was from its regular price of ", "$5 off the Big Big Big Big ", "Amazon Amazon ", "other stores charge ", "coupon code for ",
    "free gift worth $", "next best price from a ", "$3 lower (7% saved) than the ", "average price of about around ",
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_four_times_the_text_takes_at_most_five_times_as_long(seed: str) -> None:
    def seconds(length: int) -> float:
        offer, best = Offer("Acme Lamp", (seed * length)[:length], ASKED), float("inf")
        for _ in range(7):
            begin = time.process_time()
            read_by_rules(offer)
            best = min(best, time.process_time() - begin)
        return best

    assert seconds(10_000) <= 5 * seconds(2_500) + 0.002
