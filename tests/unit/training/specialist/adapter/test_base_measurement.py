"""What is measured of a base: a tiny one of random weights, trained a few steps on the CPU by the real trainer."""

import json

import pytest

for needed in ("torch", "transformers", "peft", "trl", "datasets", "bitsandbytes"):
    pytest.importorskip(needed, reason=f"needs {needed} (make training)")

from training.specialist_facts import main  # noqa: E402 (after the skips)

# Libraries of others warn of their own future; that is not for this project's tests to fail on.
pytestmark = pytest.mark.filterwarnings("default")


def test_measured_sizes_agree_with_computed_ones_and_the_speed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--shape", "tiny", "--device", "cpu", "--batches", "2", "--steps", "2", "--length", "12"])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["agrees"] is True
    assert told["memory"] == {name: told["computed"][name] for name in ("nf4_mb", "with_adapter_mb", "adapter_parameters")}
    (measured,) = told["training"]
    assert measured["batch"] == 2
    assert measured["rows_a_second"] > 0
