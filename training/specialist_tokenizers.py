"""Which tokenizers keep the prices 0..999 in one token, and how a price is read off a base with each of them, up to $9,999.

    uv run python -m training.specialist_tokenizers [NAME_OR_FOLDER_OR_FILE ...]

Names: of a tokenizer.json, a tiktoken file (as Llama 3's), a folder with one of them, or a model on the hub. Numbers are
looked at in their place, behind the "$" of a whole prompt: alone, some tokenizers write them otherwise. Loads no model.
"""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from common.settings import artifacts_dir, shared_data_dir
from specialist.fourth_digit import ASKED
from specialist.price_tokens import end_of_price, fourth_digit, is_one_token, price_sequences, split_prices
from specialist.price_trie import price_trie
from specialist.prompt import Encode, prompt
from training.curation.tokens import TokenizerError
from training.data.hub import FETCH_DEADLINE
from training.specialist.adapter.tokenizer_files import open_tokenizer

PRODUCT = "Table lamp, 30 x 45 cm\nA lamp with a linen shade. Takes one bulb of 60 W."


def default_names() -> list[str]:
    """Our own tokenizer and, where the shared data is, Llama 3's."""
    shared = shared_data_dir()
    llama = shared / "data" / "llama3-tokenizer.model" if shared else None
    return [str(artifacts_dir() / "specialist" / "tokenizer.json"), *([str(llama)] if llama and llama.is_file() else [])]


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Arguments; every one has a default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("tokenizers", nargs="*", help="files, folders or names on the hub (default: our own, and Llama 3's of the shared data)")
    add(
        "--deadline", type=float, default=FETCH_DEADLINE, help="seconds for the files of one name on the hub (default: %(default)s)"
    )
    return parser.parse_args(argv)


def judge(encode: Encode) -> dict[str, Any]:
    """What a tokenizer makes of the prices, and the read-out that follows."""
    try:
        sequences = price_sequences(encode)
        agrees = sequences == price_sequences(encode, prompt(PRODUCT))
        end = end_of_price(encode)
    except ValueError as exc:
        return {"read_out": "none", "reason": str(exc)}
    split = split_prices(sequences)
    found: dict[str, Any] = {
        "whole": 1000 - len(split),
        "first_split": split[0] if split else None,
        "whole_alone": sum(len(encode(str(dollars))) == 1 for dollars in range(1000)),
        "longest": max(map(len, sequences)),
        "same_in_a_prompt": agrees,
    }
    found |= _four_digits(encode, sequences)
    if is_one_token(sequences):
        return found | {"read_out": "one token", "asked": 1}
    return found | {"read_out": "token sequences", "asked": len(price_trie(sequences, end).tokens)}


def _four_digits(encode: Encode, sequences: Sequence[Sequence[int]]) -> dict[str, Any]:
    """How many tokens a prompt has in the second pass, which reads prices past $999, or why there can be none."""
    try:
        return {"asked_past_999": ASKED * fourth_digit(encode, sequences).length}
    except ValueError as exc:
        return {"asked_past_999": 0, "reason_past_999": str(exc)}


def explain(name: str, found: dict[str, Any]) -> str:
    """The finding in words."""
    if "whole" not in found:
        return f"{name}: cannot be used: {found['reason']}"
    alone = "" if found["whole_alone"] == found["whole"] else f" ({found['whole_alone']} of them when a number stands alone)"
    lines = [f"{name}: {found['whole']} of 1,000 prices are one token{alone}"]
    if found["read_out"] == "one token":
        lines.append("  read-out: the next token after the $ is the price; one forward pass, one position")
    else:
        lines.append(f"  the first that is split: {found['first_split']}; up to {found['longest']} tokens a price")
        lines.append(f"  read-out: product over each price's tokens; one forward pass with {found['asked']} positions a prompt")
    if found["asked_past_999"]:
        lines.append(
            f"  past $999: a second pass with {found['asked_past_999']} positions behind a prompt that may cost $100 or more"
        )
    else:
        lines.append(f"  past $999: not at all; {found['reason_past_999']}")
    if not found["same_in_a_prompt"]:
        lines.append("  warning: behind a whole prompt the prices are written otherwise than behind its last words")
    return "\n".join(lines)


def examine(names: Sequence[str], deadline: float) -> dict[str, dict[str, Any]]:
    """The finding on each tokenizer, or the error that opening it ended in."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        try:
            found[name] = judge(open_tokenizer(name, deadline))
        except TokenizerError as exc:
            found[name] = {"error": str(exc)}
        print(f"{name}: {found[name]['error']}" if "error" in found[name] else explain(name, found[name]), flush=True)
    return found


def main(argv: list[str] | None = None) -> None:
    """Print what is found; exit status 1 where a tokenizer could not be opened."""
    args = parse(argv)
    found = examine(args.tokenizers or default_names(), args.deadline)
    print(json.dumps(found))
    if any("error" in each for each in found.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
