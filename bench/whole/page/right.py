"""How right prices are: errors beside peers by data set, names that people type, what texts leave unsaid, chat answers bounded."""

from typing import Any

from bench.whole.page.figures import Line, Output, bound, inside, number, rows, share, table, written
from bench.whole.page.parts import Part, Section
from common.pricers import PRICERS

SETS = {
    "seed": "the published test set",
    "amazon-b": "Amazon",
    "walmart": "Walmart",
    "bestbuy": "Best Buy",
    "lite": "appliances",
    "named": "brand goods",
    "typed": "names as people type them",
    "deal": "deals' goods",
}
ENSEMBLE, GIVEN, THERE = "ensemble", "recorded answers as given", "ensemble, rows with a recorded answer"
NEIGHBOURS, MEDIAN = "TF-IDF neighbours", "the median price"
OUR_CHOICE = "from the price now"
SCENES = ("noisy", "drawn", "alone")  # of bench.chat_bounds, beside that in which both answers are the recorded one
SAYS = {"seed": "a published Llama-3.1-8B fine-tune", "deal": "a large chat model, asked blind"}


def compare(output: Output) -> list[Line]:
    """The ensemble's error in logarithms beside each peer's, by data set."""
    found: list[Line] = []
    for column, words in SETS.items():
        ours = number(output, "table", ENSEMBLE, column, "log_error")
        for peer in (NEIGHBOURS, MEDIAN):
            found.append(Line(words, ours, "ln", number(output, "table", peer, column, "log_error"), peer))
        given, there = (number(output, "table", name, column, "log_error") for name in (GIVEN, THERE))
        if given is not None and there is not None:
            found.append(Line(f"{words}, rows with its answer", there, "ln", given, SAYS.get(column, "a recorded answer")))
    return [line for line in found if line.ours is not None and line.peer is not None]


def compare_table(output: Output) -> list[str]:
    """Each pricer and peer by data set: the error in logarithms with its interval, then in dollars."""
    everything: dict[str, Any] = output.get("table") or {}
    columns = [column for column in SETS if any(column in scores for scores in everything.values())]
    header = ["", *(f"{SETS[column]} ({_count(everything, column):,})" for column in columns)]
    return [
        *rows(
            header,
            (
                [name, *(_cell(scores.get(column), _count(everything, column)) for column in columns)]
                for name, scores in everything.items()
            ),
        ),
        "",
        *_beside(output),
    ]


def _count(everything: dict[str, Any], column: str) -> int:
    return int(max(scores[column]["n"] for scores in everything.values() if column in scores))


def _cell(scores: dict[str, Any] | None, most: int) -> str:
    error = number(scores or {}, "log_error")
    if scores is None or error is None:
        return "-"
    ends = scores.get("log_error_ci95")
    interval = f" ({ends[0]:.3f} to {ends[1]:.3f})" if ends else ""
    covered = f", {written(number(scores, 'coverage80'), '%')} inside" if number(scores, "coverage80") is not None else ""
    fewer = f", of {scores['n']:,}" if scores["n"] < most else ""
    return f"**{error:.3f}**{interval}, ${number(scores, 'mae') or 0:,.0f}{covered}{fewer}"


def _beside(output: Output) -> list[str]:
    return table(compare(output))


def baselines(output: Output) -> list[Line]:
    """Every baseline's mean error in dollars over products-dev."""
    lines = [Line(name, number(each, "mae"), "$") for name, each in (output.get("results") or {}).items()]
    return sorted((line for line in lines if line.ours is not None), key=lambda line: line.ours or 0.0)


def names(output: Output) -> list[Line]:
    """Right within $40 or 20 %, of a hundred names, and of those that no title of the catalogue repeats."""
    best = number(output, ENSEMBLE, "hits")
    asked = [name for name in (pricer.name for pricer in PRICERS) if number(output, name, "hits") is not None]
    found = [share("right within $40 or 20 %", best, number(output, name, "hits"), f"{name} alone") for name in asked]
    strangers = (ENSEMBLE, "strangers")
    return [
        *found,
        inside("in the 80 % interval", number(output, ENSEMBLE, "coverage80")),
        Line("names that the catalogue does not have", number(output, *strangers, "n"), ""),
        share("right within $40 or 20 %, of these", number(output, *strangers, "hits")),
    ]


