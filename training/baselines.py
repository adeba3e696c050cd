"""What simple predictors, people and chat models achieve on the rows that pricers are judged by: one table, one bar chart.

    uv run python -m training.baselines [NAMES...] [--out DIR]         # all that need no network: after `make training`
    uv run python -m training.baselines chat:MODEL anthropic:MODEL     # OPENAI_BASE_URL, OPENAI_API_KEY, ANTHROPIC_API_KEY
    uv run python -m training.baselines --human-write FILE             # then fill it in, then --human-read FILE

Fitted on the rows that the pricers are fitted on, never on repeats of those asked. The last line is one JSON object. Knows
nothing of the services but what training.evaluate wrote of them (--with-pricers).
"""

import argparse
import asyncio
import importlib.util
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.artifact import sha256, write_meta
from frontier_rag.settings import Settings
from training.baseline import chart, human, models, results
from training.baseline.chat import AnswerFile, Asked, ChatClient, ChatStoppedError, Endpoint, ask_all
from training.baseline.human import HumanFileError
from training.baseline.representations import Material, log
from training.baseline.results import Result, ResultError, judge
from training.data.parts import DEV, data_folder, data_hashes, load_parts, sampling_weights
from training.data.rows import Row, drop_repeats
from training.evaluation.evaluation_file import Rejects, read, request_of, sample
from training.evaluation.replay import item_of

Floats = npt.NDArray[np.float64]
GROUP, HUMAN, OPENAI, ANTHROPIC = "offline", "human", "chat:", "anthropic:"
COMMAND = "uv run python -m training.baselines"
FORMAT_VERSION = 1
INTERRUPTED = 130  # what a shell reports after Ctrl-C
KNOWN = ", ".join((GROUP, *models.OFFLINE, HUMAN, f"{OPENAI}MODEL", f"{ANTHROPIC}MODEL"))


class BaselineError(Exception):
    """A baseline cannot be run as asked; the message says what to do."""


@dataclass(frozen=True)
class Answered:
    """A line before it is judged: a price for each asked row, NaN for none."""

    name: str
    label: str
    kind: str
    prices: Floats
    unanswered: int = 0
    held: float | None = None
    facts: dict[str, Any] | None = None


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"{KNOWN}; {GROUP}, the default, is all without a network")
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: $PRICER_DATA/data, else ../shared/data)")
    add("--eval", type=Path, help="rows to answer for (default: products-dev of the folder)")
    add("--out", type=Path, default=Path("runs/baselines"), help="table, chart, estimates and kept answers (runs/baselines)")
    add("--seed", type=int, default=42, help="of the models, the draw of rows and the bootstrap (42)")
    add("--threads", type=int, default=2, help="for the random forest (2)")
    add(
        "--balance",
        type=float,
        default=0.0,
        help="power of price in the fitted rows' weights; the pricers use up to 1 (0: all alike)",
    )
    add("--balance-rest", type=float, default=0.0, help="the same for the shops' rows and appliances (0)")
    add("--rows", type=int, default=250, help="rows that people and chat models are asked, drawn at random; 0: all (250)")
    add("--human-write", type=Path, metavar="FILE", help="write those rows without prices as a CSV to fill in, and stop")
    add("--human-read", type=Path, metavar="FILE", help="the filled-in CSV; a blank price is no answer")
    add("--with-pricers", type=Path, nargs="*", default=[], metavar="PATH", help="scores.json of training.evaluate, or its folder")
    add("--concurrency", type=int, default=8, help="questions to a chat model under way at a time (8)")
    add("--timeout", type=float, default=30.0, help="seconds for one try of a question (30)")
    add("--retries", type=int, default=5, help="further tries after 429, 5xx and broken connections (5)")
    args = parser.parse_args(argv)
    if args.rows < 0 or args.concurrency < 1 or args.timeout <= 0 or args.retries < 0 or args.threads < 1:
        parser.error("--rows and --retries take 0 or more, --concurrency, --threads and --timeout more than 0")
    args.names = _names(parser, args)
    return args


