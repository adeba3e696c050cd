"""The way of deals, the dashboard, the start, the images, and what training works with."""

from bench.whole.page.figures import Line, Output, bound, number, rate
from bench.whole.page.parts import Part, Section


def deals(output: Output) -> list[Line]:
    """From a feed's text to a phone."""
    return [
        bound(
            "items parsed",
            number(output, "reading", "parsed_a_second"),
            "/s",
            number(output, "reading", "feedparser_alone_a_second"),
            "feedparser alone",
        ),
        rate("items read: price, references, product", number(output, "reading", "read_a_second")),
        Line("a scan of 500 items, 105 new, median", number(output, "scans", "later_median_s"), "s"),
        Line("the first scan, all new", number(output, "scans", "first", "seconds"), "s"),
        Line("memory of the scanner after the first", number(output, "scans", "first", "resident_mb"), "MB"),
        rate("pushes", number(output, "pushes", "a_second")),
    ]


def detail_pages(output: Output) -> list[Line]:
    """Pages of ten shops, politely."""
    count = f"{number(output, 'pages') or 0:.0f} pages of {number(output, 'hosts') or 0:.0f} hosts"
    return [Line(count, number(output, "warm_s"), "s", number(output, "plain_loop_s"), "a plain loop")]


def feed_shapes(output: Output) -> list[Line]:
    """The longest that a feed takes, and how long the loop stands still."""
    shapes = [each for each in output.get("shapes") or [] if isinstance(each, dict)]
    longest = max((each for each in shapes), key=lambda each: number(each, "seconds") or 0.0, default={})
    stillest = max((number(each, "gap_ms") or 0.0 for each in shapes), default=None)
    return [
        Line("hostile and honest shapes", float(len(shapes)) or None, ""),
        Line(f"the longest: {longest.get('shape', '')}", number(longest, "seconds"), "s"),
        bound("the scanner's loop stands still, at most", stillest, "ms", number(output, "idle_gap_ms"), "with nothing to do"),
        Line("memory of the largest process", number(output, "largest_process_mb"), "MB"),
    ]


def price_history(output: Output) -> list[Line]:
    """A scan's questions to the history."""
    size = f"{number(output, 'offers') or 0:,.0f} offers"
    scan = output.get("scan of 500, s") or {}
    return [
        bound(
            f"questions of a scan of 500, over {size}",
            number(scan, "together"),
            "s",
            number(output, "bound s"),
            "counting all offers once",
        ),
        Line("storing them", number(scan, "stored"), "s"),
        Line("a writer's wait while old ones are forgotten, 90 %", number(output, "prune", "wait ms, 90 %"), "ms"),
        Line("peak memory", number(output, "peak mb"), "MB"),
    ]


def catalogue(output: Output) -> list[Line]:
    """Bulk pricing, small and ten times as large, on both engines."""
    small, large, ray = (output.get(name) or {} for name in ("local", "local, larger", "ray"))
    rows = f"{number(large, 'rows') or 0:,.0f} rows"
    return [
        rate(
            "rows priced, once it has started",
            _settled(small, large),
            _settled(ray, output.get("ray, larger") or {}),
            "the same on Ray",
        ),
        Line(
            f"{number(small, 'rows') or 0:,.0f} rows, start included",
            number(small, "seconds"),
            "s",
            number(ray, "seconds"),
            "the same on Ray",
        ),
        bound(f"peak memory, {rows}", number(large, "peak_rss_mb"), "MB", number(small, "peak_rss_mb"), "a tenth of them"),
    ]


def _settled(small: Output, large: Output) -> float | None:
    """Rows a second of those that the larger has more, which leaves the start out."""
    rows, seconds = ((number(large, key) or 0.0) - (number(small, key) or 0.0) for key in ("rows", "seconds"))
    return rows / seconds if rows > 0 and seconds > 0 else None


def dashboard(output: Output) -> list[Line]:
    """The list of opportunities under words, filters and orders."""
    count = f"{number(output, 'opportunities') or 0:,.0f} opportunities"
    bare = number(output, "page_without_a_question_ms", "p50")
    found = [
        bound(f"the list of {count}: {name}, median", number(each, "p50"), "ms", bare, "a page that asks nothing")
        for name, each in (output.get("list_ms") or {}).items()
    ]
    return [
        *found,
        bound("the slowest, 95 %", number(output, "worst_p95_ms"), "ms", number(output, "goal_ms"), "the goal"),
        Line("a deal's page, median", number(output, "deal_ms", "p50"), "ms"),
        Line("first paint", number(output, "first_paint_ms"), "ms"),
    ]


def pages(output: Output) -> list[Line]:
    """All pages in a browser."""
    return [
        Line("views, two widths, light and dark", number(output, "views"), ""),
        Line("found by axe-core", number(output, "violations"), ""),
        Line("wider than the screen", number(output, "too_wide"), ""),
        Line("complaints of the console", number(output, "complaints"), ""),
        Line("first paint, median", number(output, "first_paint_ms", "median"), "ms"),
    ]


