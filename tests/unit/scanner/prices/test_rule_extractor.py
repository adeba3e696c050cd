"""The rule extractor reads the price of one thing, and refuses whatever is none. The wordings are our own."""

import pytest

from scanner.prices.rule_extractor import extract


@pytest.mark.parametrize(
    ("title", "price"),
    [
        ("Acme 27-inch Monitor for $139 + free shipping", 139.0),
        ("Acme 27-inch Monitor: $139.99", 139.99),
        ("Gaming Desktop i7 / 32GB RAM for $1,299 + $14.99 shipping", 1299.0),
        ("Gaming Desktop $1 875", 1875.0),
        ("Gaming Desktop $1 875 with code FAST", 1875.0),
        ("64GB stick $8 128GB card", 8.0),
        ("[SSD] Acme 1TB NVMe ($84.99 after $20 MIR)", 84.99),
        ("[SSD] Acme 1TB NVMe $104.99 ($124.99 - $20 with SPRING)", 104.99),
        ("[PSU] Acme 650W ($139.99 - $20 IR - $50 code = $69.99)", 69.99),
        ("[Case] Acme Mid Tower $100 - 20 MIR - $80 shipped", 80.0),
        ("Acme Drill $49 (was $99)", 49.0),
        ("Acme Drill $49 from $99", 49.0),
        ("Acme Drill (list $99) $49", 49.0),
        ("Acme Headphones 50% Off: Over-Ear Model $40 & More + Free S/H on $25+", 40.0),
        ("Acme TV, $899 + $55 Delivery @ The Shop", 899.0),
        ("Acme Keyboard $159.20 ($124.18 Plus members) Delivered @ Shop", 159.2),
        ("Save $50 on the Acme TV, now $449", 449.0),
        ("Acme Router + $50 Gift Card for $250", 250.0),
        ("Antivirus 5-Device 1-Year Subscription for $18", 18.0),
        ("Acme Console Bundle: Space Order $299 & More", 299.0),
        ("Acme AirPods 4 for $89", 89.0),
        ("6 pack of 10ft cables for $12.99 (down from $29.99)", 12.99),
        ("[Controller] Acme Gamepad - 34.99", 34.99),
        ("Acme SSD for 160$ with coupon", 160.0),
        ("Acme Phone 15 Pro Max $999", 999.0),
        ("Acme Pods Max $449 + Free Shipping", 449.0),
        ("Acme Quick-Dry Baseball Cap $7.95", 7.95),
        ("Acme Carry-On $89", 89.0),
        ("Acme Pull-Over $20", 20.0),
        ("Acme Clip On $12", 12.0),
        ("Acme 55-inch TV $399 Best Buy", 399.0),
        ("Acme 55-inch TV $399 best price ever", 399.0),
        ("Acme 55-inch TV $399 low stock", 399.0),
        ("Running Shoes $40 Under Armour", 40.0),
        ("Acme Weather Station $30 back in stock", 30.0),
        ("Acme Backpack $25 Back to School", 25.0),
        ("Acme Water Bottle $10 Limit 2", 10.0),
        ("Acme Projector $199 sale price", 199.0),
        ("Acme TV $228 shipping $15", 228.0),
        ("Acme TV $228 saves $72", 228.0),
    ],
)
def test_the_price_of_one_thing_is_read(title: str, price: float) -> None:
    result = extract(title, "")
    assert (result.price, result.kind) == (price, "priced")


@pytest.mark.parametrize(
    "between",
    ["->", "-->", "→", "➜", "=>", ">", "now", ", now just", "today", "on sale for", "to", "drops to", "marked down to", "cut to"],
)
def test_of_a_price_and_what_it_falls_to_the_latter_is_the_price(between: str) -> None:
    result = extract(f"Acme TV $300 {between} $228", "")
    assert (result.price, result.list_price, result.has_variants) == (228.0, 300.0, False)


@pytest.mark.parametrize("between", ["<-", "←", "from", "down from"])
def test_of_a_price_and_what_it_fell_from_the_former_is_the_price(between: str) -> None:
    result = extract(f"Acme TV $228 {between} $300", "")
    assert (result.price, result.list_price, result.has_variants) == (228.0, 300.0, False)


