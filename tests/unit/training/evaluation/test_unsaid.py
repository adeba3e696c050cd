"""What a seller may leave unsaid is taken out, and nothing else."""

import pytest

from training.data.rows import Row, product_text
from training.evaluation.unsaid import stated, unsaid, without_attributes


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Lumo Phone 12 Pro 256GB Graphite", "Lumo Phone 12 Pro Graphite"),
        ('Vistar 55" Class QN90 (2023) 4K TV', "Vistar Class QN90 4K TV"),
        ("Cordless Vacuum V15, renewed", "Cordless Vacuum V15"),
        ("AA Batteries, 48-Pack", "AA Batteries"),
        ("Blender 64 oz. 1400 W", "Blender 1400 W"),
        ("Parfum Noir 3.4oz / 100ml Spray", "Parfum Noir Spray"),
        ("Runner 9 size 10.5 men", "Runner 9 men"),
        ("Headphones XM5, open box", "Headphones XM5"),
        ("GeForce RTX 4090", "GeForce RTX 4090"),
        ("Building set 75192", "Building set 75192"),
    ],
)
def test_attributes_are_taken_out_and_names_stay(text: str, left: str) -> None:
    assert unsaid(text) == left


def test_a_row_tells_what_it_states() -> None:
    row = Row(title="Lumo Phone 256GB", features=("6.1 inch screen", "Condition: refurbished"), details='{"Year": "2021"}')
    assert stated(row) == {"capacity", "size", "condition", "year"}
    assert product_text(without_attributes(row)) == "Lumo Phone\nscreen"
    assert stated(without_attributes(row)) == frozenset()