def _names(parser: argparse.ArgumentParser, args: argparse.Namespace) -> list[str]:
    given = args.names or ([] if args.human_read else [GROUP])
    given = [*given, *([HUMAN] if args.human_read else [])]
    for name in given:
        if name == HUMAN and not args.human_read:
            parser.error("human needs --human-read FILE; --human-write FILE makes one to fill in")
        if name not in (GROUP, HUMAN, *models.OFFLINE) and not re.fullmatch(f"({OPENAI}|{ANTHROPIC}).+", name):
            parser.error(f"unknown baseline {name!r}; known are {KNOWN}")
    expanded = [each for name in given for each in (_installed() if name == GROUP else [name])]
    return list(dict.fromkeys(expanded))


def _has(package: str) -> bool:
    return not package or importlib.util.find_spec(package) is not None


def _installed() -> list[str]:
    absent = [name for name in models.OFFLINE if not _has(models.library_of(name))]
    if absent:
        print(f"left out, they need what `make training` installs: {', '.join(absent)}", file=sys.stderr)
    return [name for name in models.OFFLINE if name not in absent]


def fitted(names: Sequence[str], asked: Sequence[Row], args: argparse.Namespace) -> list[Answered]:
    """The offline baselines, with their mean absolute error on the held-out rows."""
    parts = load_parts(data_folder(args.data))
    fit, held = (drop_repeats(rows, of=asked) for rows in (parts.fit, parts.held))
    material = Material(fit, [*held, *asked], sampling_weights(fit, args.balance, args.balance_rest), args.seed, args.threads)
    truth = np.array([row.price for row in held], np.float64)
    log(f"fitting on {len(fit):,} rows, asking for {len(held):,} held-out ones and {len(asked):,} others")
    lines = []
    for name in names:
        if not _has(models.library_of(name)):
            raise BaselineError(f"{name} needs {models.library_of(name)}: run `make training`")
        prices = models.answer(name, material)
        error = round(float(np.abs(prices[: len(held)] - truth).mean()), 3)
        log(f"{name:<22} held-out error {error:.2f}")
        lines.append(Answered(name, models.label_of(name), "baseline", prices[len(held) :], held=error))
    return lines


def chat_client(name: str, args: argparse.Namespace) -> tuple[ChatClient, Endpoint]:
    """The client of chat:MODEL or anthropic:MODEL."""
    patience = {"timeout": args.timeout, "retries": args.retries, "deadline": (args.retries + 1) * (args.timeout + 10)}
    endpoint = Endpoint(name.partition(":")[2], concurrency=args.concurrency, seed=args.seed, **patience)
    if name.startswith(ANTHROPIC):
        from training.baseline.anthropic_chat import AnthropicChat

        base_url, key = (os.environ.get(f"ANTHROPIC_{what}", "") for what in ("BASE_URL", "API_KEY"))
        if not (base_url or key):
            raise BaselineError(f"{name}: set ANTHROPIC_API_KEY")
        return AnthropicChat(replace(endpoint, base_url=base_url, key=key)), endpoint
    from training.baseline.openai_chat import OpenAIChat

    settings = Settings()
    if not settings.has_chat:
        raise BaselineError(f"{name}: set OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint")
    secret = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    return OpenAIChat(replace(endpoint, base_url=settings.openai_base_url or "", key=secret)), endpoint


async def _ask(name: str, rows: Sequence[Row], args: argparse.Namespace) -> Asked:
    answers = AnswerFile(args.out / f"answers-{_slug(name)}.jsonl")
    client, endpoint = chat_client(name, args)
    try:
        return await ask_all(client, endpoint, rows, answers)
    finally:
        await client.aclose()


def chatted(name: str, asked: Sequence[Row], args: argparse.Namespace) -> Answered:
    """A chat model's line; says what it cost."""
    chosen = sample(list(range(len(asked))), args.rows or None, args.seed)
    said = asyncio.run(_ask(name, [asked[i] for i in chosen], args))
    prices = np.full(len(asked), np.nan)
    prices[chosen] = said.prices
    log(f"{name}: {said.tokens_in:,} tokens in, {said.tokens_out:,} out for {len(chosen)} rows, {said.paid_before} of them earlier")
    if said.without_price or said.failed:
        log(f"{name}: {said.without_price} answers hold no price, {said.failed} rows failed: the same command asks those again")
    return Answered(name, name, "chat", prices, said.without_price + said.failed, facts=said.facts())


