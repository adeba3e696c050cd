"""One spelling for what people write in several."""

import time

import pytest

from common.product_files.spelling import spelt


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ps5 pro", "playstation 5 pro"),
        ("ps vr2", "playstation vr2"),
        ("canon r6 mkii", "canon r6 ii"),
        ("canon r6 mark 2", "canon r6 2"),
        ("sony a7iv", "sony a7 iv"),
        ("sony alpha a7r v", "sony a7r 5"),
        ("macbook pro m4 pro", "macbook pro m4pro"),
        ("core ultra 7 155h", "cu7 155h"),
        ("r5 5600x", "ryzen 5 5600x"),
        ("rtx 4070ti", "rtx 4070 ti"),
        ("headphones with active noise-cancelling", "headphones anc"),
        ("noise canceling headphones", "anc headphones"),
        ("joy cons", "joycon"),
        ("fuji x-t5", "fujifilm x-t5"),
        ("psi 5 tips", "psi 5 tips"),
        ("samsung galaxy fe", "samsung galaxy fe"),
    ],
)
def test_short_forms_are_written_out_as_shops_do(typed: str, expected: str) -> None:
    assert spelt(typed) == expected


def test_a_hostile_title_costs_no_more_than_a_long_one() -> None:
    started = time.perf_counter()
    spelt("a1" * 20_000 + "noise " * 5_000 + "i" * 20_000)
    assert time.perf_counter() - started < 1.0
