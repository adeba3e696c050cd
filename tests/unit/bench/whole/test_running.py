"""One benchmark as a process: its last line, its deadline, what it lacks; and which ones are chosen."""

import json
import sys
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.whole.benches import BENCHES, Bench, UnknownBenchError, chosen
from bench.whole.results import DONE, FAILED, LATE, NOT_RUN, Result, read, read_all, write
from bench.whole.running import ROOT, Run, _timed, run

PLAIN = Result("odd", "python -m odd", NOT_RUN)


def ran(folder: Path, code: str, seconds: float = 30.0) -> Result:
    return _timed(PLAIN, [sys.executable, "-c", code], {"TOLD": "by environment"}, (folder, seconds))


def test_the_last_line_is_kept_with_date_and_seconds(tmp_path: Path) -> None:
    found = ran(tmp_path, "import os, json; print('a table'); print(json.dumps({'told': os.environ['TOLD']})); print()")
    assert (found.status, found.output, found.why) == (DONE, {"told": "by environment"}, "")
    assert found.date.startswith("20")
    assert found.seconds > 0
    assert "a table" in (tmp_path / "odd.out").read_text()


def test_load_and_what_others_did_are_told_of_before_and_after(tmp_path: Path) -> None:
    found = run(Bench("odd", "fast", "bench.nothing", ""), Run(tmp_path))
    assert (found.status, len(found.load), len(found.busy)) == (FAILED, 2, 2)
    assert "bench.nothing" in found.why


def test_no_path_of_the_machine_is_kept(tmp_path: Path) -> None:
    found = ran(tmp_path, f'print(\'{{"made": "{ROOT}/artifacts/judge"}}\')')
    assert found.output == {"made": "artifacts/judge"}


def test_figures_of_one_that_found_something_wrong_are_kept_with_what_it_ended_with(tmp_path: Path) -> None:
    found = ran(tmp_path, "print('{\"violations\": 1}'); raise SystemExit(1)")
    assert (found.status, found.output, found.why) == (DONE, {"violations": 1}, "it ended with 1")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('{\"half\": 1}'); raise ValueError('broke')", "ValueError: broke"),
        ("raise SystemExit('No Redis answers')", "No Redis answers"),
        ("print('no figure')", "it ended with 0 and said nothing"),
        ("print('[1]')", "it ended with 0 and said nothing"),
    ],
)
def test_one_that_breaks_tells_its_last_words(tmp_path: Path, code: str, why: str) -> None:
    found = ran(tmp_path, code)
    assert (found.status, found.why, found.output) == (FAILED, why, None)


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    import psutil

    code = "import subprocess, sys, time; from pathlib import Path; "
    code += "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True); "
    code += f"Path({str(tmp_path / 'pid')!r}).write_text(str(p.pid)); time.sleep(60)"
    found = ran(tmp_path, code, seconds=2.0)
    assert (found.status, found.why) == (LATE, "it was not done within 2 s")
    child = int((tmp_path / "pid").read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE  # nobody's child any more


def test_what_a_machine_lacks_is_said_and_nothing_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, need in (("containers", "needs a Docker engine with Compose"), ("rolling_update", "needs caddy")):
        (bench,) = chosen([name], [])
        found = run(bench, Run(tmp_path))
        assert (found.status, found.why) == (NOT_RUN, need)
    assert list(tmp_path.iterdir()) == []


def test_a_smoke_run_leaves_out_what_has_no_short_form(tmp_path: Path) -> None:
    found = run(Bench("odd", "fast", "bench.odd", "--long", None), Run(tmp_path, is_quick=True))
    assert (found.status, found.why, found.command) == (NOT_RUN, "it has no short form for a smoke run", "python -m bench.odd")


def test_benchmarks_are_chosen_by_name_and_by_group() -> None:
    assert [bench.name for bench in chosen([], [])] == [bench.name for bench in BENCHES]
    gpus = [bench.name for bench in BENCHES if bench.group == "gpus" and bench.name != "specialist_forward"]
    assert [bench.name for bench in chosen(["gpus", "extract"], ["specialist_forward"])] == ["extract", *gpus]
    with pytest.raises(UnknownBenchError, match="no benchmark is called forrest; there are compare, "):
        chosen(["forrest"], [])


def test_an_unknown_name_ends_the_run_before_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "forrest"]) == 2
    assert "no benchmark is called forrest" in capsys.readouterr().err


def test_a_result_is_read_as_it_was_written_and_a_broken_file_is_none(tmp_path: Path) -> None:
    result = Result("odd", "python -m odd", DONE, load=(0.5, 1.0), busy=(0.0, 0.1), output={"a": [1, 2]})
    write(tmp_path, result)
    assert read(tmp_path / "odd.json") == result
    for name, text in (
        ("half", '{"name": "half"'),
        ("list", "[]"),
        ("lacking", '{"name": "lacking"}'),
        ("load", json.dumps({**result.__dict__, "load": 3})),
    ):
        (tmp_path / f"{name}.json").write_text(text)
    assert read_all(tmp_path) == {"odd": result}
    assert read(tmp_path / "absent.json") is None
