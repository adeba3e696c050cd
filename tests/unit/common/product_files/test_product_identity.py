"""What a title states of a product's identity."""

import time

import pytest

from common.product_files.product_identity import Identity, identity_of, is_component, model_keys


@pytest.mark.parametrize("spelling", ["WH-1000XM5", "WH1000XM5", "WH-1000 XM5", "wh 1000xm5", "Sony WH‑1000XM5 headphones"])
def test_a_model_number_is_the_same_however_it_is_spelt(spelling: str) -> None:
    assert identity_of(spelling).models == {"wh1000xm5"}


@pytest.mark.parametrize(
    ("title", "models"),
    [
        ("NVIDIA GeForce RTX 4090 24GB", {"rtx4090"}),
        ("DEWALT DCD771C2 20V MAX Drill", {"dcd771c2"}),
        ("LEGO 75192 Millennium Falcon", {"75192"}),
        ("Dyson V15 Detect", {"v15"}),
        ("Core i9-14900K", {"i914900k"}),
        ("Logitech M575 (910-005869)", {"m575", "910005869"}),
        ('ASUS UX582HM-XH96T 15.6" Laptop', {"ux582hmxh96t"}),
    ],
)
def test_model_numbers_are_read(title: str, models: set[str]) -> None:
    assert identity_of(title).models == models


@pytest.mark.parametrize(
    "title", ["20V MAX", "128GB", "65-inch", "5-qt", "5,000 BTU", "1-1/4 in. valve", "7-in-1", "USB 3.0", "1080p", "6-Count", "4K"]
)
def test_quantities_and_standards_are_no_model_numbers(title: str) -> None:
    assert identity_of(title).models == frozenset()


def test_generations_are_numbers_whether_spelt_out_or_not() -> None:
    titles = ("AirPods Pro 2", "AirPods Pro (2nd Generation)", "airpods pro2", "AirPods Pro II")
    assert [identity_of(title).numbers for title in titles] == [{2}] * 4


def test_attributes_are_read_in_one_unit() -> None:
    found = identity_of('Dell XPS 13.4" 2024 Laptop 16GB 1TB, 2-pack, refurbished, 65W')
    assert (found.inches, found.year, found.gigabytes, found.pack) == (13.4, 2024, (16.0, 1000.0), 2)
    assert (found.condition, found.measures) == ("refurbished", (("watts", 65.0),))


def test_what_an_accessory_is_made_for_is_not_its_own_model() -> None:
    found = identity_of("Ear pads for Sony WH-1000XM5")
    assert (found.models, found.fits) == (frozenset(), {"wh1000xm5"})
    assert found.accessories == {"pads"}


@pytest.mark.parametrize(
    ("title", "condition"),
    [
        ("iPhone 15 (Renewed)", "refurbished"),
        ("Pre-Owned Nikon D850", "used"),
        ("Used Nikon D850", "used"),
        ("Cloth used for windows", ""),
        ("Open Box TV", "open-box"),
        ("New TV", ""),
    ],
)
def test_the_condition_is_read(title: str, condition: str) -> None:
    assert identity_of(title).condition == condition


def test_only_the_first_line_names() -> None:
    assert identity_of("Quiet fan\nas good as the WH-1000XM5, 128GB") == identity_of("Quiet fan")


def test_a_text_without_words_states_nothing() -> None:
    assert identity_of("  !!! ") == Identity()


def test_a_model_number_is_found_with_and_without_the_letters_before_it() -> None:
    assert model_keys("lg34wn80cb") == ("lg34wn80cb", "34wn80cb")
    assert model_keys("v15") == ("v15",)


def test_processors_and_graphics_chips_are_components() -> None:
    assert [is_component(model) for model in ("rtx4090", "i71165g7", "wh1000xm5")] == [True, True, False]


@pytest.mark.parametrize("hostile", ["1" * 9000, "a-" * 4000, "1," * 4000, "for " * 3000, "1 in " * 3000, '"' * 9000, "٣" * 9000])
def test_a_hostile_text_costs_no_more_than_a_long_title(hostile: str) -> None:
    started = time.process_time()
    identity_of(hostile)
    assert time.process_time() - started < 0.05
