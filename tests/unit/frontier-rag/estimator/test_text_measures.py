"""Quantities read from texts."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from frontier_rag.estimator.text_measures import _UNITS, ABSENT, COUNT, measures_of


def quantity(text: str, unit: str) -> float:
    slot = 8 + list(_UNITS).index(unit)
    return float(measures_of([text])[0, slot])


def test_the_largest_quantity_of_a_unit_is_found_however_it_is_written() -> None:
    assert quantity("Laptop\n8GB RAM, 256 GB disk", "gigabytes") == np.float32(math.log1p(256))
    assert quantity("TV\n55-inch screen", "inches") == np.float32(math.log1p(55))
    assert quantity('TV\n55" screen', "inches") == np.float32(math.log1p(55))


def test_a_quantity_that_is_not_stated_is_absent() -> None:
    assert quantity("A lamp\nwhite", "watts") == ABSENT


def test_every_text_has_the_same_number_of_measures() -> None:
    assert measures_of([]).shape == (0, COUNT)
    assert measures_of(["a", "12 x 3 x 4 inches, weight 3 lb\nx"]).shape == (2, COUNT)


@given(st.text(max_size=500))
def test_any_text_has_finite_measures(text: str) -> None:
    assert np.isfinite(measures_of([text])).all()


def test_hostile_texts_of_the_longest_kind_are_measured() -> None:
    texts = ["9" * 10_000, "1 x " * 2_500, "weight " * 1_400, " " * 10_000, "1" + " " * 9_998 + "x"]
    assert np.isfinite(measures_of(texts)).all()
