"""How fast and how large each part is, beside its peer of the same run."""

from bench.whole.page.figures import Line, Output, bound, number, rate, share
from bench.whole.page.parts import Part, Section

PLAIN = "transformers' generate() in float32, one by one"
BATCHED = "one forward pass of transformers in float32 over 32"


def specialist(output: Output) -> list[Line]:
    """The small model on this processor."""
    figures = output.get("figures") or {}
    one = "price@1 160 tokens"
    return [
        Line("one price, 160 tokens, median", number(figures, one, "p50_ms"), "ms", number(output, "plain_way", "p50_ms"), PLAIN),
        rate("in batches of 32", _items(figures, "batch32@1"), number(output, "plain_way", "batched", "per_second"), BATCHED),
        rate(
            "one text each, 32 clients", number(figures, "price@32", "per_second"), number(output, "plain_way", "per_second"), PLAIN
        ),
        Line("the model alone, 4 x 160 tokens, 8 bits", *_kernel(output, "4 x 160 tokens"), "the same in float32"),
        Line("start", number(output, "start_s"), "s"),
        Line("memory", number(output, "rss_mb"), "MB"),
    ]


def _items(figures: Output, name: str) -> float | None:
    return number(figures, name, "per_second")


def _kernel(output: Output, case: str) -> tuple[float | None, str, float | None]:
    times = ("beside_float32", "ms", case)
    return number(output, *times, "int8"), "ms", number(output, *times, "float32")


def forest(output: Output) -> list[Line]:
    """random-forest's trees beside the libraries that could run them."""
    each = output.get("peers", {}).get("per request") or {}
    ours = number(each, "ours", "p50_ms")
    found = [
        Line("the trees, one request, median", ours, "ms", number(each, name, "p50_ms"), name)
        for name in each
        if name != "ours" and number(each, name, "p50_ms") is not None
    ]
    figures = output.get("figures") or {}
    return [
        *found,
        Line("POST /price, one client, median", number(figures, "POST /price@1", "p50_ms"), "ms"),
        rate("POST /price, 8 clients", number(figures, "POST /price@8", "per_second")),
        rate("in batches of 1,000", number(figures, "POST /price/batch of 1000@1", "per_second")),
        Line("memory", number(figures, "rss_mb"), "MB"),
        Line("start", number(figures, "start_s"), "s"),
    ]


def frontier_rag(output: Output) -> list[Line]:
    """The store of products and the local estimator over it."""
    sizes = output.get("sizes") or []
    found: list[Line] = []
    for each in sizes:
        size = f"{number(each, 'products') or 0:,.0f} products"
        found += [
            share(f"recall of the 5 nearest, {size}", number(each, "store", "recall_at_5"), 1.0, "an exact search"),
            Line(f"the 24 nearest, {size}, median", number(each, "store", "nearest", "p50_ms"), "ms"),
            Line(f"POST /price, {size}, median", number(each, "http", "price@1", "p50_ms"), "ms"),
            rate(f"POST /price, 8 clients, {size}", number(each, "http", "price@8", "per_second")),
            Line(f"CPU time of one of these, {size}", number(each, "http", "price@8", "cpu_ms"), "ms"),
            Line(f"on disk, {size}", number(each, "disk_mb"), "MB"),
            Line(f"memory, {size}", number(each, "http", "peak_rss_mb"), "MB"),
        ]
    return found


def embedder(output: Output) -> list[Line]:
    """The 8-bit embedder beside the model as it was published."""
    cases = (output.get("beside_float32") or {}).get("ms") or {}
    return [
        Line(f"{name}, least", number(ms, "int8"), "ms", number(ms, "float32"), "float32 as published")
        for name, ms in cases.items()
    ]


def price(output: Output) -> list[Line]:
    """Every speaker of the contract over HTTP, beside the bound that HTTP sets."""
    found: list[Line] = []
    for name, figures in (output.get("figures") or {}).items():
        found += [
            Line(f"{name}: one client, median", number(figures, "price@1", "p50_ms"), "ms"),
            rate(f"{name}: 8 clients", number(figures, "price@8", "items_per_second")),
            rate(f"{name}: batches of 32", number(figures, "batch@8", "items_per_second")),
        ]
    return found


