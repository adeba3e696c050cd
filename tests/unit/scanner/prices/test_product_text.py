"""The product text that the pricers see holds no price, coupon or shipping talk."""

import pytest

from scanner.prices.product_text import is_goods, product_description, product_title


@pytest.mark.parametrize(
    ("title", "product"),
    [
        ("Acme 27-inch Monitor for $139 + free shipping", "Acme 27-inch Monitor"),
        ("[SSD] Acme P1 1TB NVMe - $84.99 ($104.99-$20 with code X)", "Acme P1 1TB NVMe"),
        ("Refurb Acme Laptop: $200", "Acme Laptop"),
        ("Shop Members: 58-inch Acme TV $400 + Free Shipping", "58-inch Acme TV"),
        ("Acme TV, $899 + $55 Delivery @ The Shop", "Acme TV"),
        ("$129.99 - Acme SSD 128GB", "Acme SSD 128GB"),
        ("[CPU] Acme Chip 5 - 189.99 after code", "Acme Chip 5"),
        ("$5", "$5"),
        ("(Price drop to $279.99) Acme Chip 5 + Acme Board", "Acme Chip 5 + Acme Board"),
        ("Price drop to $279.99: Acme Chip 5", "Acme Chip 5"),
        ("Now just $49.99 - Acme Headphones", "Acme Headphones"),
        ("Today only: $35 Acme Power Bank", "Acme Power Bank"),
        ("Prime Members: $49.99 Acme Headphones", "Acme Headphones"),
        ("[Shop] Was $348, now $198: Acme Headphones", "Acme Headphones"),
        ("Reg. $348 Acme Headphones $198", "Acme Headphones"),
        ("Back in stock: $30 Acme Power Bank", "Acme Power Bank"),
        ("Lightning Deal $30 Acme Power Bank", "Acme Power Bank"),
        ("Pay $35 for this Acme Power Bank", "Acme Power Bank"),
        ("For $35 you get the Acme Power Bank", "Acme Power Bank"),
        ("Save $72 on Acme TV at $228", "Acme TV"),
        ("$72 off Acme TV, now $228", "Acme TV"),
        ("$20/$30 off Acme Chip 5", "Acme Chip 5"),
        ("$99 On Cloud 5 Shoes", "On Cloud 5 Shoes"),
        ("Now Foods Vitamin D $5", "Now Foods Vitamin D"),
        ("Just Dance 2026 $20", "Just Dance 2026"),
    ],
)
def test_a_title_is_cut_to_the_product(title: str, product: str) -> None:
    assert product_title(title) == product


@pytest.mark.parametrize(
    "source",
    [
        "Amazon:",
        "amazon -",
        "Amazon |",
        "Amazon.com:",
        "Amazon UK:",
        "At Amazon:",
        "Today at Best Buy:",
        "Best Buy -",
        "Best Buy",
        "BestBuy,",
        "Woot!",
        "Woot App Exclusive:",
        "Costco Members:",
        "Costco Membership Required:",
        "Amazon Prime Members:",
        "Amazon Lightning Deal:",
        "Best Buy Deal of the Day:",
        "Sam's Club:",
        "Lowes YMMV:",
        "The Home Depot -",
        "B&H Photo:",
        "Walmart+ Members:",
        "Target Circle:",
        "Target Clearance:",
        "eBay (seller acme-outlet):",
        "Steam (PC):",
        "(PC) Steam:",
        "Newegg/Amazon:",
        "Newegg via eBay:",
        "Amazon and Best Buy:",
        "[Walmart]",
        "[Prime] [Amazon]",
        "[Walmart, in-store]",
        "Black Friday:",
        "Memorial Day Sale:",
        "In-store only:",
    ],
)
@pytest.mark.parametrize("offer", ["$30 Acme Widget", "$30 for an Acme Widget", "$30 (Reg. $50) Acme Widget", "30$ - Acme Widget"])
def test_a_shop_before_the_price_is_not_the_product(source: str, offer: str) -> None:
    assert product_title(f"{source} {offer}") == "Acme Widget"


@pytest.mark.parametrize(
    ("title", "product"),
    [
        ("Amazon Echo Dot: $30", "Amazon Echo Dot"),
        ("Amazon - Fire TV Stick 4K: $30", "Amazon - Fire TV Stick 4K"),
        ("Amazon Fire TV Stick $25 at Best Buy", "Amazon Fire TV Stick"),
        ("$30 Amazon Echo Dot", "Amazon Echo Dot"),
        ("Target: Acme Lamp $20", "Acme Lamp"),
        ("Newegg.com - Acme SSD for $79.99", "Acme SSD"),
        ("Best Buy has the Acme TV for $300", "Acme TV"),
        ("Sony WH-1000XM5 $298 at Amazon", "Sony WH-1000XM5"),
        ("Acme Mouse on Amazon. $38 from $70", "Acme Mouse"),
        ("Deals at Amazon: Acme TV $300", "Deals at Amazon: Acme TV"),
        ("Steam Deck 512GB $449", "Steam Deck 512GB"),
        ("Steam Mop $49", "Steam Mop"),
        ("Wish Upon a Star Doll $12", "Wish Upon a Star Doll"),
        ("IKEA KALLAX Shelf $80", "IKEA KALLAX Shelf"),
        ("Dell: $599 Inspiron 15", "Dell Inspiron 15"),
        ("LG $300 65-inch TV", "LG 65-inch TV"),
        ("IKEA: $80 KALLAX Shelf", "IKEA KALLAX Shelf"),
        ("TV $300 with stand", "TV"),
        ("Headphones: $50 Black Friday Deal", "Headphones"),
        ("Headphones $50 Costco In-store", "Headphones"),
        ("Amazon: $30 - $5 coupon = $25 Acme Widget", "Acme Widget"),
        ("Amazon: 40% off, $30 Acme Widget", "Acme Widget"),
        ("Amazon: $30 (5 Pack) Acme Widget", "(5 Pack) Acme Widget"),
        ("Woot: $200 Refurb Acme Laptop", "Acme Laptop"),
        ("$30 Acme Widget (was $50)", "Acme Widget"),
        ("Acme Widget on sale for $30", "Acme Widget"),
        ("Acme Tee - FINAL SALE", "Acme Tee"),
        ("[SSD][Acme Shop] Acme P1 1TB $60", "Acme P1 1TB"),
    ],
)
def test_a_shop_beside_the_name_is_no_part_of_it(title: str, product: str) -> None:
    assert product_title(title) == product


@pytest.mark.parametrize(
    "title", ["Walmart $20", "Amazon: $30 with code ABC", "Walmart: $20 + free shipping", "Best Buy: $99 today only"]
)
def test_a_shop_alone_is_no_goods(title: str) -> None:
    assert not is_goods(title)


@pytest.mark.parametrize("title", ["Amazon: $30 Acme Widget", "Acme Widget $30", "[Walmart] $25 Acme Blender", "$5"])
def test_a_thing_beside_a_shop_is_goods(title: str) -> None:
    assert is_goods(title)


def test_only_sentences_about_the_product_are_kept() -> None:
    text = 'It has a 2K display and 8GB of RAM. Apply coupon code "X" for a savings of $60. That\'s an $800 low. Buy Now at Acme'
    assert product_description(text) == "It has a 2K display and 8GB of RAM."