def map_frames(output: Output) -> list[Line]:
    """The map that turns."""
    return [
        rate(
            f"frames, {words}",
            number(output, "webgl", name, "frames_a_second"),
            number(output, "plain", name, "frames_a_second"),
            "a canvas without WebGL",
        )
        for name, words in (("flat", "flat"), ("space", "in space"))
    ]


def evaluation(output: Output) -> list[Line]:
    """training.evaluate's own work."""
    found = [
        Line(name, number(each, "seconds"), "s", number(each, "plain_seconds"), "one sample after another")
        for name, each in output.items()
        if name.startswith("bootstrap") and isinstance(each, dict)
    ]
    rows = f"{number(output, 'run', 'rows') or 0:,.0f} rows"
    return [
        *found,
        Line(f"a run over {rows}, report included", number(output, "run", "seconds"), "s"),
        Line("its report drawn anew", number(output, "run", "redraw_ms"), "ms"),
    ]


def curate(output: Output) -> list[Line]:
    """Rows curated, beside the plain way over the same."""
    found = {name: each for name, each in output.items() if isinstance(each, dict)}
    return [
        line
        for name, each in found.items()
        for line in (
            rate(
                f"rows curated, {name} input",
                number(each, "rows_per_second"),
                number(each, "plain", "rows_per_second"),
                "a plain loop that finds no duplicates",
            ),
            Line(f"peak memory, {name} input", number(each, "peak_rss_mb"), "MB"),
        )
    ]


def curate_libraries(output: Output) -> list[Line]:
    """Why curation takes the libraries that it takes."""
    pairs = (("json", "orjson", "json"), ("tokenizer", "tiktoken", "tokenizers"), ("minhash", "rensa", "datasketch"))
    return [
        rate(f"{ours}, rows on one core", number(output, kind, ours), number(output, kind, peer), peer)
        for kind, ours, peer in pairs
    ]


def start(output: Output) -> list[Line]:
    """`make run` from a fresh clone."""
    return [
        Line("first start, everything set up", number(output, "first", "seconds"), "s"),
        bound("each later start", number(output, "later", "seconds"), "s", number(output, "first", "seconds"), "the first"),
        Line("CPU time of a later start", number(output, "later", "cpu_s", "all"), "s"),
        Line("memory of all services", number(output, "later", "rss_mb", "all"), "MB"),
        Line("the environment on disk", number(output, "environment_mb"), "MB"),
    ]


def wheel(output: Output) -> list[Line]:
    """Everything in one file."""
    return [
        Line("the wheel", number(output, "wheel_mb"), "MB", number(output, "largest_mb"), "the largest that PyPI takes by default"),
        Line("installed", number(output, "install_s"), "s"),
        Line("ready for the first time", number(output, "ready_s"), "s"),
        Line("ready again", number(output, "ready_again_s"), "s"),
        Line("its environment", number(output, "environment_mb"), "MB"),
    ]


def containers(output: Output) -> list[Line]:
    """Sizes, the way from nothing to a price, memory."""
    base = number(output, "base_mb")
    sizes = [Line(f"image of {name}", size, "MB", base, "its base alone") for name, size in (output.get("image_mb") or {}).items()]
    return [
        Line(
            "from nothing to the first price",
            number(output, "first_price_s"),
            "s",
            180.0 if number(output, "first_price_s") else None,
            "the bar",
        ),
        Line("all ready", number(output, "all_ready_s"), "s"),
        Line("memory of all containers", number(output, "memory_mb_in_all"), "MB"),
        *sizes,
    ]


SYSTEMS = Section(
    "Deals, dashboard, start and images",
    "A scanner, a notifier and a dashboard as real processes; what they are fed is made up.",
    (
        Part(
            "deals", "The way of deals", deals, "Their judge answers at once here: what pricing takes is not in the scans' times."
        ),
        Part("detail_pages", "The pages of a scan", detail_pages),
        Part("feed_shapes", "Hostile feeds", feed_shapes),
        Part("price_history", "The price history", price_history),
        Part("dashboard", "The dashboard's list", dashboard),
        Part("pages", "Every page in a browser", pages),
        Part("map_frames", "The map of products", map_frames),
        Part("start", "The start", start, "What it installs had been fetched before."),
        Part("wheel", "The wheel", wheel, "What it installs had been fetched before."),
        Part("containers", "Containers", containers),
        Part("catalogue", "Pricing a catalogue", catalogue),
        Part("evaluation", "The evaluation", evaluation),
        Part("curate", "Curation", curate),
        Part("curate_libraries", "Libraries of curation", curate_libraries),
    ),
)
