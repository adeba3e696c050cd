"""The arguments of specialist_pretrain become one plan for each model. Needs no torch."""

from dataclasses import asdict

from training.specialist.small.run import Recipe, Shape
from training.specialist_pretrain import parse


def test_the_teachers_come_first_then_the_twins_and_the_small_one_last() -> None:
    plans = parse(["--teachers", "1", "--twins", "1"]).plans
    assert [plan.name for plan in plans] == ["teacher-1", "teacher-2", "small"]
    large, twin, small = plans
    assert large.shape == Shape(layers=12, width=768, inner=2048, heads=12, kv_heads=4)
    assert twin.shape == small.shape == Shape(layers=8, width=512, inner=1408, heads=8, kv_heads=4)
    assert [plan.recipe.seed for plan in plans] == [43, 44, 42]
    assert asdict(twin.recipe) == asdict(small.recipe) | {"seed": 44}


def test_the_small_one_and_the_teachers_have_recipes_of_their_own_and_share_the_rest() -> None:
    own = ["--epochs", "2", "--dropout", "0.3", "--teacher-epochs", "3", "--teacher-weight-decay", "0.2"]
    shared = ["--lr", "0.5", "--block", "16", "--batch", "4", "--warmup", "2", "--minutes", "9", "--no-compile"]
    large, small = parse([*own, *shared, "--twins", "0"]).plans
    both = {"lr": 0.5, "block": 16, "batch": 4, "warmup": 2, "minutes": 9.0, "compile": False}
    assert small.recipe == Recipe(epochs=2.0, weight_decay=0.1, dropout=0.3, seed=42, **both)
    assert large.recipe == Recipe(epochs=3.0, weight_decay=0.2, dropout=0.1, seed=43, **both)


def test_a_model_that_is_known_by_its_key_keeps_the_names_in_it() -> None:
    """pretrain.json compares them, so that a model of earlier code is not trained again."""
    (plan,) = parse(["--teachers", "0", "--twins", "0"]).plans
    assert set(asdict(plan.shape)) == {"layers", "width", "inner", "heads", "kv_heads"}
    names = {"epochs", "lr", "weight_decay", "dropout", "seed", "block", "batch", "warmup", "minutes", "compile"}
    assert set(asdict(plan.recipe)) == names
