"""Measures training.items_curate on the shared data: rows a second, memory, what bounds it. The last line is one JSON object.

    uv run python -m bench.curate [FILE ...] [--rows 10000000]

--rows repeats the input with variations, so that duplicates of every kind have to be found among new products. The plain way
(--plain: one process, json.loads, one encode a row, no duplicates looked for) is timed on the same rows. Start-up is part of every
time, its own too.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import zstandard

from bench.memory import watch
from common.product_files.packed import open_packed
from common.product_files.product_text import squeeze
from common.settings import shared_data_dir
from training.curation.curator import cut_at_word
from training.curation.settings import Rules
from training.curation.tokens import load_tokens
from training.data.rows import contents_text, row_of

NAMES = ("train", "dev", "pcparts", "unpriced")
LETTERS = "bcdfghjklmnpqrstvwxz"


def lines_of(files: Sequence[Path]) -> Iterator[bytes]:
    """All lines of all files."""
    for path in files:
        with open_packed(path) as file:
            yield from file


def plain(files: Sequence[Path], tokenizer: Path) -> dict[str, Any]:
    """The plain way: each row parsed, put together and encoded, one after another."""
    rules, tokens, rows, kept = Rules(), load_tokens(tokenizer), 0, 0
    for line in lines_of(files):
        rows += 1
        row = row_of(json.loads(line))
        if not row.is_priced:
            continue
        contents = contents_text(row)
        if len(contents) > rules.min_chars:
            text = f"{squeeze(row.title)}\n{cut_at_word(contents, rules.max_chars)}"
            kept += tokens.cut(text, rules.max_tokens).tokens > rules.min_tokens
    return {"rows": rows, "kept": kept}


def plainly(files: Sequence[Path], tokenizer: Path) -> dict[str, Any]:
    """The same as a command of its own, with its peak memory."""
    run = watch("bench.curate", [*map(str, files), "--tokenizer", str(tokenizer), "--plain"])
    return run.told | run.cost(run.told["rows"])


def _marked(text: str, mark: str) -> str:
    """Every third word with a mark: no run of six words stays as it was, and the length hardly changes."""
    return " ".join(word + mark if position % 3 == 0 else word for position, word in enumerate(text.split()))


def varied(record: dict[str, Any], copy: int) -> dict[str, Any]:
    """Copy 0 is the row; of four others one is another product, one has an added sentence, one another title, one another price."""
    kind, mark = copy % 4, "".join(LETTERS[copy // 20**place % 20] for place in range(3))
    if copy == 0 or "price" not in record:
        return record
    if kind == 0:
        texts = {key: [_marked(text, mark) for text in record[key]] for key in ("description", "features")}
        return {**record, "title": _marked(record["title"], mark), **texts}
    if kind == 1:
        return {
            **record,
            "title": f"{record['title']} ({mark})",
            "description": [*record["description"], f"Offer {mark} of the week."],
        }
    if kind == 2:
        return {**record, "title": f"{mark} {record['title']}"}
    return {**record, "price": round(0.5 + (float(record["price"] or 0) + copy) % 990, 2)}


def repeat(files: Sequence[Path], rows: int, folder: Path) -> list[Path]:
    """The input again and again with variations, as packed files of one copy each, until there are so many rows."""
    import orjson

    records = [orjson.loads(line) for line in lines_of(files)]
    paths, written, copy = [], 0, 0
    while written < rows:
        taken = records[: rows - written]
        path = folder / f"copy-{copy:05d}.jsonl.zst"
        with path.open("wb") as file, zstandard.ZstdCompressor(level=1).stream_writer(file) as packed:
            for record in taken:
                packed.write(orjson.dumps(varied(record, copy)) + b"\n")
        paths.append(path)
        written, copy = written + len(taken), copy + 1
    return paths


def curated(files: Sequence[Path], out: Path, workers: int) -> dict[str, Any]:
    """One run of the command, with its peak memory."""
    # Compiled modules are kept for the second run on, as they are wherever the environment does not forbid it.
    settings = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    settings["PYTHONPYCACHEPREFIX"] = str(out.parent / "pycache")
    run = watch("training.items_curate", [*map(str, files), "--out", str(out), "--workers", str(workers)], settings)
    told = run.told
    stages = {name: told["stage_seconds"][name] for name in sorted(told["stage_seconds"], key=lambda n: -told["stage_seconds"][n])}
    return {
        "rows": told["rows"],
        "kept": told["kept"],
        "sampled": told["sampled"],
        "dropped": told["dropped"],
        **run.cost(told["rows"]),
        "stage_seconds": stages,
        "bound_by": next(iter(stages)),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="raw rows (default: the four products files of the shared data)")
    parser.add_argument(
        "--rows", type=int, default=None, help="repeat the input with variations to so many rows (default: as it is)"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes (default: %(default)s)")
    parser.add_argument("--tokenizer", type=Path, default=None, help="tiktoken-format file (default: that of the shared data)")
    parser.add_argument(
        "--work", type=Path, default=None, help="where to put what is written meanwhile (default: a temporary folder)"
    )
    parser.add_argument("--plain", action="store_true", help="run the plain way over the files, and nothing else")
    arguments = parser.parse_args()
    shared = shared_data_dir()
    if not shared and not (arguments.files and arguments.tokenizer):
        parser.error("no shared data here: name FILEs and a --tokenizer, or set PRICER_DATA")
    folder = shared / "data" if shared else Path()
    arguments.files = arguments.files or [folder / f"products-{name}.jsonl.xz" for name in NAMES]
    arguments.tokenizer = arguments.tokenizer or folder / "llama3-tokenizer.model"
    return arguments


def main() -> None:
    """Measure and print; the last line is the JSON."""
    arguments = _arguments()
    if arguments.plain:
        print(json.dumps(plain(arguments.files, arguments.tokenizer)))
        return
    if arguments.work:
        arguments.work.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="bench-curate-", dir=arguments.work))
    try:
        files, cases = list(arguments.files), {}
        if arguments.rows:
            files = repeat(files, arguments.rows, work)
            cases["repeated"] = files
        else:
            cases = {
                "cold": files[:1],
                "all": files,
                "priced": [path for path in files if "unpriced" not in path.name],
                "train": files[:1],
            }
        figures = {name: curated(paths, work / name, arguments.workers) for name, paths in cases.items() if paths}
        for name, found in figures.items():
            if name != "cold":
                found["plain"] = plainly(cases[name], arguments.tokenizer)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for name, row in figures.items():
        print(f"{name:<10} {row}", file=sys.stderr)
    print(
        json.dumps(
            {"bench": "curate", "cores": os.cpu_count(), "workers": arguments.workers, "load": os.getloadavg()[0], **figures}
        )
    )


if __name__ == "__main__":
    main()
