"""A tiny pre-trained Llama of our own, made once for all tests that tune or export one."""

from pathlib import Path

import pytest

from tests.unit.training.specialist.tiny_bases import lamps


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder, with its tokenizer and pretrain.json, as specialist_pretrain leaves one."""
    import torch

    from training.specialist.small.corpus import make_corpus
    from training.specialist.small.pretraining import build_llama, pretrain
    from training.specialist.small.run import Recipe, Shape

    folder = tmp_path_factory.mktemp("base")
    corpus = make_corpus([f"{row.title}\n{row.description[0]}" for row in lamps(160)], vocab=2400, seed=0)
    torch.manual_seed(0)
    model = build_llama(Shape(2, 64, 128, 4, 2), corpus.tokenizer.get_vocab_size())
    recipe = Recipe(epochs=2, lr=0.01, weight_decay=0.1, dropout=0.1, seed=0, block=16, batch=4, warmup=2)
    curve = pretrain(model, corpus.ids, recipe)
    assert curve[-1]["loss"] < curve[0]["loss"]
    assert curve[-1]["eval_loss"] < curve[0]["eval_loss"]
    model.save_pretrained(folder)
    corpus.tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "pretrain.json").write_text("{}")
    return folder
