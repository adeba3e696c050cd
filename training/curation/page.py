"""The page of a curation: its figures, what each rule dropped, and the categories, in one HTML file that needs nothing else.

Pictures are embedded, so that the file can be mailed and opened without a network. Knows nothing of how they were drawn.
"""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.curation.stats import CurationStats
from training.data.whole_files import whole_file

SHOWN_CATEGORIES = 15  # shops name hundreds; the smallest are added up
WHAT = "What was read, what the rules dropped, and what the sample took."
NOTHING = "The rules kept no row: there is nothing to draw."
STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1c2230;background:#f4f6f9}
main{max-width:76rem;margin:0 auto;padding:2rem 1.25rem 3rem}
h1{font-size:1.9rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:0 0 .35rem}p{margin:0 0 .8rem;color:#475069}
.tiles,.cards{display:grid;gap:1rem;margin:1.25rem 0}
.tiles{grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr))}.cards{grid-template-columns:repeat(auto-fit,minmax(min(30rem,100%),1fr))}
.tile,section{background:#fff;border:1px solid #dfe4ec;border-radius:.6rem;padding:1rem 1.15rem}
.tile b{display:block;font-size:1.55rem;line-height:1.2;font-variant-numeric:tabular-nums}.tile span{color:#475069;font-size:.9rem}
img{display:block;width:100%;height:auto}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.4rem .6rem;text-align:right;border-bottom:1px solid #e3e7ee;white-space:nowrap}
th{color:#475069;font-weight:600;font-size:.9rem}th:first-child,td:first-child{text-align:left;white-space:normal}
tr.sum td{font-weight:600;border-bottom:0;border-top:2px solid #b9c3d3}
.bar{width:30%;min-width:6rem}.bar i{display:block;height:.7rem;border-radius:.2rem;background:#0b6e99;min-width:1px}
.bar i[hidden]{display:none}
"""


@dataclass(frozen=True)
class Picture:
    """A figure on disk. `words` say what it shows, also to those who do not see it."""

    path: Path
    heading: str
    words: str


def shown_name(category: str) -> str:
    """A category as people write it: files of Amazon-Reviews-2023 have underscores in its place."""
    return category.replace("_", " ") or "no category"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _tile(number: str, words: str) -> str:
    return f'<div class="tile"><b>{html.escape(number)}</b><span>{html.escape(words)}</span></div>'


def _tiles(stats: CurationStats) -> str:
    dropped = sum(stats.dropped.values())
    tiles = [
        _tile(f"{stats.rows:,}", "rows read"),
        _tile(f"{dropped:,}", f"dropped, {_share(dropped, stats.rows)} of the rows"),
        _tile(f"{stats.kept:,}", f"kept, {_share(stats.kept, stats.rows)} of the rows"),
        _tile(f"{stats.sampled:,}", f"in the sample, {_share(stats.sampled, stats.kept)} of the kept"),
    ]
    tiles += [_tile(f"{count:,}", f"in the split {name}") for name, count in stats.splits.items()]
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _card(picture: Picture) -> str:
    content = base64.b64encode(picture.path.read_bytes()).decode()
    heading, words = html.escape(picture.heading), html.escape(picture.words)
    image = f'<img alt="{heading}. {words}" src="data:image/png;base64,{content}">'
    return f"<section><h2>{heading}</h2><p>{words}</p>{image}</section>"


def _row(cells: Sequence[str], tag: str = "td", kind: str = "") -> str:
    opening = f"<{tag}>" if tag == "td" else f'<{tag} scope="col">'
    return f"<tr{kind}>{''.join(f'{opening}{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _dropped(stats: CurationStats) -> str:
    widest = max(stats.dropped.values(), default=0) or 1
    lines = [
        f"<tr><td>{html.escape(rule)}</td><td>{count:,}</td><td>{_share(count, stats.rows)}</td>"
        f'<td class="bar"><i style="width:{count / widest:.1%}"{"" if count else " hidden"}></i></td></tr>'
        for rule, count in stats.dropped.items()
    ]
    dropped = sum(stats.dropped.values())
    last = (_row(("dropped", f"{dropped:,}", _share(dropped, stats.rows), ""), kind=' class="sum"'),)
    kept = _row(("kept", f"{stats.kept:,}", _share(stats.kept, stats.rows), ""))
    head = _row(("Rule", "Rows dropped", "Share of all rows", ""), "th")
    return _table(
        "What each rule dropped", "In the order of the rules: a row counts at the first that it fails.", head, [*lines, *last, kept]
    )


def _category(name: str, counts: Sequence[int], stats: CurationStats) -> str:
    read, kept, sampled = counts
    figures = (f"{read:,}", f"{kept:,}", _share(kept, read), f"{sampled:,}", _share(sampled, stats.sampled))
    return _row((name, *figures))


def _categories(stats: CurationStats) -> str:
    tables = (stats.categories_read, stats.categories_kept, stats.categories_sampled)
    found = {name: [table.get(name, 0) for table in tables] for name in stats.categories_read}
    ordered = sorted(found, key=lambda name: (-found[name][1], -found[name][0], name))
    lines = [_category(shown_name(name), found[name], stats) for name in ordered[:SHOWN_CATEGORIES]]
    rest = ordered[SHOWN_CATEGORIES:]
    if rest:
        lines.append(_category(f"{len(rest):,} others", [sum(found[name][i] for name in rest) for i in range(3)], stats))
    head = _row(("Category", "Read", "Kept", "Share kept", "In the sample", "Share of the sample"), "th")
    return _table("Categories in figures", "From the rows read to the sample.", head, lines)


def _table(heading: str, words: str, head: str, lines: Sequence[str]) -> str:
    return (
        f"<section><h2>{heading}</h2><p>{words}</p>"
        f'<div class="scroll"><table><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table></div></section>'
    )


def write(path: Path, stats: CurationStats, pictures: Sequence[Picture]) -> Path:
    """Write the page to `path`, through a rename; returns it."""
    content = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Curation: {stats.kept:,} of {stats.rows:,} products</title><style>{STYLE}</style></head><body><main>"
        f"<h1>Curation</h1><p>{WHAT if stats.kept else NOTHING}</p>"
        f'{_tiles(stats)}{_dropped(stats)}<div class="cards">{"".join(map(_card, pictures))}</div>{_categories(stats)}'
        "</main></body></html>\n"
    )
    with whole_file(path) as part:
        part.write_text(content, encoding="utf-8")
    return path
