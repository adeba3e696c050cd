"""The workflows: checkers accept them, every action is a commit, and images are built as docker-compose.yml builds them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
_PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
_USES = re.compile(r"uses: (\S+)(?: # (\S+))?")


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    return found


def program(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: uv sync --group audit")
    return found


@pytest.mark.parametrize("words", [("actionlint", *map(str, WORKFLOWS)), ("zizmor", "--offline", "--quiet", str(ROOT / ".github"))])
def test_a_checker_accepts_them(words: tuple[str, ...]) -> None:
    done = subprocess.run([program(words[0]), *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_checker_would_find_an_action_by_its_tag(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v7\n")
    done = subprocess.run([program("zizmor"), "--offline", str(bad)], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode != 0
    assert "unpinned-uses" in done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_a_commit_that_says_its_version(path: Path) -> None:
    uses = _USES.findall(path.read_text(encoding="utf-8"))
    assert uses
    assert [(what, version) for what, version in uses if not what.startswith("./") and not (_PINNED.match(what) and version)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_may_only_what_it_says(path: Path) -> None:
    read = workflow(path.name)
    assert read["permissions"] == {}
    assert all("permissions" in job for job in read["jobs"].values())


def test_only_what_publishes_may_write_and_only_behind_the_environment() -> None:
    jobs = workflow("release.yml")["jobs"]
    writers = {
        name for name, job in jobs.items() if {"contents", "packages"} & {k for k, v in job["permissions"].items() if v == "write"}
    }
    assert writers == {"images", "release"}
    assert all(jobs[name]["environment"] == "release" for name in [*writers, "index"])


def test_nothing_is_published_before_the_tag_was_checked_and_all_tests_have_passed() -> None:
    jobs = workflow("release.yml")["jobs"]

    def before(name: str) -> set[str]:
        needs = jobs[name].get("needs", [])
        direct = {needs} if isinstance(needs, str) else set(needs)
        return direct.union(*map(before, direct))

    assert all({"tag", "test"} <= before(name) for name in ("images", "index", "release"))


def test_images_are_built_as_the_compose_file_builds_them() -> None:
    matrix = workflow("release.yml")["jobs"]["images"]["strategy"]["matrix"]["include"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    arguments = [service["build"]["args"] for service in compose.values() if isinstance(service.get("build"), dict)]
    extras = [args.get("EXTRA", "").replace("${MODEL_REGISTRY:+hub}", "hub") for args in arguments]  # whoever sets one, or may
    built = {(args["SERVICE"], args.get("ARTIFACTS", ""), extra) for args, extra in zip(arguments, extras, strict=True)}
    assert {(each["service"], each["artifacts"], each.get("extra", "")) for each in matrix} == built - {("specialist", "", "gpu")}


def test_images_have_names_that_a_registry_takes_whatever_the_owner_is_called() -> None:
    jobs = workflow("release.yml")["jobs"]
    assert jobs["images"]["env"]["IMAGE"] == "${{ needs.tag.outputs.images }}/${{ matrix.service }}"
    assert jobs["tag"]["outputs"]["images"] == "${{ steps.named.outputs.images }}"
    (named,) = [step["run"] for step in jobs["tag"]["steps"] if step.get("id") == "named"]
    told = {"REPOSITORY": "Acme-Corp/Pricing", "GITHUB_OUTPUT": "/dev/stdout"}
    done = subprocess.run(["bash", "-e", "-c", named], env=told, capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "images=ghcr.io/acme-corp/pricing\n"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_asks_the_repository_again_has_a_password_for_it(path: Path) -> None:
    """A checkout keeps none, and a repository may be private."""
    steps = [step for job in workflow(path.name)["jobs"].values() for step in job.get("steps", ())]
    asking = [step for step in steps if re.search(r"\bgit\b[^|;&]*\b(fetch|pull|push|clone|ls-remote)\b", step.get("run", ""))]
    assert [step["run"] for step in asking if "!gh auth git-credential" not in step["run"] or "GH_TOKEN" not in step["env"]] == []
    assert len(asking) == (path.name == "release.yml")


def test_dependabot_looks_at_all_that_it_can_read() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    found = {(each["package-ecosystem"], folder) for each in updates for folder in each.get("directories") or [each["directory"]]}
    composed = [
        path.parent.relative_to(ROOT).as_posix()
        for path in (ROOT / "docker-compose.yml", *(ROOT / "deploy").rglob("docker-compose.yml"))
    ]
    wanted = {("docker-compose", "/" if folder == "." else f"/{folder}") for folder in composed}
    assert found == {("uv", "/"), ("github-actions", "/")} | wanted
    froms = re.findall(r"^FROM (\S+)", (ROOT / "services" / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(froms) == {"${PYTHON_IMAGE}", "packages"}, "an image that is named there wants an entry of its own"
