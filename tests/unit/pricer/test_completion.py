"""What `pricer completion` prints is really taken by the shells, and completes what there is."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pricer.__main__ import main


def script(shell: str, capsys: pytest.CaptureFixture[str], folder: Path) -> Path:
    assert main(["completion", shell]) == 0
    file = folder / f"pricer.{shell}"
    file.write_text(capsys.readouterr().out)
    return file


def run(shell: str, code: str, folder: Path) -> list[str]:
    """What a shell prints that reads no settings of anybody."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"needs {shell}: apt-get install {shell}")
    plain = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "dumb"}
    command = [program, *plain, "-c", code]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n")


def in_bash(words: str, file: Path) -> list[str]:
    """What bash offers after these words, of which the last is unfinished."""
    code = f"""source {file}
    COMP_WORDS=(pricer {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
    complete -p pricer >/dev/null && _shtab_pricer pricer "${{COMP_WORDS[$COMP_CWORD]}}" 2>/dev/null
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return [each.strip() for each in run("bash", code, file.parent) if each.strip()]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("wat", ["watch"]),
        ("watch re", ["remove"]),
        ("rules d", ["dry-run"]),
        ("deals --fol", ["--follow"]),
        ("deals --condition re", ["refurbished"]),
        ("completion z", ["zsh"]),
        ("price --file in", ["in.csv"]),
        ("nothing", []),
    ],
)
def test_bash_completes(words: str, offered: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "in.csv").touch()
    assert in_bash(words, script("bash", capsys, tmp_path)) == offered


@pytest.mark.parametrize(
    ("words", "offered"), [("pricer wat", "watch"), ("pricer watch re", "remove"), ("pricer deals --fol", "--follow")]
)
def test_fish_completes(words: str, offered: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = script("fish", capsys, tmp_path)
    lines = run("fish", f"source {file}; complete --do-complete '{words}'", tmp_path)
    assert [line.split("\t")[0] for line in lines if line] == [offered]


def test_zsh_takes_the_script(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = script("zsh", capsys, tmp_path)
    code = f'autoload -Uz compinit; compinit -D -u; eval "$(<{file})"; print $_comps[pricer]; whence -w _shtab_pricer'
    assert run("zsh", code, tmp_path)[:2] == ["_shtab_pricer", "_shtab_pricer: function"]


def test_the_script_is_there_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fish", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["shell"], "complete" in told["script"]) == ("fish", True)


def test_a_shell_that_is_not_known_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "cmd"])
    assert ended.value.code == 2
    assert "bash" in capsys.readouterr().err
