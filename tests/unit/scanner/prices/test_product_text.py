"""The product text that the pricers see holds no price, coupon or shipping talk."""

import pytest

from scanner.prices.product_text import product_description, product_title


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


def test_only_sentences_about_the_product_are_kept() -> None:
    text = 'It has a 2K display and 8GB of RAM. Apply coupon code "X" for a savings of $60. That\'s an $800 low. Buy Now at Acme'
    assert product_description(text) == "It has a 2K display and 8GB of RAM."
