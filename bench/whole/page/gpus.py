"""What a GPU does: the specialist in the shape of Llama-3.1-8B over HTTP, and its forward pass alone."""

from bench.whole.page.figures import Line, Output, number, rate
from bench.whole.page.parts import Part, Section

PLAIN = "transformers' generate(), NF4 with an adapter, one by one"
FORMS = ("fp8", "nf4", "bf16")


def served(output: Output) -> list[Line]:
    """Prices a second over HTTP, by form."""
    plain, found = output.get("plain_way") or {}, list[Line]()
    for form, figures in (output.get("forms") or {}).items():
        found += [
            rate(
                f"{form}: {clients} clients", number(figures, f"price@{clients}", "per_second"), number(plain, "per_second"), PLAIN
            )
            for clients in (32, 128, 256)
        ]
        found += [
            Line(f"{form}: one client, median", number(figures, "price@1", "p50_ms"), "ms", number(plain, "p50_ms"), PLAIN),
            Line(f"{form}: 128 clients, 99 %", number(figures, "price@128", "p99_ms"), "ms"),
            Line(f"{form}: start", number(figures, "start_cold_s"), "s"),
        ]
    return found


def forward(output: Output) -> list[Line]:
    """The forward pass without HTTP."""
    plain = number(output, "plain-nf4", "generate_one_by_one", "per_second")
    found: list[Line] = []
    for form in FORMS:
        figures = output.get(form) or {}
        for name, each in figures.items():
            if name.startswith("at_") and isinstance(each, dict):
                against = PLAIN if plain else ""
                found.append(
                    rate(f"{form}: {name.removeprefix('at_')} prompts at once", number(each, "per_second"), plain, against)
                )
        weights = number(figures, "weights_gb")
        found.append(Line(f"{form}: weights", weights * 1000 if weights else None, "MB"))
    return found


GPUS = Section(
    "On a GPU",
    """Random weights in the shape of Llama-3.1-8B, which take the time of real ones. `make bench ONLY=gpus` on a GPU machine
records them. Measured by hand on 2026-11-30 (`bench.specialist_server` in fp8 under `bench.load`, closed loops of 6 to 7 s): one
H200 priced 442 to 453 a second with 128 clients, two 895; all of that day stands in
[specialist.md](specialist.md#what-bounds-the-speed).""",
    (
        Part("specialist_gpu", "The specialist over HTTP", served),
        Part("specialist_forward", "The forward pass alone", forward),
    ),
)