def answered(asked: Sequence[Row], args: argparse.Namespace) -> list[Answered]:
    """Every line that is asked for."""
    offline = [name for name in args.names if name in models.OFFLINE]
    lines = fitted(offline, asked, args) if offline else []
    if HUMAN in args.names:
        prices, count = human.read(args.human_read, asked)
        lines.append(Answered(HUMAN, "human", "human", prices, count - int(np.isfinite(prices).sum())))
    return lines + [chatted(name, asked, args) for name in args.names if name.startswith((OPENAI, ANTHROPIC))]


def better_targets(lines: Sequence[Result]) -> dict[str, str]:
    """For each regression that was run both ways: which target has the lower held-out error."""
    held = {line.name: line.held for line in lines if line.held is not None}
    pairs = ((name, held.get(name), held.get(name + models.LOG)) for name in models.METHODS)
    return {name: "log price" if log_error < plain else "price" for name, plain, log_error in pairs if plain and log_error}


def write(lines: Sequence[Result], estimates: dict[str, list[str]], args: argparse.Namespace) -> None:
    """Table, chart, figures, and estimates by file; meta.json last."""
    texts = {
        "table.md": results.as_markdown(results.table(lines)),
        "scores.json": json.dumps([line.as_json() for line in lines], indent=1) + "\n",
        **{f"estimates/{_slug(name)}.jsonl": "".join(lines) for name, lines in estimates.items()},
    }
    (args.out / "estimates").mkdir(exist_ok=True)
    for name, text in texts.items():
        part = args.out / (name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(args.out / name)
    files = list(texts)
    if _has("matplotlib"):
        most = max(line.told["n"] for line in lines)
        who = "Baselines and our pricers" if args.with_pricers else "Baselines"
        chart.write(args.out / "baselines.png", lines, f"{who} on {most:,} products")
        files.append("baselines.png")
    folder = data_folder(args.data)
    data = data_hashes(folder) | ({args.eval.name: sha256(args.eval)} if args.eval else {})
    given = {key: str(value) for key, value in vars(args).items()}
    write_meta(args.out, format_version=FORMAT_VERSION, command=COMMAND, files=files, arguments=given, data=data)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name)


def estimate_lines(items: Sequence[str], prices: Floats) -> list[str]:
    """The answered rows in the form that training.evaluate's `replay:FILE.jsonl` reads, to compare with pricers in pairs."""
    pairs = zip(items, prices.tolist(), strict=True)
    return [json.dumps({"item": item, "price": round(price, 2)}) + "\n" for item, price in pairs if np.isfinite(price)]


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Answer, judge, write; what the last line says."""
    rejects = Rejects()
    asked = list(read(args.eval or data_folder(args.data) / DEV, rejects))
    if rejects.count:
        print(f"{rejects.count} rows cannot be used:", *rejects.reasons, sep="\n  ", file=sys.stderr)
    if not asked:
        raise BaselineError("there is no row with a text and a price to answer for")
    if args.human_write:
        rows = sample(asked, args.rows or None, args.seed)
        human.write(args.human_write, rows)
        return {"written": str(args.human_write), "rows": len(rows)}
    args.out.mkdir(parents=True, exist_ok=True)
    pricers = [line for path in args.with_pricers for line in results.read_pricers(path)]
    said = answered(asked, args)
    lines = [Result(a.name, a.label, a.kind, judge(asked, a.prices, args.seed), a.unanswered, a.held, a.facts or {}) for a in said]
    items = [item_of(request_of(row)) for row in asked]
    write([*lines, *pricers], {a.name: estimate_lines(items, a.prices) for a in said}, args)
    print(results.as_text(results.table([*lines, *pricers])))
    for name, target in better_targets(lines).items():
        print(f"{name}: fitted to the {target} it errs less on the held-out rows")
    return {"better_target": better_targets(lines), "results": {line.name: line.summary() for line in (*lines, *pricers)}}


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 when a baseline cannot be run or its answers cannot be used, 130 after Ctrl-C."""
    args = arguments(argv)
    try:
        told = run(args)
    except KeyboardInterrupt:
        print("\nbaselines: interrupted; what chat models have answered is kept, the same command goes on", file=sys.stderr)
        return INTERRUPTED
    except (BaselineError, ChatStoppedError, HumanFileError, ResultError, OSError) as exc:
        print(f"baselines: {exc}", file=sys.stderr)
        return 1
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