def unsaid(output: Output) -> list[Line]:
    """Coverage with and without what a text states, also by attribute."""
    parts = {name: each for name, each in output.items() if isinstance(each, dict) and name != "all"}
    return [
        Line("products", number(output, "all", "n"), ""),
        inside("in the 80 % interval, the whole text", number(output, "all", "coverage80", "told")),
        inside("in the 80 % interval, the attributes left out", number(output, "all", "coverage80", "unsaid")),
        *(
            inside(f"the same, {name} ({number(each, 'n') or 0:.0f})", number(each, "coverage80", "unsaid"))
            for name, each in parts.items()
        ),
        Line("error, the attributes left out", number(output, "all", "log_error", "unsaid"), "ln",
             number(output, "all", "log_error", "told"), "the whole text"),
        share("intervals that widen", number(output, "all", "wider")),
    ]  # fmt: skip


def attributes(output: Output) -> list[Line]:
    """Whether the first named attribute moves the price most, and helps most, beside other ways to choose."""
    others = [name for name, each in output.items() if name != OUR_CHOICE and isinstance(each, dict)]
    return [
        Line("products", number(output, "n"), ""),
        *(
            share(words, number(output, OUR_CHOICE, key), number(output, name, key), name)
            for key, words in (("moved", "the first named moved the price most"), ("helped", "the first named brought it nearest"))
            for name in others
        ),
    ]


def describe(output: Output) -> list[Line]:
    """Errors before and after a description is written."""
    kinds = {name: each for name, each in output.items() if isinstance(each, dict)}
    found = [
        line
        for name, each in kinds.items()
        for line in (
            Line(
                f"error, {name} described",
                number(each, "error", 1),
                "ln",
                number(each, "retold", "error", 1),
                "the same as it came",
            ),
            bound(f"the same, {name}", number(each, "error", 1), "ln", number(each, "error", 0), "title and description alone"),
        )
    ]
    return [*found, *(share(f"facts traceable, {name}", number(each, "traceable")) for name, each in kinds.items())]


def chat(output: Output) -> list[Line]:
    """What bounding recorded chat answers does to their error; an answer that nobody recorded is made up in several ways."""
    found: list[Line] = []
    for name in ("dev", "deals", "both"):
        count = f"{name} ({number(output, name, 'n') or 0:,.0f})"
        found += [
            Line(f"error, {count}: bounded", number(output, name, "bounded"), "ln", number(output, name, peer), words)
            for peer, words in (("alone", "the recorded answers as given"), ("local", "the local estimator"))
        ]
        found += [
            Line(f"error, {count}: bounded, first answer {scene}", number(output, name, "scenes", scene, "bounded"), "ln",
                 number(output, name, "scenes", scene, "first"), "these first answers")
            for scene in SCENES
        ]  # fmt: skip
    return found


RIGHT = Section(
    "How right are the prices?",
    "Errors are mean distances of natural logarithms (0.10 is about 10 %), of rows that no part was fitted on; less is better.",
    (
        Part(
            "compare",
            "Pricers and peers by data set",
            compare,
            "In brackets the 95 % bootstrap interval, then the mean error in dollars and the share of truths in the 80 % interval. "
            "Of the names six stand in the catalogue, on which peers are fitted as well.",
            compare_table,
        ),
        Part(
            "baselines",
            "Classic baselines on the 2,126 listings",
            baselines,
            "Mean absolute error, all fitted on the same 15,250 rows.",
        ),
        Part("famous", "A hundred famous names", names, "Many of them are goods of the catalogue, which is fitted on as a whole."),
        Part("typed_names", "A hundred names as people type them", names),
        Part(
            "unsaid",
            "What a text leaves unsaid",
            unsaid,
            "Intervals have to widen where capacity, size, pack, year or condition are not told.",
        ),
        Part(
            "attributes",
            "Which attribute would narrow it most",
            attributes,
            "Measure and values were chosen on these rows; a share has a standard error of 3 %.",
        ),
        Part("describe", "Texts written for poor ones", describe),
        Part(
            "chat_bounds",
            "Recorded chat answers, bounded",
            chat,
            "One answer to a product was recorded, and two are asked for: the other is taken to be the same, off by a factor "
            "(noisy), drawn to the local estimate, or not to be had (alone).",
        ),
    ),
)
