"""All training at the original's scale: 400,000 rows of synthetic text, step by step. The last line is JSON.

    uv run python -m bench.at_scale [--rows 400000] [--work runs/at-scale] [--steps curate random-forest] [--cores 16]

Each step is the command itself, on Ray where it has an engine, in a process tree whose wall seconds, CPU seconds and peak memory
are taken. A step that is done is kept and not done again; one that was stopped goes on. What a step needs and is not there
leaves it out; `--delivered specialist` takes the delivered artifact instead of making one, and says so. The rows are real
products with every third word changed, an eighth of them near-duplicates: vocabulary, lengths and prices are like those of
Amazon-Reviews-2023, errors in dollars mean nothing. The specialist is a tiny one.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import zstandard

from bench.curate import lines_of, varied
from bench.memory import Memory
from common.settings import artifacts_dir, shared_data_dir
from training.data.whole_files import whole_file
from training.engines.engine import ENGINES

BASE = "products-train.jsonl.xz"
LEAST_CHARACTERS = 320  # of description and features: shorter ones fall to a rule of curation
FILE_ROWS = 50_000  # of one raw file
REPEATS = 8  # of so many rows one repeats another
PERIOD, TAIL = 0.5, 12  # seconds between two looks at a step; lines kept of one that failed
LIGHT = ("random", "mean", "median", "features-linear-log", "words-linear-log", "tfidf-ridge-log")
DELIVERED = ("specialist", "random-forest")
HEAVY = ("boosting-log", "word2vec-linear-log", "word2vec-svr-log", "word2vec-forest-log", "tfidf-neighbours-log")
# As training/make_artifacts.sh has them: the delivered forest, and the small specialist of --small.
FOREST = "--dimensions 200 --epochs 2 --trees 100 --max-leaves 2200 --max-features 0.12 --min-texts 3 --folds 5"
PRETRAINING = "--teachers 0 --twins 0 --vocab 2400 --layers 2 --width 64 --inner 128 --heads 4 --kv-heads 2"
PRETRAINING += " --epochs 0.5 --block 64 --batch 64 --no-compile"
TEACHING = "--epochs 1 --student-epochs 1 --batch 64 --folds 2 --runs 1 --lora 4 --unpriced 0"


@dataclass(frozen=True)
class Step:
    """A command of training, what it is given, and the steps whose results it reads."""

    name: str
    module: str
    arguments: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """What the steps may use: cores, the specialist's device, the engine of those steps that have one, held-out rows to price."""

    cores: int = 2
    device: str = "cpu"
    engine: str = "ray"
    priced: int | None = None


def steps_of(raw: Sequence[Path], shared: Path, machine: Machine) -> list[Step]:
    """All of them, the ones that tell most first. Paths are within the work folder."""
    cores = str(machine.cores)
    spread, jobs, threads = ("--engine", machine.engine, "--workers", cores), ("--jobs", cores), ("--threads", cores)
    on = ("--device", machine.device)
    tokenizer, dev = shared / "llama3-tokenizer.model", shared / "products-dev.jsonl.xz"
    curating = (*map(str, raw), "--out", "curated", "--max-price", "10000", "--sample", "none", "--tokenizer", str(tokenizer))
    data, specialist = ("--data", "curated"), ("--base", "runs/specialist/small", "--teachers", "runs/specialist/small")
    made, forest, curated = "artifacts/", ("random-forest",), ("curate",)
    limit = ("--limit", str(machine.priced)) if machine.priced else ()
    return [
        Step("curate", "items_curate", (*curating, "--exclude", str(dev), *spread)),
        Step("baselines", "baselines", (*LIGHT, *data, "--all-rows", "--out", "baselines", *threads), curated),
        Step("random-forest", "random_forest_train", (*data, "--out", f"{made}random-forest", *FOREST.split(), *jobs), curated),
        Step(
            "price-catalogue",
            "price_catalogue",
            ("curated/test.parquet", "priced.jsonl", "--pricer", "local:random-forest", *spread),
            forest,
        ),
        Step("specialist-pretrain", "specialist_pretrain", (*data, *PRETRAINING.split(), *on), curated),
        Step(
            "specialist",
            "specialist_train",
            (*data, *specialist, "--out", f"{made}specialist", *TEACHING.split(), *on),
            ("specialist-pretrain",),
        ),
        Step("index", "frontier_rag_index", (*data, "--chroma", "chroma", "--keep-repeats", "--grace", "0", *threads), curated),
        Step("bundle", "frontier_rag_index", (*data, "--export", f"{made}frontier-rag", *threads), curated),
        Step("estimator", "frontier_rag_estimator", (*data, *threads), ("bundle",)),
        Step("ensemble", "ensemble_train", (*data, "--out", f"{made}ensemble", *limit), (*forest, "specialist", "estimator")),
        Step("baselines-heavy", "baselines", (*HEAVY, *data, "--all-rows", "--out", "baselines-heavy", *threads), curated),
    ]


