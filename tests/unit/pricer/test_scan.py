"""What `pricer scan` prints of the opportunities."""

from typing import Any

from pricer.scan import lines_of


def opportunity(title: str, price: float, **values: Any) -> dict[str, Any]:
    return {"deal": {"title": title, "price": price, "url": "https://deals.example/1"}, "estimate": 900.0} | values


def test_what_is_too_good_to_be_believed_comes_last_and_says_so() -> None:
    found = [
        opportunity("Laptop", 1.0, review=True, why_not="look before you believe it"),
        opportunity("Drill", 60.0, why_not=None, review=False),
        opportunity("Saw", 70.0, why_not="it was published 5 days before it was seen"),
        opportunity("Lamp", 20.0),  # as an earlier version tells it
    ]
    assert lines_of(found) == [
        "$    60.00  worth $   900.00  Drill  https://deals.example/1",
        "$    70.00  worth $   900.00  Saw  https://deals.example/1  [not pushed: it was published 5 days before it was seen]",
        "$    20.00  worth $   900.00  Lamp  https://deals.example/1",
        "$     1.00  worth $   900.00  Laptop  https://deals.example/1  [review: look before you believe it]",
    ]
