"""Curation in processes of its own: the same rows from every engine, going on after a kill, and real rows."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.integration.training.curation.fixtures import make_tokenizer, record, write_jsonl
from training.curation.chunks import cut
from training.curation.curator import Curator
from training.curation.duplicates import find_groups, load_corpus
from training.curation.settings import Settings
from training.data.shingles import RepeatIndex

SPLITS = ("train", "validation", "test")
ROOT = Path(__file__).resolve().parents[4]


def command(tokenizer: Path, source: Path, out: Path, *arguments: object) -> list[str]:
    rules = ("--min-chars", 60, "--min-tokens", 15, "--max-tokens", 40, "--tokenizer", tokenizer, "--chunk-mb", 0.02)
    return [sys.executable, "-m", "training.items_curate", *(str(each) for each in (source, "--out", out, *rules, *arguments))]


def run(tokenizer: Path, source: Path, out: Path, *arguments: object) -> dict[str, bytes]:
    """The files of the splits, byte by byte."""
    done = subprocess.run(
        command(tokenizer, source, out, *arguments), capture_output=True, text=True, cwd=ROOT, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["out"] == str(out)
    return {split: (out / f"{split}.parquet").read_bytes() for split in SPLITS}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_jsonl(tmp_path_factory.mktemp("source") / "rows.jsonl", [record(seed % 1900) for seed in range(2000)])


@pytest.fixture(scope="module")
def expected(tokenizer: Path, source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return run(tokenizer, source, tmp_path_factory.mktemp("out"), "--workers", 0)


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_make_the_same_files(
    tokenizer: Path, source: Path, expected: dict[str, bytes], tmp_path: Path, workers: int
) -> None:
    assert run(tokenizer, source, tmp_path, "--workers", workers) == expected


@pytest.mark.timeout(240)
def test_ray_makes_the_same_files(tokenizer: Path, source: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs Ray: uv sync --inexact --extra ray")
    assert run(tokenizer, source, tmp_path, "--engine", "ray", "--workers", 2) == expected


@pytest.mark.parametrize("packed", [False, True])
def test_a_killed_run_goes_on_where_it_stopped(
    tokenizer: Path, source: Path, expected: dict[str, bytes], tmp_path: Path, packed: bool
) -> None:
    if packed:
        import zstandard

        path = tmp_path / "rows.jsonl.zst"
        path.write_bytes(zstandard.compress(source.read_bytes() * 40))  # more than one block
    else:
        path = source
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(tokenizer, path, out, "--workers", 1), stderr=subprocess.DEVNULL, cwd=ROOT, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not list(out.glob(".shards-*/*.report.json")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (shards,) = out.glob(".shards-*")
    times = {done.name: done.stat().st_mtime_ns for done in shards.glob("*.report.json")}
    assert times, "the run was killed before it had done anything"
    assert not (out / "meta.json").exists()
    kept = run(tokenizer, path, out, "--workers", 1, "--keep-shards")
    assert {name: (shards / name).stat().st_mtime_ns for name in times} == times, "a finished chunk was made again"
    assert not list(shards.glob("*.jsonl")), "unpacked blocks are left behind"
    if not packed:
        assert kept == expected


def test_an_interrupted_run_says_how_to_go_on(tokenizer: Path, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(command(tokenizer, source, out, "--workers", 1), stderr=subprocess.PIPE, text=True, cwd=ROOT)
    deadline = time.monotonic() + 60
    while not list(out.glob(".shards-*/*.report.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "the same command goes on from here" in told.splitlines()[-1]


@pytest.mark.timeout(240)
def test_real_rows_are_parted_as_the_exact_test_wants(shared_data: Path, tmp_path: Path) -> None:
    """LSH misses at most one in two hundred of the pairs that an exact comparison of all 17 k rows finds."""
    data = shared_data / "data"
    curator = Curator(Settings(data / "llama3-tokenizer.model", tmp_path))
    numbers = [curator(chunk).number for chunk in cut([data / "products-train.jsonl.xz"], tmp_path)]
    corpus = load_corpus(tmp_path, numbers)
    *_, (_, groups) = find_groups(corpus)
    labels = groups.all_labels()
    texts = [text for number in numbers for text in parquet.read_table(tmp_path / f"{number:06d}.rows.parquet")["text"].to_pylist()]
    index = RepeatIndex(texts)
    pairs = {(min(i, j), max(i, j)) for i, text in enumerate(texts) for j in index.repeated_by(text) if i != j}
    missed = [pair for pair in pairs if labels[pair[0]] != labels[pair[1]]]
    assert len(pairs) > 1000
    assert len(missed) <= 0.005 * len(pairs)
    shutil.rmtree(tmp_path)