@pytest.mark.parametrize("title", ["Acme SSD 1TB $90, 2TB $150", "Acme GPU $279, $249 after rebate", "Acme SSDs $90 to $150"])
def test_what_is_no_fall_stays_several_prices_or_a_range(title: str) -> None:
    result = extract(title, "")
    assert result.price is None or result.has_variants


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("$60/$90 off Acme 4670k or 4770k processor", "percent_or_amount_off"),
        ("[CPU+MB]$80/$100 off Acme combos", "percent_or_amount_off"),
        ("Save $20/$30 on Acme Chip 5", "percent_or_amount_off"),
        ("Save $20 or $30 on Acme Chip 5", "percent_or_amount_off"),
        ("$5/$10 rebate on Acme Mouse", "percent_or_amount_off"),
        ("$5 or $10 off Acme SSD", "percent_or_amount_off"),
        ("$10, $20 or $30 off Acme Vacuum", "percent_or_amount_off"),
        ("$20 and $40 off Acme Headphones", "percent_or_amount_off"),
        ("15% off Acme: max $75", "percent_or_amount_off"),
        ("15% off Acme (Max $75)", "percent_or_amount_off"),
        ("10% off any $50 purchase at Acme", "percent_or_amount_off"),
        ("15% off Acme with a $50 limit per customer", "percent_or_amount_off"),
        ("Acme Laptop: $350 off", "percent_or_amount_off"),
        ("Acme Tools: Up to 60% off + extra 20% off", "percent_or_amount_off"),
        ("Take $50 off $200 at Acme", "percent_or_amount_off"),
        ("20% off any $50 purchase with code ACME", "percent_or_amount_off"),
        ("Save $40 at Acme this weekend", "percent_or_amount_off"),
        ("Acme Glasses: 2 pairs from $349", "from"),
        ("Acme Tools: From $5", "from"),
        ("Acme Laptops starting at $299", "from"),
        ("Acme Shoes as low as $30", "from"),
        ("Acme SSDs $40-$60", "from"),
        ("Acme Phone Plan for $21/Month", "recurring"),
        ("Acme Printer Plan for From $7.99 per month + free shipping", "recurring"),
        ("Hobby Magazine $4.50/yr", "recurring"),
        ("Acme T-Shirts: 2 for $20", "multi_buy"),
        ("Acme Air Freshener 2 for $3 & More", "multi_buy"),
        ("Acme Earbuds: Free w/ Acme phone preorders + free shipping", "free_with_purchase"),
        ("Acme Tees Buy 1 Get 1 Free + Free Shipping", "free"),
        ("Wrench set, SAE or Metric, $9.90 each + Free Store Pickup", "other"),
        ("Acme Flash Sale: Everything Under $1", "other"),
        ("All accessories $20 or less", "other"),
        ("Acme Outlet Deals: refurbs and open-box + free shipping", "roundup"),
        ("[META] Acme cancels $129 orders", "other"),
        ("Acme Phone $99 with trade-in", "other"),
        ("$20 for $40 worth of stuff at Acme", "other"),
        ("Redeem a Microphone With Purchase of 2 x Speakers $1650", "free_with_purchase"),
        ("Gaming Desktop $1 875 Ultra Edition", "other"),
        ("Acme Watch $2.5k", "other"),
        ("", "other"),
    ],
)
def test_what_is_no_price_of_one_thing_is_refused(title: str, kind: str) -> None:
    result = extract(title, "")
    assert (result.price, result.kind) == (None, kind)


def test_a_round_ups_example_in_the_text_is_not_its_price() -> None:
    assert extract("Acme Boot Deals: Up to 50% off", "We've pictured the Acme Trail Boot for $90 (low by $15).").price is None


def test_a_text_that_says_the_price_in_so_many_words_helps_a_title_without_one() -> None:
    assert extract("Acme Garden Hose Set", 'Apply code "HOSE" and it drops to $29.99.').price == 29.99
    assert extract("Acme Garden Hose Set", 'Apply code "HOSE" for a savings of $30.').price is None


def test_the_lower_of_two_prices_counts_and_is_marked() -> None:
    result = extract('Acme TV: 65" $520 or 55" $320 + Free Shipping', "")
    assert (result.price, result.has_variants) == (320.0, True)


@pytest.mark.parametrize(
    ("title", "text", "list_price"),
    [
        ("Acme Fryer $129 (Was $179)", "", 179.0),
        ("Acme Suitcase $134.50 (RRP $269)", "", 269.0),
        ("Acme Laptop for $875", "It is $375 off the regular price of $1,249.99.", 1249.99),
        ("Acme Monitor for $60", 'Apply code "X" for a savings of $60.', 120.0),
        ("Acme Office for $10", "Only today (reg. $29.99).", 29.99),
        ("Acme Tablet for $73", "A $4 drop from our mention earlier.", None),
    ],
)
def test_the_former_price_is_read_where_it_is_named(title: str, text: str, list_price: float | None) -> None:
    assert extract(title, text).list_price == list_price


@pytest.mark.parametrize(
    ("title", "text", "condition"),
    [
        ("Refurb Acme Laptop for $200", "", "refurbished"),
        ("Acme Laptop (Renewed) $200", "", "refurbished"),
        ("Open-Box Acme Laptop for $200", "", "open-box"),
        ("Used Acme Lens for $200", "", "used"),
        ("Acme Laptop for $200", "This certified refurbished laptop comes with a warranty.", "refurbished"),
        ("Acme Laptop for $200", "That is $50 less than refurbished ones cost elsewhere.", "new"),
        ("Acme Stand used by photographers for $20", "", "new"),
    ],
)
def test_the_condition_is_that_of_the_product(title: str, text: str, condition: str) -> None:
    assert extract(title, text).condition == condition


@pytest.mark.parametrize(
    ("title", "currency"),
    [("Tablet US$146.19 (~A$211.44) Delivered", "USD"), ("Tablet $211", "AUD"), ("Tablet €199,90", "EUR"), ("Tablet £150", "GBP")],
)
def test_the_currency_is_the_marked_one_else_the_feeds(title: str, currency: str) -> None:
    assert extract(title, "", "AUD").currency == currency


def test_decimal_commas_and_thin_spaces_are_understood() -> None:
    assert extract("Tablet €1.299,00", "").price == 1299.0
    assert extract("Tablet $1\u202f299", "").price == 1299.0


def test_a_saving_of_nothing_makes_no_former_price() -> None:
    assert extract("Acme pen for $0.01", "Save $0.00").list_price is None
