"""docs/benchmarks.md as a text, a pure function of the results; and the file with its pictures, written whole or not at all."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from bench.whole.benches import BENCHES
from bench.whole.page import pictures
from bench.whole.page.deals import DEALS
from bench.whole.page.disturbed import is_disturbed
from bench.whole.page.fast import FAST
from bench.whole.page.gpus import GPUS
from bench.whole.page.parts import Part, Section
from bench.whole.page.right import RIGHT
from bench.whole.page.systems import SYSTEMS
from bench.whole.results import DONE, NOT_RUN, Result, read_all

SECTIONS: tuple[Section, ...] = (RIGHT, DEALS, FAST, SYSTEMS, GPUS)
BUSY_WORDS = (
    "Others were at work: times are longer and rates lower than alone, ratios of few requests say little, and no picture has them."
)

HEAD = """# Benchmarks

Made by `make bench` of what each command of [bench](../bench/README.md) said last ([bench/recorded](../bench/recorded)); not
edited by hand. **times as good** is our figure beside a peer's of the same run, on the same machine: 2 × is half the error, half
the time or twice the rate, and below 1 the peer is better; where no peer but a bound stands beside it there is none. Times alone
say what one machine did on one day: which, and how many of its cores others kept busy, stands below each table."""


def page(results: Mapping[str, Result]) -> str:
    """The page. What is not measured says so."""
    lines = [HEAD, "", *_missing(results)]
    for picture in pictures.of(results):
        lines += [f"![{picture.words}](benchmarks/{picture.file})", ""]
    for section in SECTIONS:
        lines += [f"## {section.title}", "", section.words, ""]
        for part in section.parts:
            lines += [f"### {part.title}", "", *_part(part, results.get(part.bench)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _missing(results: Mapping[str, Result]) -> list[str]:
    absent = [bench.name for bench in BENCHES if bench.name not in results or results[bench.name].status == NOT_RUN]
    failed = [bench.name for bench in BENCHES if bench.name in results and results[bench.name].status not in (DONE, NOT_RUN)]
    words = f"{len(BENCHES) - len(absent) - len(failed)} of {len(BENCHES)} benchmarks are measured."
    words += f" Not run: {', '.join(absent)}." if absent else ""
    words += f" Failed: {', '.join(failed)}." if failed else ""
    return [words, ""]


def _part(part: Part, result: Result | None) -> list[str]:
    if result is None:
        return ["Not run."]
    if result.status != DONE:
        when = f" ({result.date} UTC)" if result.date else ""
        return [f"{result.status.capitalize()}: {result.why}{when}. `{result.command}`"]
    told = part.told(result.output or {})
    words = [part.words, ""] if part.words and told else []
    return [*words, *(told or ["It said nothing that this page tells."]), "", _where(result)]


def _where(result: Result) -> str:
    """By which command, when, of which commit, on what."""
    others = result.busy or result.load
    load = [f"{each:.1f} {when}" for each, when in zip(others, ("before", "after"), strict=False)]
    facts = [
        f"`{result.command}`",
        f"{result.date} UTC",
        f"commit {result.commit}" if result.commit else "commit unknown",
        f"{result.machine}, {result.cores} cores",
        *([f"{'others on' if result.busy else 'load'} {', '.join(load)}"] if load else []),
        *([f"{result.seconds:.0f} s"] if result.seconds else []),
    ]
    busy = f" **{BUSY_WORDS}**" if is_disturbed(result) else ""
    odd = f" Beware: {result.why}." if result.why else ""
    return f"<sub>{' · '.join(facts)}.{busy}{odd}</sub>"


def write_page(recorded: Path, page_file: Path, folder: Path) -> None:
    """The page of the results in `recorded`, its pictures in `folder`; to see one drawn anew of the same figures, delete it."""
    results = read_all(recorded)
    drawn = pictures.of(results) if find_spec("matplotlib") else []  # a GPU node may lack it; the page is made elsewhere
    for picture in drawn:
        if not pictures.is_drawn(picture, folder / picture.file):
            pictures.save(picture, folder / picture.file)
    for stale in set(folder.glob("*.png")) - {folder / picture.file for picture in drawn}:
        stale.unlink()
    page_file.parent.mkdir(parents=True, exist_ok=True)
    part = page_file.with_suffix(".md.part")
    part.write_text(page(results), encoding="utf-8")
    part.replace(page_file)
