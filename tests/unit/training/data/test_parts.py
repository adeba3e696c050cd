"""What the specialist is trained on."""

import random

import numpy as np
import pytest

from training.data.parts import data_folder, sampling_weights, unpriced_text
from training.data.rows import Row
from training.data.variants import variant

TEXT = "Desk lamp\nA brass lamp. It has a green shade. The cord is two metres long and holds a dimmer."


def test_an_unpriced_text_takes_the_shape_of_a_product() -> None:
    raw = (
        "Desk lamp\n['A brass lamp.', \"It's green\"]\n['dimmer', 'long cord']\n"
        '{"Color": "green", "Best Sellers Rank": "7", "Item Weight": "2 po'
    )
    assert unpriced_text(raw) == "Desk lamp\nA brass lamp. It's green dimmer long cord Color green"


def test_an_unpriced_text_on_one_line_is_taken_apart_as_well() -> None:
    assert unpriced_text('Desk lamp [\'A brass lamp\'] [] {"Color": "green"}') == "Desk lamp\nA brass lamp Color green"


def test_a_bare_title_stays_a_title() -> None:
    assert unpriced_text("Desk [large] lamp") == "Desk [large] lamp"


def test_variants_hold_nothing_that_the_text_lacks() -> None:
    rng = random.Random(0)
    words = set(TEXT.lower().replace(".", "").split())
    forms = {variant(TEXT, rng) for _ in range(300)}
    assert TEXT in forms
    assert "Desk lamp" in forms
    assert len(forms) > 10
    assert all(set(form.lower().replace(".", "").split()) <= words for form in forms)


def test_a_bare_title_has_no_variants() -> None:
    rng = random.Random(0)
    assert {variant("Desk lamp", rng) for _ in range(50)} == {"Desk lamp"}


def test_dear_products_are_drawn_more_often_but_a_shop_keeps_its_share() -> None:
    prices = (2.0, 20.0, 300.0)
    amazon = [Row("a", price=price, main_category="Automotive", extra={"source": "amazon-2023"}) for price in prices]
    shop = [Row("a", price=price, extra={"source": "bestbuy"}) for price in prices]
    weights = sampling_weights([*amazon, *shop], balance=0.8, balance_rest=0.0)
    assert np.all(np.diff(weights[:3]) > 0)
    assert weights[3:].tolist() == [1.0, 1.0, 1.0]
    assert weights[:3].mean() == pytest.approx(1.0)


def test_without_data_the_message_says_how_to_give_it(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PRICER_DATA", str(tmp_path))
    with pytest.raises(SystemExit, match="--data"):
        data_folder(None)
