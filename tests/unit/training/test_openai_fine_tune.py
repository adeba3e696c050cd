"""The command line of fine-tuning: what it sends, what it refuses, and that a dry run needs no endpoint."""

import pytest

from training.openai_fine_tune import parse


def test_the_request_is_the_published_one_with_our_defaults() -> None:
    assert parse([]).job_settings.request("file-a", "file-b") == {
        "model": "gpt-4o-mini-2024-07-18",
        "training_file": "file-a",
        "validation_file": "file-b",
        "seed": 42,
        "suffix": "pricer",
        "method": {
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 1, "batch_size": "auto", "learning_rate_multiplier": "auto"}},
        },
    }


def test_hyperparameters_and_weights_and_biases_are_passed_on() -> None:
    argv = ["--epochs", "3", "--batch-size", "4", "--lr-multiplier", "0.5", "--wandb", "pricing"]
    request = parse(argv).job_settings.request("file-a", "file-b")
    hyperparameters = request["method"]["supervised"]["hyperparameters"]
    assert hyperparameters == {"n_epochs": 3, "batch_size": 4, "learning_rate_multiplier": 0.5}
    assert request["integrations"] == [{"type": "wandb", "wandb": {"project": "pricing"}}]


def test_the_defaults_are_200_and_50_examples() -> None:
    drawing = parse([]).drawing
    assert (drawing.train, drawing.validation, drawing.seed) == (200, 50, 42)


@pytest.mark.parametrize(
    "argv",
    [
        ["--train", "9"],
        ["--validation", "0"],
        ["--suffix", "x" * 65],
        ["--suffix", ""],
        ["--epochs", "0"],
        ["--epochs", "few"],
        ["--batch-size", "-1"],
        ["--lr-multiplier", "0"],
        ["--poll", "0"],
        ["--max-wait", "0"],
    ],
)
def test_what_the_endpoint_would_refuse_is_refused_here(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(argv)
    assert argv[0] in capsys.readouterr().err
