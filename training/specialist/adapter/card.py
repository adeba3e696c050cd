"""The model card of a fine-tuned adapter: what it is, how good, how it was made, how to use it. Carries no path of this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.specialist.adapter.run import HIGHEST

SHOWN = (
    *("lora", "dropout", "epochs", "batch", "accumulate", "lr", "schedule", "warmup", "weight_decay", "max_grad_norm"),
    *("optimizer", "max_length", "max_text_tokens", "seed"),
)


def adapter_card(meta: Mapping[str, Any]) -> str:
    """README.md with the hub's front matter, from the adapter's meta.json."""
    base = meta["base"]
    name = Path(base).name if Path(base).exists() else base
    on_hub = name == base and "/" in base
    front = ["---", "library_name: peft", "pipeline_tag: text-generation", "language: en", "tags: [lora, prices, products, trl]"]
    front += [f"base_model: {base}"] if on_hub else []
    metrics = meta["metrics"]
    told = {f"`--{key.replace('_', '-')}`": meta["arguments"].get(key) for key in SHOWN}
    training = meta["training"]
    lines = [
        *front,
        "---",
        "",
        f"# {name}, tuned to say what products cost",
        "",
        *_reading(meta),
        "",
        "| rows | number | mean absolute error ($) | RMSLE | inside the 80 % interval |",
        "|---|---:|---:|---:|---:|",
        *(_row("held out", metrics["held"]["all"]),),
        *(_row(f"products-dev, {part}", metrics["dev"][part]) for part in metrics.get("dev", ()) if not part.startswith("$")),
        "",
        f"Trained on {meta['rows']['fit']:,} rows in {training['steps']:,} steps ({training['seconds'] or 0:,.0f} seconds,"
        f" {meta['processes']} GPU or CPU), the base in {meta['quantization']}; {training['trainable']:,} parameters.",
        "",
        "| argument | value |",
        "|---|---|",
        *(f"| {key} | {value} |" for key, value in told.items()),
        "",
        "![loss curve](loss.png)",
        "",
        "Licence and limits are those of the base. Prices are those of the training rows' shops and years, not quotes.",
    ]
    return "\n".join(lines) + "\n"


def _reading(meta: Mapping[str, Any]) -> list[str]:
    """How a price is read off the base."""
    highest = meta["classes"]["dollars"] - 1
    if meta["is_one_token"]:
        lines = [
            "A LoRA adapter. After a product's text and `Price is $` the base's next token is the price in whole US dollars, 0 to",
            "999; the distribution over these prices gives the estimate and a calibrated 80 % interval (`calibration`, meta.json).",
        ]
    else:
        lines = ["This base splits numbers: a price's probability is the product over its tokens (`calibration` in meta.json)."]
    if highest == HIGHEST:
        lines.append("From $1,000 to $9,999 the fourth digit is a token of its own, asked for behind the likeliest first three.")
    return lines


def _row(words: str, figures: Mapping[str, Any]) -> str:
    cells = f"{figures['n']:,} | {figures['mae']:.1f} | {figures['rmsle']:.3f} | {figures['coverage80']:.0%}"
    return f"| {words} | {cells} |"
