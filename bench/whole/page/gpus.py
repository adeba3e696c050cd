"""What a GPU does: the specialist in the shape of Llama-3.1-8B over HTTP, and its forward pass alone."""

from bench.whole.page.figures import Line, Output, number, rate
from bench.whole.page.parts import Part, Section

PLAIN = "transformers' generate(), NF4 with an adapter, one by one"
BATCHED = "one forward pass of transformers over 32, NF4 with an adapter"
GENERATED = "transformers' generate() in bf16, one by one"
PADDED = "one forward pass of transformers over 128, in bf16"
FORMS = ("fp8", "nf4", "bf16")


def served(output: Output) -> list[Line]:
    """Prices a second over HTTP, by form."""
    plain, found = output.get("plain_way") or {}, list[Line]()
    batched = number(plain, "batched", "per_second")
    for form, figures in (output.get("forms") or {}).items():
        found += [
            rate(f"{form}: {clients} clients", number(figures, f"price@{clients}", "per_second"), batched, BATCHED)
            for clients in (32, 128, 256)
        ]
        found += [
            Line(f"{form}: one client, median", number(figures, "price@1", "p50_ms"), "ms", number(plain, "p50_ms"), PLAIN),
            Line(f"{form}: 128 clients, 99 %", number(figures, "price@128", "p99_ms"), "ms"),
            Line(f"{form}: start", number(figures, "start_cold_s"), "s"),
        ]
    return found


def forward(output: Output) -> list[Line]:
    """The forward pass without HTTP, beside the faster of transformers' two forms."""
    peers = {
        "1": (number(output, "plain-bf16", "generate_one_by_one", "per_second"), GENERATED),
        "128": (number(output, "plain-bf16", "padded_at_128", "per_second"), PADDED),
    }
    found: list[Line] = []
    for form in FORMS:
        figures = output.get(form) or {}
        for name, each in figures.items():
            if name.startswith("at_") and isinstance(each, dict):
                count = name.removeprefix("at_")
                what = f"{form}: {count} {'prompt' if count == '1' else 'prompts at once'}"
                found.append(rate(what, number(each, "per_second"), *peers.get(count, ())))
        weights = number(figures, "weights_gb")
        found.append(Line(f"{form}: weights", weights * 1000 if weights else None, "MB"))
    return found


def bits(output: Output) -> list[Line]:
    """How far prices in fewer bits are from those in bf16, and the error of each."""
    found: list[Line] = []
    for form, figures in (output.get("forms") or {}).items():
        found.append(Line(f"{form}: error on products-dev", number(figures, "mae"), "$"))
        if form != "bf16":
            found += [
                Line(f"{form}: from bf16's price, {name}", number(figures, key), "%")
                for name, key in (("half of the prices within", "apart_median"), ("95 % within", "apart_p95"))
            ]
    return found


def beside_vllm(output: Output) -> list[Line]:
    """Prices a second of the same weights through both."""
    found: list[Line] = []
    for name, figures in output.items():
        if name.startswith("vllm, ") and isinstance(figures, dict):
            listed = f"vLLM {output.get('vllm_version', '')}, {name.removeprefix('vllm, ')}"
            for clients in (1, 32, 128):
                ours, peer = (number(each or {}, "price", str(clients), "per_second") for each in (output.get("own"), figures))
                found.append(rate(f"{clients} clients", ours, peer, listed))
    return found


def trained(output: Output) -> list[Line]:
    """Rows a second by the number of GPUs, and how far a killed run's losses are from those of one that was left alone."""
    runs = output.get("runs") or {}
    one = number(runs, "1", "rows_a_second")
    found = [rate(f"rows on {name} GPUs", number(runs, name, "rows_a_second"), one, "one GPU") for name in runs if name != "1"]
    steps = (output.get("killed") or {}).get("steps_after")
    if steps:
        found.append(Line("steps after a kill, on another number of GPUs", float(len(steps)), ""))
        found.append(
            Line("loss apart from the run that was left alone, at most", number(output, "killed", "loss_apart_most"), "ln")
        )
    return found


GPUS = Section(
    "On a GPU",
    """Random weights in the shape of Llama-3.1-8B, which take the time of real ones. `make bench ONLY=gpus` on a GPU machine
records them. Two H200 behind one port priced 895 a second, measured by hand on 2026-11-30 (`bench.specialist_server` in fp8 under
`bench.load`, closed loops of 6 to 7 s): [specialist.md](specialist.md#what-bounds-the-speed).""",
    (
        Part("specialist_gpu", "The specialist over HTTP", served),
        Part("specialist_forward", "The forward pass alone", forward),
        Part("vllm", "The same weights through vLLM", beside_vllm),
        Part("agreement", "The delivered specialist in fewer bits", bits),
        Part("training_gpus", "QLoRA of the 8B on several GPUs", trained),
    ),
)
