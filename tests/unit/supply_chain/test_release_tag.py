"""A release is made of a tag that somebody who may has signed, and of no other. Real git and ssh-keygen."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from supply_chain.release_tag import PLACES, ROOT, faults, lagging

pytestmark = pytest.mark.skipif(not (shutil.which("git") and shutil.which("ssh-keygen")), reason="needs git and ssh-keygen")
WHO = "maker@example.com"


class Repository:
    """One commit of version 1.2.0, and keys to sign with."""

    def __init__(self, folder: Path) -> None:
        self.root, self.keys = folder / "repository", folder
        (self.root / ".github").mkdir(parents=True)
        (self.root / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
        (self.root / "CHANGELOG.md").write_text("# Changelog\n\n## [1.2.0]\n")
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "all")

    def git(self, *words: str) -> None:
        who = {f"GIT_{role}_{part}": WHO for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        environment = os.environ | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["git", *words], cwd=self.root, env=environment, check=True, capture_output=True, timeout=30)

    def key(self, name: str) -> Path:
        path = self.keys / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True, timeout=30)
        return path

    def allow(self, key: Path) -> None:
        public = key.with_suffix(".pub").read_text()
        (self.root / ".github" / "allowed_signers").write_text(f'# who may\n{WHO} namespaces="git" {public}')

    def sign(self, tag: str, key: Path) -> None:
        self.git("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "tag", "--sign", "--message", tag, tag)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.allow(made.key("maker"))
    return made


def test_a_tag_signed_by_who_may_becomes_a_release(repository: Repository) -> None:
    repository.sign("v1.2.0", repository.keys / "maker")
    assert list(faults("v1.2.0", repository.root)) == []


def test_a_tag_signed_by_a_stranger_becomes_none(repository: Repository) -> None:
    repository.sign("v1.2.0", repository.key("stranger"))
    assert ["signed" in each for each in faults("v1.2.0", repository.root)] == [True]


@pytest.mark.parametrize("how", [("--annotate", "--message", "x"), ()], ids=["annotated", "light"])
def test_an_unsigned_tag_becomes_none(repository: Repository, how: tuple[str, ...]) -> None:
    repository.git("tag", *how, "v1.2.0")
    assert ["signed" in each for each in faults("v1.2.0", repository.root)] == [True]


def test_nobody_may_as_long_as_the_list_is_empty(repository: Repository) -> None:
    (repository.root / ".github" / "allowed_signers").write_text("# nobody yet\n")
    repository.sign("v1.2.0", repository.keys / "maker")
    assert ["signed" in each for each in faults("v1.2.0", repository.root)] == [True]


def test_a_tag_of_another_version_becomes_none(repository: Repository) -> None:
    repository.sign("v1.3.0", repository.keys / "maker")
    assert list(faults("v1.3.0", repository.root)) == ["v1.3.0 is not v1.2.0, which pyproject.toml says"]


def test_a_version_that_the_changelog_does_not_know_becomes_none(repository: Repository) -> None:
    (repository.root / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n")
    repository.sign("v1.2.0", repository.keys / "maker")
    assert list(faults("v1.2.0", repository.root)) == ["CHANGELOG.md has no part ## [1.2.0]"]


def test_a_name_that_looks_like_an_option_is_a_name(repository: Repository) -> None:
    assert any("signed" in each for each in faults("--version", repository.root))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/scanner/pyproject.toml", '[project]\nname = "scanner"\nversion = "1.1.0"\n'),
        ("deploy/kubernetes/base/kustomization.yaml", "images:\n  - {name: product-pricing-agent/scanner, newTag: 1.1.0}\n"),
        ("deploy/helm/product-pricing-agent/Chart.yaml", "version: 1.2.0\nappVersion: 1.1.0\n"),
        ("deploy/helm/product-pricing-agent/values.yaml", "images:\n  tag: 1.1.0\n"),
    ],
)
def test_a_release_whose_manifests_would_run_the_former_becomes_none(repository: Repository, path: str, text: str) -> None:
    (repository.root / path).parent.mkdir(parents=True)
    (repository.root / path).write_text(text)
    repository.sign("v1.2.0", repository.keys / "maker")
    assert list(faults("v1.2.0", repository.root)) == [f"{path} says 1.1.0, and pyproject.toml 1.2.0"]


def test_everything_says_the_version_of_today_and_every_place_is_one() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert list(lagging(version)) == []
    for pattern, place in PLACES:
        texts = [path.read_text(encoding="utf-8") for path in ROOT.glob(pattern)]
        found = sum(len(re.findall(place, text, re.MULTILINE)) for text in texts)
        assert found >= max(len(texts) if "kustomization" not in pattern else 8, 1), pattern  # 8 images, the GPU's among them
