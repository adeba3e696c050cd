"""What is not new is not taken for new, and what speaks of use or newness is not taken for used. The wordings are our own."""

import pytest

from scanner.prices.conditions import condition_of, is_broken
from scanner.prices.product_text import product_title


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("refurbished", "refurb|Re-furbished|refurbished|renewed|recertified"),
        ("refurbished", "re-certified|reconditioned|remanufactured|reman|B-Stock|Restored"),
        ("open-box", "open box|Open\u2011Box|open\u2010box|open–box|openbox"),
        ("open-box", "opened box|display model|ex-display|floor model|demo unit|shop-soiled"),
        ("open-box", "scratch & dent|Scratch and Dent|scratch-and-dent"),
        ("open-box", "scratch n dent|scratched + dented|blemished|factory second"),
        ("open-box", "damaged box|packaging damage|opened, never used|customer returns|cosmetic blemishes"),
        ("used", "used|USED|used once|lightly used|like new|Like-New"),
        ("used", "as new|pre-owned|pre\u2011owned|preowned|pre-loved|preloved|second hand"),
        (
            "used",
            "second-hand|2nd hand|2nd-hand|previously owned|warehouse deal|Amazon Resale|off-lease|ex-rental|very good condition",
        ),
        ("used", "excellent condition|worn once|missing charger|CPO"),
        ("used", "for parts|for parts / not working|parts only|spares or repair|untested"),
        ("used", "as-is|not working|water damaged|cracked screen"),
        ("new", "new|brand new|never used|unused|not used"),
        ("new", "un-used|not refurbished|non-refurbished|used to grill|used by chefs|used for camping"),
        ("new", "can be used for camping|most used|commonly used"),
        ("new", "cleans like new|makes shoes look like new|restores paint like new|good as new wax"),
        ("new", "auto-renewed|digitally restored|replacement for cracked screen"),
        ("new", "storage bin for parts|display stand|demolition|as seen on TV"),
    ],
)
def test_a_title_tells_the_condition(condition: str, words: str) -> None:
    found = {
        each: condition_of(title, "")
        for each in words.split("|")
        for title in (f"Acme Blender {each} $24", f"Acme Blender ({each}) $24")
    }
    assert found == dict.fromkeys(found, condition)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("These are certified remanufactured units with a year of warranty.", "refurbished"),
        ("It is an open\u2011box unit.", "open-box"),
        ("They are sold as scratch and dent.", "open-box"),
        ("It comes in like-new condition.", "used"),
        ("They are used, and tested.", "used"),
        ("A pre-loved one.", "used"),
        ("It is used to cut wood.", "new"),
        ("It can be used for years.", "new"),
        ("That is less than a used one costs.", "new"),
    ],
)
def test_a_text_tells_it_of_the_product(text: str, condition: str) -> None:
    assert condition_of("Acme Blender $24", text) == condition


@pytest.mark.parametrize(
    "words", ["for parts", "(not working)", "for parts or repair", "sold as is", "broken screen", "[untested]"]
)
def test_what_is_broken_is_told(words: str) -> None:
    assert is_broken(f"Acme Blender {words} $24")


@pytest.mark.parametrize(
    "words", ["for parts bins", "with spare parts", "as is customary", "like new", "replacement for broken screen"]
)
def test_what_is_not_broken_is_not(words: str) -> None:
    assert not is_broken(f"Acme Blender {words} $24")


@pytest.mark.parametrize(
    "title",
    [
        "Scratch & Dent Acme Blender $24",
        "Pre-loved: Acme Blender $24",
        "Used - Like New: Acme Blender for $24",
        "Used – Very Good: Acme Blender $24",
    ],
)
def test_the_condition_is_no_part_of_the_product(title: str) -> None:
    assert product_title(title) == "Acme Blender"