def synthetic(files: Sequence[Path], rows: int) -> Iterator[dict[str, Any]]:
    """The products of the files, evenly taken from, again and again with other words; one of REPEATS is nearly the one before."""
    import orjson

    records = [record for line in lines_of(files) if _is_long(record := orjson.loads(line))]
    step = max(1, len(records) // rows)
    records = records[::step]
    for number in range(rows):
        copy, place = divmod(number, len(records))
        kind = 1 + number // REPEATS % 3 if number % REPEATS == 0 else 0
        yield varied(records[place], 4 * copy + kind if copy or kind else 0)


def _is_long(record: dict[str, Any]) -> bool:
    texts = (*record["description"], *record["features"])
    return bool(record.get("price")) and sum(map(len, texts)) > LEAST_CHARACTERS


def write_rows(folder: Path, files: Sequence[Path], rows: int) -> list[Path]:
    """The raw rows as packed files, written once."""
    import orjson

    paths = [folder / f"rows-{start // FILE_ROWS:03d}.jsonl.zst" for start in range(0, rows, FILE_ROWS)]
    if all(path.is_file() for path in paths):
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    source = synthetic(files, rows)
    for path in paths:
        with whole_file(path) as part, part.open("wb") as file, zstandard.ZstdCompressor(level=3).stream_writer(file) as packed:
            for record in islice(source, FILE_ROWS):
                packed.write(orjson.dumps(record) + b"\n")
    return paths


def run_step(step: Step, work: Path, most: float) -> dict[str, Any]:
    """Run the command, its output to logs/; what it took and told. "failed" says how it ended where it did."""
    log = work / "logs" / f"{step.name}.log"
    command = [sys.executable, "-m", f"training.{step.module}", *step.arguments]
    paths = (str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", ""))
    told = {
        "ARTIFACTS_DIR": str(work / "artifacts"),
        "VAR_DIR": str(work / "var"),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    begun, load = time.perf_counter(), os.getloadavg()[0]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=work, env=os.environ | told, stdout=file, stderr=subprocess.STDOUT)
        memory = Memory(process.pid, PERIOD, most)
        memory.start()
        code = process.wait()
        memory.stop()
        memory.join()
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    found = {
        "wall_seconds": round(time.perf_counter() - begun, 1),
        "cpu_seconds": round(memory.cpu_seconds, 1),
        "peak_rss_mb": round(memory.peak / 1e6),
        "load_before": round(load, 1),
    }
    if code or memory.is_killed:
        why = f"more than {most / 1e9:g} GB" if memory.is_killed else f"status {code}"
        return found | {"failed": why, "tail": lines[-TAIL:]}
    return found | {"told": _short(json.loads(lines[-1]))}


def _short(told: dict[str, Any]) -> dict[str, Any]:
    """Numbers and words alone: what lies deeper is in the log."""
    return {name: value for name, value in told.items() if isinstance(value, int | float | str)}


def run_all(steps: Sequence[Step], work: Path, wanted: Sequence[str], most: float) -> dict[str, Any]:
    """What each step took, from this run or an earlier one; a step without what it needs says so."""
    figures: dict[str, Any] = {}
    for step in steps:
        mark = _mark(work, step.name)
        missing = [name for name in step.needs if "told" not in figures.get(name, {})]
        if mark.is_file():
            figures[step.name] = json.loads(mark.read_text(encoding="utf-8"))
        elif step.name not in wanted:
            figures[step.name] = {"left_out": "not asked for"}
        elif missing:
            figures[step.name] = {"left_out": f"without {', '.join(missing)}"}
        else:
            print(f"{time.strftime('%T')} {step.name} ...", file=sys.stderr, flush=True)
            figures[step.name] = run_step(step, work, most)
            if "told" in figures[step.name]:
                _keep(mark, figures[step.name])
        print(f"{step.name:<20} {figures[step.name]}", file=sys.stderr, flush=True)
    return figures


def deliver(name: str, work: Path) -> None:
    """Put the delivered artifact where the step would have made one, which is then done."""
    shutil.copytree(artifacts_dir() / name, work / "artifacts" / name, dirs_exist_ok=True)
    version = json.loads((work / "artifacts" / name / "meta.json").read_text(encoding="utf-8"))["version"]
    _keep(_mark(work, name), {"told": {"delivered": version}})


def _mark(work: Path, name: str) -> Path:
    """The figures of a step that is done."""
    return work / "figures" / f"{name}.json"


def _keep(mark: Path, figures: dict[str, Any]) -> None:
    with whole_file(mark) as part:
        part.write_text(json.dumps(figures, indent=2), encoding="utf-8")


def prepare(work: Path) -> None:
    """Folders of the run, and the embedder, which no step makes anew."""
    for name in ("figures", "logs", "artifacts", "var"):
        (work / name).mkdir(parents=True, exist_ok=True)
    if not (work / "artifacts" / "embedder").exists():
        shutil.copytree(artifacts_dir() / "embedder", work / "artifacts" / "embedder")


def main() -> None:
    """Write the rows, run the steps, tell."""
    names = [step.name for step in steps_of([], Path(), Machine())]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=400_000, help="raw rows (default: %(default)s)")
    parser.add_argument("--work", type=Path, default=Path("runs/at-scale"), help="everything is kept here (default: %(default)s)")
    parser.add_argument("--steps", nargs="+", choices=names, default=names, help="these alone, besides what is done (default: all)")
    parser.add_argument("--delivered", nargs="+", choices=DELIVERED, default=[], help="steps whose artifact is the delivered one")
    parser.add_argument("--engine", choices=ENGINES, default="ray", help="of curation and catalogue (default: %(default)s)")
    parser.add_argument("--cores", type=int, default=2, help="workers of Ray, threads, processes (default: %(default)s)")
    parser.add_argument("--device", default="cpu", help="of the specialist: cuda or cpu (default: %(default)s)")
    parser.add_argument("--priced", type=int, help="rows of each part that the ensemble's pricers are asked (default: all)")
    parser.add_argument("--most-gb", type=float, default=14.0, help="a step that takes more memory is ended (default: %(default)s)")
    arguments = parser.parse_args()
    shared = shared_data_dir()
    if not shared:
        parser.error("no shared data here, of whose products the rows are made: set PRICER_DATA")
    work = arguments.work.resolve() / str(arguments.rows)
    prepare(work)
    for name in arguments.delivered:
        deliver(name, work)
    raw = write_rows(work / "raw", [shared / "data" / BASE], arguments.rows)
    steps = steps_of(raw, shared / "data", Machine(arguments.cores, arguments.device, arguments.engine, arguments.priced))
    figures = run_all(steps, work, arguments.steps, arguments.most_gb * 1e9)
    print(json.dumps({"bench": "at_scale", "rows": arguments.rows, "cores": os.cpu_count(), "steps": figures}))


if __name__ == "__main__":
    main()
