"""The service as a process with a chat model behind it: evaluated through its URL, what that cost, and past the budget."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from frontier_rag.store.catalogue import read_catalogue
from pricer.local.ports import free_port
from tests.integration.frontier_rag_peers import is_up, wait_until
from tests.integration.openai_processes import OpenAIProcess, openai_process
from training import evaluate

MODEL = "gpt-4.1-mini"


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenAIProcess]:
    with openai_process() as running:
        yield running


@contextmanager
def service(var: Path, peer: OpenAIProcess, **settings: str) -> Iterator[str]:
    """The service; its URL."""
    port = free_port()
    chosen = {f"FRONTIER_RAG_{name.upper()}": value for name, value in settings.items()}
    environment = os.environ | {"VAR_DIR": str(var), "FRONTIER_RAG_CHAT_ENDPOINTS": f"{MODEL}@{peer.url}", **chosen}
    environment |= {"FRONTIER_RAG_PORT": str(port)}
    with (var / "log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "frontier_rag"], env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: is_up(f"http://127.0.0.1:{port}/readyz"), 90)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


def rows(path: Path, count: int) -> Path:
    """Demo products as rows to be evaluated."""
    chosen = read_catalogue().products[::7][:count]
    lines = [
        {"title": each.title, "description": [each.text], "price": each.price, "main_category": each.category} for each in chosen
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def counted(url: str, name: str) -> float:
    """The sum of a metric over its labels."""
    lines = httpx2.get(f"{url}/metrics", timeout=10, trust_env=False).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))


def test_the_chat_model_is_evaluated_through_the_services_url(
    peer: OpenAIProcess, var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.tell(gullible=True)
    data = rows(tmp_path / "rows.jsonl", 40)
    with service(var, peer) as url:
        asked_at_start = len(peer.seen()["asked"])
        assert evaluate.main(["--pricer", url, "--data", str(data), "--quiet"]) == 0
        scores = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
        assert (scores["n"], len(peer.seen()["asked"]) - asked_at_start) == (40, 40)
        assert scores["coverage80"] >= 0.5
        assert counted(url, "frontier_rag_chat_tokens_total") == (40 + asked_at_start) * 310
        dollars = (40 + asked_at_start) * (300 * 0.4e-6 + 10 * 1.6e-6)
        assert counted(url, "frontier_rag_chat_dollars_total") == pytest.approx(dollars)
        answer = httpx2.post(f"{url}/price", json={"description": "a cordless drill"}, timeout=20, trust_env=False).json()
        assert answer["model"].startswith(f"frontier-rag-chat:{MODEL}@")
        assert answer["degraded"] == []
        assert answer["low"] <= answer["price"] <= answer["high"]


def test_past_the_budget_the_local_estimator_answers_and_degraded_says_why(peer: OpenAIProcess, var: Path) -> None:
    peer.tell()
    with service(var, peer, chat_daily_budget="0.0000001") as url:
        answer = httpx2.post(f"{url}/price", json={"description": "a drip coffee maker"}, timeout=20, trust_env=False).json()
        assert answer["model"].startswith("frontier-rag-local@")
        assert answer["degraded"] == ["chat-model:budget"]
        assert counted(url, "frontier_rag_chat_budget_dollars") == 1e-7
        assert counted(url, "frontier_rag_chat_answers_total") >= 1
    assert peer.seen()["asked"] == []
