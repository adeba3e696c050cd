"""What simple predictors achieve on the same rows: constants and a linear model on TF-IDF. The last line is one JSON object.

    uv run python -m training.baselines [--data FOLDER] [--eval FILE]

Fitted on the same rows as the pricers, without repeats of the evaluation rows. Knows nothing of the services.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.metrics import Outcome, score, score_bands, score_groups
from training.evaluation.rows import Rejects, read
from training.rows import Row, drop_repeats, product_text
from training.specialist_data import DEV, data_folder, load_parts

Floats = npt.NDArray[np.float64]


def tfidf_ridge(texts: Sequence[str], prices: Floats, asked: Sequence[str]) -> Floats:
    """Ridge regression of log price on TF-IDF of words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32)
    model = Ridge(alpha=1.0).fit(vectorizer.fit_transform(texts), np.log(prices))
    return np.exp(np.asarray(model.predict(vectorizer.transform(asked)), np.float64))


def estimates(fit: Sequence[Row], asked: Sequence[Row]) -> dict[str, Floats]:
    """What each baseline answers for the rows that are asked."""
    prices = np.array([row.price for row in fit], np.float64)
    constants = {"mean": prices.mean(), "median": np.median(prices), "geometric mean": np.exp(np.log(prices).mean())}
    ridge = tfidf_ridge([product_text(row) for row in fit], prices, [product_text(row) for row in asked])
    return {f"constant: {name}": np.full(len(asked), price) for name, price in constants.items()} | {"TF-IDF + ridge": ridge}


def judge(asked: Sequence[Row], answers: Floats, seed: int) -> dict[str, Any]:
    """Metrics in all, by split and by band. A baseline has no interval, so nothing is said of one."""
    outcome = Outcome(np.array([row.price for row in asked], np.float64), answers, answers, answers)
    groups = {"split": score_groups(outcome, [row.split for row in asked], seed), "price_band": score_bands(outcome, seed)}
    told: dict[str, Any] = {**score(outcome, seed), "by": groups}
    for figures in (told, *(figures for group in groups.values() for figures in group.values())):
        del figures["coverage80"], figures["width"]
    return told


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table, then the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, help="folder with products-*.jsonl.xz (default: $PRICER_DATA/data, else ../shared/data)"
    )
    parser.add_argument("--eval", type=Path, help="rows to answer for (default: products-dev of the folder)")
    parser.add_argument("--seed", type=int, default=42, help="of the bootstrap (42)")
    args = parser.parse_args(argv)
    folder = data_folder(args.data)
    asked = list(read(args.eval or folder / DEV, Rejects()))
    fit = drop_repeats(load_parts(folder).fit, of=asked)
    results = {name: judge(asked, answers, args.seed) for name, answers in estimates(fit, asked).items()}
    splits = list(next(iter(results.values()))["by"]["split"])
    print(f"{'MAE in dollars':<26}{'all':>9}" + "".join(f"{split:>10}" for split in splits) + f"{'RMSLE':>8}{'hits':>8}")
    for name, told in results.items():
        by_split = "".join(f"{told['by']['split'][split]['mae']:>10.2f}" for split in splits)
        print(f"{name:<26}{told['mae']:>9.2f}{by_split}{told['rmsle']:>8.3f}{told['hits']:>8.1%}")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
