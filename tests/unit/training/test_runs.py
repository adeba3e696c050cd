"""Every command makes a typed run of its arguments, and meta.json keeps them under the names that it always had."""

import importlib
from typing import Any

import pytest

from training.command_line.arguments import arguments_of

FOREST = {"limit", "dimensions", "epochs", "min_count", "words", "prefixes", "min_texts", "folds", "trees", "max_features"}
FOREST |= {"grams", "min_leaf", "max_leaves", "balance", "balance_rest", "balance_shift", "variant_weight", "knots", "jobs", "seed"}
ENSEMBLE = {"members", "chat", "limit", "folds", "balance", "balance_rest"}
EVALUATE = {"pricer", "reference", "data", "out", "limit", "seed", "batch", "concurrency", "quiet", "keep"}
BASELINES = {"names", "data", "eval", "out", "seed", "threads", "balance", "balance_rest", "rows", "human_write", "human_read"}
BASELINES |= {"all_rows", "with_pricers", "concurrency", "timeout", "retries"}
FINE_TUNE = {"data", "out", "train", "validation", "balance", "balance_rest", "model", "epochs", "batch_size", "lr_multiplier"}
FINE_TUNE |= {"seed", "suffix", "wandb", "dry_run", "job", "cancel", "again", "poll", "max_wait", "timeout", "retries", "rows"}


def run_of(command: str, *argv: str) -> Any:
    return importlib.import_module(f"training.{command}").parse(argv)


def test_the_forest_keeps_all_that_decides_what_is_learnt() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    pytest.importorskip("onnx", reason="needs onnx (make training)")
    run = run_of("random_forest_train", "--data", "x", "--balance", "0.5", "--knots", "4")
    assert set(arguments_of(run.recipe)) == FOREST
    assert (run.recipe.sampling.balance, run.recipe.calibrating.knots, run.recipe.forest.trees) == (0.5, 4, 120)


def test_the_ensemble_keeps_all_that_decides_its_weights() -> None:
    run = run_of("ensemble_train", "--data", "x", "--chat", "--members", "specialist")
    assert set(arguments_of(run.recipe)) == ENSEMBLE
    assert arguments_of(run.recipe)["members"] == ["specialist"]
    assert run.recipe.asked == ("specialist", "frontier-rag-chat")


@pytest.mark.parametrize(
    ("command", "argv", "names"),
    [
        ("evaluate", ("--pricer", "constant:60", "--data", "x"), EVALUATE),
        ("baselines", ("mean",), BASELINES),
        ("openai_fine_tune", (), FINE_TUNE),
    ],
)
def test_what_judges_and_fine_tunes_keeps_every_argument(command: str, argv: tuple[str, ...], names: set[str]) -> None:
    assert set(arguments_of(run_of(command, *argv))) - {"apart"} == names  # which only another caller gives


def test_what_is_given_reaches_the_part_that_it_is_for() -> None:
    run = run_of("baselines", "chat:m", "--rows", "9", "--seed", "3", "--threads", "1", "--with-pricers", "a", "b")
    assert (run.asking.rows, run.asking.seed, run.fitting.seed, run.fitting.threads) == (9, 3, 3, 1)
    assert [path.name for path in run.with_pricers] == ["a", "b"]
    curation = run_of("items_curate", "rows.jsonl", "--max-price", "50", "--seed", "7", "--chunk-mb", "0.5", "--max-file-gb", "2")
    assert (curation.sources, curation.rules.max_price) == (("rows.jsonl",), 50.0)
    assert (curation.choice.seed, curation.choice.shares.seed) == (7, 7)
    assert (curation.chunk_bytes, curation.limits.max_bytes) == (1 << 19, 2 << 30)
    catalogue = run_of("price_catalogue", "in.csv", "out.parquet", "--timeout", "9", "--workers", "2", "--chunk", "7")
    assert (catalogue.asking.seconds, catalogue.workforce.workers, catalogue.chunk) == (9.0, 2, 7)
    index = run_of("frontier_rag_index", "--data", "a", "b", "--alias", "other", "--grace", "1")
    assert ([path.name for path in index.data], index.target.alias, index.target.grace) == (["a", "b"], "other", 1.0)
