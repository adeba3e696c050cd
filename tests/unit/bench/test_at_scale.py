"""bench.at_scale: the rows that it makes, what it does again and what not; and the watcher that ends what grows too large."""

import json
import subprocess
import sys
from pathlib import Path

from bench.at_scale import REPEATS, Step, run_all, synthetic, write_rows
from bench.memory import Memory
from bench.training_gpus import Seen
from training.data.rows import product_text, read_rows, row_of
from training.data.shingles import RepeatIndex


def products(folder: Path, count: int) -> list[Path]:
    path = folder / "products.jsonl"
    texts = [" ".join(f"word{n}x{part}" for part in range(60)) for n in range(count)]
    rows = [{"title": f"Lamp {n}", "description": [text], "features": [], "price": 5.0 + n} for n, text in enumerate(texts)]
    short = {"title": "Lamp", "description": ["a lamp"], "features": [], "price": 5.0}
    path.write_text("".join(json.dumps(row) + "\n" for row in (*rows, short, rows[0] | {"price": None})))
    return [path]


def test_an_eighth_of_the_rows_repeats_another_and_no_other_does(tmp_path: Path) -> None:
    texts = [product_text(row_of(record)) for record in synthetic(products(tmp_path, 10), 160)]
    alone = [text for number, text in enumerate(texts) if number % REPEATS]
    assert RepeatIndex(alone).repeats(alone) == [True] * len(alone)  # each repeats itself,
    assert all(len(RepeatIndex(alone).repeated_by(text)) == 1 for text in alone)  # and nothing else
    assert len(texts) == 160


def test_as_many_rows_are_written_as_are_asked_for_and_only_once(tmp_path: Path) -> None:
    files = products(tmp_path, 10)
    paths = write_rows(tmp_path / "raw", files, 50_003)
    assert [sum(1 for _ in read_rows(path)) for path in paths] == [50_000, 3]
    made = [path.stat().st_mtime_ns for path in paths]
    assert [path.stat().st_mtime_ns for path in write_rows(tmp_path / "raw", files, 50_003)] == made


def test_what_is_done_is_not_done_again_and_what_lacks_something_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "logs").mkdir()
    (tmp_path / "figures" / "one.json").write_text('{"wall_seconds": 3, "told": {}}')
    steps = [Step("one", "nothing", ()), Step("two", "no_such_command", (), ("one",)), Step("three", "nothing", (), ("two",))]
    found = run_all(steps, tmp_path, ["one", "two", "three"], 1e12)
    assert found["one"] == {"wall_seconds": 3, "told": {}}
    assert found["two"]["failed"] == "status 1"
    assert "no_such_command" in found["two"]["tail"][-1]
    assert found["three"] == {"left_out": "without two"}
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["one.json"]


def test_a_command_that_takes_more_memory_than_it_may_is_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        memory = Memory(process.pid, 0.01, 1000)
        memory.start()
        assert process.wait(30) == -9
        memory.stop()
    assert memory.is_killed
    assert memory.peak > 1000


def test_a_trainings_rate_leaves_its_first_steps_out() -> None:
    seen = Seen()
    for step in range(1, 9):
        seen.take(json.dumps({"step": step, "of": 8, "loss": 2.0}) + "\n")
        seen.times[step] = 100.0 if step < 4 else 100.0 + step
    seen.take("something else\n")
    assert seen.steps_a_second() == 1.0
    assert list(seen.losses) == list(range(1, 9))
    assert seen.tail[-1] == "something else"
