"""Fine-tuning against an endpoint on loopback that implements files and fine-tuning jobs as OpenAI's API description has them."""

import asyncio
import itertools
import json
import lzma
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from common.errors import UnavailableError
from tests.integration.frontier_rag_peers import silent_server, wait_until
from tests.integration.training.api_peers import KEY, FineTuningApi, serving
from training import openai_fine_tune
from training.command_line import INTERRUPTED
from training.data.parts import AUXILIARY, DEV, TRAIN
from training.fine_tuning.jobs import FAILED_POLLS, Access, FineTuneError, Jobs, Polling, follow

ROOT = Path(__file__).resolve().parents[3]
WORDS = [f"{a}{b}" for a in ("bra", "oak", "lin", "vel", "cor", "mar", "tin", "zin") for b in ("ta", "lo", "mi", "ne", "ru", "so")]
GARBAGE = ["truncated", "html", "list", "null", "other", "huge"]
T = TypeVar("T")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Products of our own words, 240 to draw from and 6 to judge by, and the key in the environment."""
    rng = random.Random(7)
    data = tmp_path / "data"
    data.mkdir()
    for name, count in ((TRAIN, 240), (DEV, 6), (AUXILIARY, 1)):
        with lzma.open(data / name, "wt") as file:
            for i in range(count):
                row = {"title": f"{name[:12]} {i} {rng.choice(WORDS)}", "price": rng.randint(5, 900), "split": "s"}
                file.write(json.dumps({**row, "description": [" ".join(rng.choices(WORDS, k=40))], "details": "{}"}) + "\n")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return tmp_path


@pytest.fixture
def api() -> FineTuningApi:
    return FineTuningApi()


@pytest.fixture
def url(api: FineTuningApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(api.routes()) as base:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{base}/v1")
        yield f"{base}/v1"


def command(folder: Path, *more: str) -> list[str]:
    small = ["--train", "30", "--validation", "10", "--poll", "0.01", "--rows", "4"]
    return ["--data", str(folder / "data"), "--out", str(folder / "run"), *small, *more]


def run(folder: Path, *more: str) -> int:
    return openai_fine_tune.main(command(folder, *more))


def with_jobs(url: str, work: Callable[[Jobs], Awaitable[T]], retries: int = 0, timeout: float = 5.0) -> T:
    async def body() -> T:
        jobs = Jobs(Access(url, KEY, timeout, retries))
        try:
            return await work(jobs)
        finally:
            await jobs.aclose()

    return asyncio.run(body())


def wanted(training_file: str = "file-0") -> dict[str, Any]:
    hyperparameters = {"n_epochs": 1, "batch_size": "auto", "learning_rate_multiplier": "auto"}
    method = {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}}
    return {"model": "small", "training_file": training_file, "method": method}


def test_a_job_goes_from_examples_to_a_judged_model(
    folder: Path, api: FineTuningApi, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--wandb", "pricing", "--epochs", "2") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["model"] == "ft:gpt-4o-mini-2024-07-18:org::ftjob-0"
    assert told["trained_tokens"] == 1234
    assert told["evaluation"]["n"] == 4
    (job,) = api.jobs.values()
    assert job["hyperparameters"]["n_epochs"] == 2
    assert job["integrations"] == [{"type": "wandb", "wandb": {"project": "pricing"}}]
    assert [len(api.files[job[name]].splitlines()) for name in ("training_file", "validation_file")] == [30, 10]
    meta = json.loads((folder / "run" / "meta.json").read_text())
    assert set(meta["files"]) == {"train.jsonl", "validation.jsonl", "state.json"}
    assert meta["metrics"]["model"] == told["model"]


def test_the_new_model_is_asked_in_the_words_it_was_taught(folder: Path, api: FineTuningApi, url: str) -> None:
    assert run(folder) == 0
    taught = json.loads(api.files["file-0"].splitlines()[0])["messages"]
    asked = next(body for name, body in api.calls if name == "chat")["messages"]
    assert asked[0] == taught[0]
    assert asked[1]["content"].splitlines()[0] == taught[1]["content"].splitlines()[0]


def test_events_are_told_once_in_their_order(
    folder: Path, api: FineTuningApi, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--rows", "-1") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "step " in line]
    assert [line.split("step ")[1].split(" [")[0] for line in lines] == ["0", "1", "2", "3", "4"]
    assert "warn: step 1" in lines[1]


def test_a_dry_run_calls_nobody(folder: Path, api: FineTuningApi, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--dry-run") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["train.jsonl"]["examples"] == 30
    assert api.calls == []
    assert not (folder / "run" / "state.json").exists()


def test_the_same_command_goes_on_and_pays_nothing_twice(folder: Path, api: FineTuningApi, url: str) -> None:
    assert run(folder) == 0
    assert run(folder) == 0
    assert (api.count("upload"), api.count("create"), api.count("chat")) == (2, 1, 4)


def test_a_run_that_failed_between_its_steps_goes_on_with_what_was_paid(folder: Path, api: FineTuningApi, url: str) -> None:
    api.faults["create"] = ["500"]
    assert run(folder, "--retries", "0", "--rows", "-1") == 1
    assert (len(api.files), len(api.jobs)) == (2, 0)
    assert run(folder, "--rows", "-1") == 0
    assert (len(api.files), len(api.jobs)) == (2, 1)


def test_a_job_whose_answer_got_lost_is_found_and_not_started_again(folder: Path, api: FineTuningApi, url: str) -> None:
    api.faults["create"] = ["lost"]
    assert run(folder, "--rows", "-1") == 0
    assert (api.count("create"), len(api.jobs)) == (1, 1)


def test_a_job_that_was_lost_with_the_last_try_is_found_by_the_next_run(folder: Path, api: FineTuningApi, url: str) -> None:
    api.faults["create"] = ["lost"]
    assert run(folder, "--retries", "0", "--rows", "-1") == 1
    assert run(folder, "--rows", "-1") == 0
    assert (api.count("create"), len(api.jobs)) == (1, 1)


def test_other_settings_do_not_go_on_with_the_kept_job(
    folder: Path, api: FineTuningApi, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--rows", "-1") == 0
    assert run(folder, "--rows", "-1", "--epochs", "3") == 1
    assert "other settings" in capsys.readouterr().err
    assert run(folder, "--rows", "-1", "--epochs", "3", "--again") == 0
    assert [job["hyperparameters"]["n_epochs"] for job in api.jobs.values()] == [1, 3]


def test_a_failed_job_tells_why_and_again_starts_anew(
    folder: Path, api: FineTuningApi, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.course = ("validating_files", "failed")
    assert run(folder) == 1
    assert "has failed: line 3 is not to our liking (invalid_training_file)" in capsys.readouterr().err
    assert run(folder) == 1
    assert api.count("create") == 1
    api.course = ("queued", "succeeded")
    assert run(folder, "--again") == 0
    assert len(api.jobs) == 2


def test_a_job_can_be_followed_by_its_name_and_cancelled(
    folder: Path, api: FineTuningApi, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--rows", "-1") == 0
    assert run(folder, "--job", "ftjob-0") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["evaluation"]["mae"] > 0
    assert run(folder, "--cancel") == 0
    assert api.jobs["ftjob-0"]["status"] == "cancelled"
    assert run(folder, "--job", "ftjob-0") == 1
    assert "was cancelled" in capsys.readouterr().err


def test_cancelling_without_a_job_says_so(folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--cancel") == 1
    assert "--job ID" in capsys.readouterr().err
    assert run(folder, "--cancel", "--job", "ftjob-9") == 1
    assert "Could not find" in capsys.readouterr().err


def test_without_key_or_endpoint_nothing_is_begun(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert run(folder) == 1
    assert "set OPENAI_API_KEY" in capsys.readouterr().err


def test_a_model_that_cannot_be_asked_is_not_trained_again(
    folder: Path, api: FineTuningApi, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.faults["chat"] = ["404"] * 4
    assert run(folder) == 1
    assert "is there, but could not be asked" in capsys.readouterr().err
    api.faults.clear()
    assert run(folder) == 0
    assert api.count("create") == 1


@pytest.mark.parametrize("operation", ["upload", "list", "create"])
@pytest.mark.parametrize("fault", GARBAGE)
def test_garbage_is_an_error_and_never_an_id(
    folder: Path, api: FineTuningApi, url: str, operation: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.faults[operation] = [fault] * 3
    assert run(folder, "--retries", "0", "--rows", "-1") == 1
    assert capsys.readouterr().err.startswith("openai_fine_tune: ")
    kept = json.loads(path.read_text()) if (path := folder / "run" / "state.json").exists() else {"job": "", "training_file": ""}
    assert kept["job"] == ""
    assert kept["training_file"] == ("" if operation == "upload" else "file-0")


@pytest.mark.parametrize("operation", ["retrieve", "events"])
@pytest.mark.parametrize("fault", [*GARBAGE, "500", "429"])
def test_following_goes_on_through_a_bad_answer(
    folder: Path, api: FineTuningApi, url: str, operation: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.faults[operation] = [fault]
    assert run(folder, "--retries", "0", "--rows", "-1") == 0
    output = capsys.readouterr().out
    assert [f"step {i}" in output for i in range(5)] == [True] * 5


def test_following_ends_when_the_endpoint_stays_broken_and_says_how_to_go_on(
    folder: Path, api: FineTuningApi, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.faults["retrieve"] = ["500"] * 50
    assert run(folder, "--retries", "0") == 1
    captured = capsys.readouterr()
    assert f"{FAILED_POLLS} polls in a row failed" in captured.err
    assert "--job ftjob-0" in captured.out
    assert api.jobs["ftjob-0"]["status"] != "cancelled"


def test_following_has_an_end(api: FineTuningApi, url: str) -> None:
    api.course = ("running",)
    api.jobs["ftjob-0"] = {"id": "ftjob-0", "object": "fine_tuning.job", "status": "running", "training_file": "file-0"}
    polling = Polling(first=0.02, most=0.02, longest=0.3)
    with pytest.raises(UnavailableError, match="has not ended within"):
        with_jobs(url, lambda jobs: follow(jobs, "ftjob-0", polling, lambda _: None))


def test_polls_back_off_while_nothing_happens(api: FineTuningApi, url: str) -> None:
    api.course, api.events = ("running",) * 6 + ("succeeded",), 0
    api.jobs["ftjob-0"] = {"id": "ftjob-0", "object": "fine_tuning.job", "status": "running", "model": "m", "training_file": "f"}
    with_jobs(url, lambda jobs: follow(jobs, "ftjob-0", Polling(first=0.05, most=0.4, growth=2.0), lambda _: None))
    looks = [moment for (name, _), moment in zip(api.calls, api.times, strict=True) if name == "retrieve"]
    pauses = [after - before for before, after in itertools.pairwise(looks)]
    assert pauses[3] > 0.35
    assert pauses[5] < 0.8


def test_429_is_waited_out_as_long_as_told(folder: Path, api: FineTuningApi, url: str) -> None:
    api.faults.update(upload=["429"], create=["429"])
    assert run(folder, "--rows", "-1") == 0
    for operation in ("upload", "create"):
        moments = [moment for (name, _), moment in zip(api.calls, api.times, strict=True) if name == operation]
        assert moments[1] - moments[0] >= 1.0


@pytest.mark.parametrize("fault", ["401", "400", "quota"])
def test_a_refusal_is_final(folder: Path, api: FineTuningApi, url: str, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    api.faults["create"] = [fault] * 9
    assert run(folder, "--rows", "-1") == 1
    assert api.count("create") == 1
    assert "starting the job" in capsys.readouterr().err


def test_hanging_peers_are_given_up_at_the_timeout(folder: Path, api: FineTuningApi, url: str) -> None:
    api.faults.update(upload=["hang"], create=["hang"], retrieve=["hang"], events=["hang"])
    for work in (
        lambda jobs: jobs.upload(folder / "data" / DEV),
        lambda jobs: jobs.create(wanted()),
        lambda jobs: jobs.job("ftjob-0"),
        lambda jobs: jobs.events("ftjob-0", set()),
    ):
        with pytest.raises(UnavailableError):
            with_jobs(url, work, timeout=0.3)
    with silent_server() as silent, pytest.raises(UnavailableError):
        with_jobs(f"{silent}/v1", lambda jobs: jobs.job("ftjob-0"), timeout=0.3)


def test_a_file_that_the_endpoint_refuses_is_told(folder: Path, url: str) -> None:
    (folder / "short.jsonl").write_text("{}\n")
    with pytest.raises(FineTuneError, match=r"uploading short\.jsonl: .*has 1 examples"):
        with_jobs(url, lambda jobs: jobs.upload(folder / "short.jsonl"))


def test_a_job_on_a_later_page_is_found(api: FineTuningApi, url: str) -> None:
    for i in range(7):
        job = {"id": f"ftjob-{i}", "object": "fine_tuning.job", "status": "running", "training_file": f"file-{i}", "model": "m"}
        api.jobs[f"ftjob-{i}"] = job
    found = with_jobs(url, lambda jobs: jobs.find("file-0"))
    assert found is not None
    assert found.id == "ftjob-0"
    assert with_jobs(url, lambda jobs: jobs.find("file-9")) is None


def test_ctrl_c_leaves_the_job_running_and_the_same_command_follows_it_again(folder: Path, api: FineTuningApi, url: str) -> None:
    api.course = ("running",)
    environment = {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": KEY}
    arguments = [sys.executable, "-m", "training.openai_fine_tune", *command(folder, "--rows", "-1")]
    process = subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: api.count("retrieve") >= 2)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, told = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == INTERRUPTED
    assert "--job ftjob-0" in output
    assert "goes on by itself" in told
    assert "Traceback" not in told
    assert api.count("cancel") == 0
    api.course = ("succeeded",)
    assert run(folder, "--rows", "-1") == 0
    assert len(api.jobs) == 1
