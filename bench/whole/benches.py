"""What the whole run runs: each benchmark with its arguments, its deadline and what it needs, in the order of a reader's questions.

The arguments are shorter than a benchmark's own defaults where those take long: all of them end within an hour on two quiet cores.
Knows nothing of how one is run, nor of what it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from bench.whole.needs import BROWSER, CADDY, DATA, DOCKER, GPU, GPU_TRAINING, POSTGRES, SYSTEM, TRAINING, UV, VLLM

RIGHT, DEALS, FAST, SYSTEMS, GPUS = "right", "deals", "fast", "systems", "gpus"
GROUPS = {
    RIGHT: "how right prices are, beside peers",
    DEALS: "extraction, judging, watching, alerts",
    FAST: "how fast and how large each part is",
    SYSTEMS: "the dashboard, the start, images, curation",
    GPUS: "what a GPU does",
}


@dataclass(frozen=True)
class Bench:
    """A command: `python -m module arguments`. `quick`: its arguments in a smoke run, None where it is left out of one."""

    name: str
    group: str
    module: str
    arguments: str = ""
    quick: str | None = None
    minutes: float = 4.0  # after which it is ended
    needs: tuple[str, ...] = ()


BENCHES = (
    Bench("compare", RIGHT, "bench.compare", "", "--limit 60", 15, (DATA, TRAINING)),
    Bench("baselines", RIGHT, "training.baselines", "--out runs/bench/baselines", None, 12, (DATA, TRAINING)),
    Bench("famous", RIGHT, "bench.famous", "", "--pricer frontier-rag", 4),
    Bench("typed_names", RIGHT, "bench.famous", "--list typed_names", None, 4),
    Bench("unsaid", RIGHT, "bench.unsaid", "--limit 300", "--limit 10", 6, (DATA,)),
    Bench("attributes", RIGHT, "bench.attributes", "", "--limit 5", 20, (DATA,)),
    Bench("describe", RIGHT, "bench.describe", "--limit 150", "--limit 5", 6, (DATA,)),
    Bench("chat_bounds", RIGHT, "bench.chat_bounds", "", None, 8, (DATA,)),
    Bench("judge", DEALS, "training.judge_train", "--compare-only", None, 12, (DATA, TRAINING)),
    Bench("extract", DEALS, "bench.extract", "", "", 2, (DATA,)),
    Bench("watchlist", DEALS, "bench.watchlist", "", None, 6, (DATA,)),
    Bench("week", DEALS, "bench.week", "", "", 8),
    Bench("specialist", FAST, "bench.specialist", "--load-seconds 5", "--load-seconds 1", 5),
    Bench("forest", FAST, "bench.forest", "--load-seconds 5", "--texts 50 --rounds 1 --load-seconds 1", 5),
    Bench("frontier_rag", FAST, "bench.frontier_rag", "--sizes 20000 --seconds 6", "--sizes 2000 --seconds 1", 8),
    Bench("embedder", FAST, "bench.embedder", "--speed", "--speed", 4, (TRAINING,)),
    Bench("price", FAST, "bench.price", "--seconds 3", "--seconds 0.5 --clients 1 8", 5, (SYSTEM,)),
    Bench("ensemble", FAST, "bench.ensemble", "--seconds 3", "--seconds 0.6 --rounds 1 --clients 1 8", 6),
    Bench("fan_out", FAST, "bench.fan_out", "--seconds 2", "--seconds 0.5 --rounds 1", 3),
    Bench("front_door", FAST, "bench.front_door", "", "--requests 200 --repeats 1 --lines 1000", 3),
    Bench("tracing", FAST, "bench.tracing", "", "", 4),
    Bench("model_reload", FAST, "bench.model_reload", "--reloads 5", "--reloads 1", 4),
    Bench("growth", FAST, "bench.growth", "--texts 3000", "--texts 200 --every 50", 8),
    Bench("rolling_update", FAST, "bench.rolling_update", "--seconds 30", "--seconds 10", 5, (CADDY,)),
    Bench("leading", FAST, "bench.leading", "", "--rounds 1", 6, (POSTGRES,)),
    Bench("deals", FAST, "bench.deals", "--offers 200000", "--offers 2000 --scans 2 --pushes 20", 8),
    Bench("detail_pages", FAST, "bench.detail_pages", "", "--pages 10", 3),
    Bench("feed_shapes", FAST, "bench.feed_shapes", "", "plain brackets", 6),
    Bench("price_history", FAST, "bench.price_history", "--offers 200000", "--offers 2000", 6),
    Bench("catalogue", FAST, "bench.catalogue", "--rows 4000", "--rows 200", 6),
    Bench("dashboard", SYSTEMS, "bench.dashboard", "", "--opportunities 300", 6),
    Bench("pages", SYSTEMS, "bench.pages", "", None, 8, (SYSTEM, BROWSER)),
    Bench("map_frames", SYSTEMS, "bench.map_frames", "", "--seconds 1", 3, (BROWSER,)),
    Bench("evaluation", SYSTEMS, "bench.evaluation", "", "--rows 500", 4),
    Bench("curate", SYSTEMS, "bench.curate", "", None, 10, (DATA,)),
    Bench("curate_libraries", SYSTEMS, "bench.curate_libraries", "", "--rows 200", 4, (DATA,)),
    Bench("start", SYSTEMS, "bench.start", "", None, 6, (UV,)),
    Bench("wheel", SYSTEMS, "bench.wheel", "", None, 6, (UV,)),
    Bench("containers", SYSTEMS, "bench.containers", "--up", None, 20, (DOCKER,)),
    Bench(
        "specialist_gpu",
        GPUS,
        "bench.specialist",
        "--cuda --quantizations fp8 --clients 1 32 128 --load-seconds 5 --seconds 200",
        None,
        5,
        (GPU, GPU_TRAINING),
    ),
    Bench("specialist_forward", GPUS, "bench.specialist_forward", "--prompts 1 16 128", None, 8, (GPU, GPU_TRAINING)),
    Bench("vllm", GPUS, "bench.vllm", "--load-seconds 6", None, 8, (GPU, GPU_TRAINING, VLLM)),
    Bench("agreement", GPUS, "bench.specialist", "--agreement artifacts/specialist", None, 6, (GPU, GPU_TRAINING, DATA)),
    Bench("training_gpus", GPUS, "bench.training_gpus", "--gpus 1 2 --steps 18 --batch 32 --kill", None, 10, (GPU, TRAINING)),
)


class UnknownBenchError(ValueError):
    """A name that is neither a benchmark's nor a group's; the message lists those that there are."""


def named(names: Sequence[str]) -> set[str]:
    """Names of benchmarks and of groups, as benchmarks. UnknownBenchError for any other."""
    known = {bench.name: [bench.name] for bench in BENCHES} | {
        group: [bench.name for bench in BENCHES if bench.group == group] for group in GROUPS
    }
    if unknown := [name for name in names if name not in known]:
        raise UnknownBenchError(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(known)}")
    return set(chain.from_iterable(known[name] for name in names))


def chosen(only: Sequence[str], skip: Sequence[str]) -> list[Bench]:
    """Those of `only`, or all, without those of `skip`, in order. A name may be a group's."""
    wanted, unwanted = named(only), named(skip)
    return [bench for bench in BENCHES if (not only or bench.name in wanted) and bench.name not in unwanted]
