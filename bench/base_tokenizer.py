"""Tokenizers of transformers for bases that a benchmark makes or finds without one of theirs."""

from pathlib import Path
from typing import Any

from common.settings import artifacts_dir, shared_data_dir


def tokenizer_of(path: Path) -> Any:
    """From a tokenizer.json, or from a file in tiktoken's form, with Llama 3's pattern and its begin-of-text token."""
    from transformers import PreTrainedTokenizerFast

    if path.suffix == ".json":
        return PreTrainedTokenizerFast(tokenizer_file=str(path))
    from tokenizers.processors import TemplateProcessing
    from transformers.convert_slow_tokenizer import TikTokenConverter

    bos = "<|begin_of_text|>"
    made = TikTokenConverter(vocab_file=str(path)).converted()  # its default pattern is Llama 3's
    made.add_special_tokens([bos])
    made.post_processor = TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, made.token_to_id(bos))])
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token=bos)


def default_tokenizer() -> Path:
    """Llama 3's in the shared data where it is, else that of the small specialist; SystemExit where there is neither."""
    folder = shared_data_dir()
    found = [folder / "data" / "llama3-tokenizer.model"] if folder else []
    found += [artifacts_dir() / "specialist" / "tokenizer.json", Path("runs/specialist/tuned/tokenizer.json")]
    for path in found:
        if path.is_file():
            return path
    raise SystemExit("no tokenizer: give --tokenizer a tokenizer.json or a file in tiktoken's form")