def ensemble(output: Output) -> list[Line]:
    """What the ensemble adds to pricers that take a tenth of a second."""
    found = [
        Line(f"added to the median, {name.removeprefix('clients_')} clients", number(each, "added_p50_ms"), "ms")
        for name, each in (output.get("added") or {}).items()
    ]
    recovery = [each for each in output.get("recovery_seconds") or [] if each is not None]
    return [*found, Line("a killed pricer contributes again, at most", max(recovery, default=None), "s")]


def fan_out(output: Output) -> list[Line]:
    """Requests to three pricers at once, by HTTP client."""
    rates = output.get("per_second") or {}
    return [
        rate("three requests at once, by aiohttp", number(rates, "aiohttp"), number(rates, name), name)
        for name in rates
        if name != "aiohttp"
    ]


def front_door(output: Output) -> list[Line]:
    """CPU time of a request that does nothing."""
    cost, many = output.get("cpu_us_per_request") or {}, output.get("per_cpu_second") or {}
    keys = [Line(f"CPU time of a request, {name}", number(cost, name), "us") for name in cost]
    return [rate("lines of a stream, by CPU second", number(many, "stream"), number(many, "batch"), "items of batches"), *keys]


def tracing(output: Output) -> list[Line]:
    """A request with four spans, beside none."""
    manners = {str(each.get("manner")): each for each in output.get("manners") or [] if isinstance(each, dict)}
    off = number(manners, "off", "request_ms_p50")
    return [
        bound(f"a request of four spans, collector: {name}", number(each, "request_ms_p50"), "ms", off, "tracing off")
        for name, each in manners.items()
        if name != "off"
    ]


def model_reload(output: Output) -> list[Line]:
    """What another version of a model costs those who ask meanwhile."""
    return [
        Line("requests", number(output, "requests"), ""),
        Line("failed", number(output, "failures"), ""),
        *(
            bound(
                f"{words} while a version is taken in",
                number(output, "during_ms", key),
                "ms",
                number(output, "usual_ms", key),
                "otherwise",
            )
            for key, words in (("p50", "median"), ("p90", "90 %"))
        ),
        Line("until it is taken in", number(output, "reload_s_p50"), "s"),
    ]


def growth(output: Output) -> list[Line]:
    """Own memory of each pricer, over texts that it has not seen before."""
    found: list[Line] = []
    for name, each in (output.get("services") or {}).items():
        looks = each.get("looks") or []
        told = [(number(look, "texts"), number(look, "own_mb")) for look in (*looks[:2], *looks[-1:])]
        found += [Line(f"{name}, after {texts or 0:,.0f} texts", memory, "MB") for texts, memory in told]
    return found


def rolling_update(output: Output) -> list[Line]:
    """Requests that fail while processes are replaced."""
    ways = {"drained": "with a drain", "not_drained": "without one"}
    return [Line(f"{what}, {words}", number(output, way, key), unit) for way, words in ways.items()
            for key, what, unit in (("answered", "answered", ""), ("failed", "failed", ""), ("replaced", "processes replaced", ""),
                                    ("p99_ms", "99 %", "ms"))]  # fmt: skip


def leading(output: Output) -> list[Line]:
    """Scanners that take over."""
    return [
        Line(f"the leader is {name}: at most", number(each, "most_s"), "s")
        for name, each in (output.get("without_a_leader") or {}).items()
    ]


FAST = Section(
    "How fast, and how large?",
    "Over HTTP on loopback the load shares the cores with what it asks, which a ratio of two figures of one run leaves out.",
    (
        Part("specialist", "The small specialist", specialist),
        Part("forest", "The random forest", forest),
        Part("frontier_rag", "frontier-rag", frontier_rag),
        Part("embedder", "The embedder of frontier-rag", embedder),
        Part("price", "The running system", price),
        Part("ensemble", "What the ensemble adds", ensemble, "Over stand-ins that take a tenth of a second."),
        Part("fan_out", "The HTTP client between services", fan_out),
        Part("front_door", "The front door", front_door),
        Part("tracing", "Traces", tracing),
        Part("model_reload", "Another version of a model", model_reload),
        Part(
            "growth",
            "Memory over thousands of texts",
            growth,
            "Own memory: without the pages of files, which the system takes back.",
        ),
        Part("rolling_update", "Processes replaced behind a proxy", rolling_update),
        Part("leading", "Another scanner leads", leading, "Two scanners on one PostgreSQL: from the signal until the other leads."),
    ),
)
