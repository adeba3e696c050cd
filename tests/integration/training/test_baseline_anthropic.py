"""Anthropic's models as baselines, through a real endpoint on loopback that misbehaves; and beside OpenAI's in one table."""

import json
from pathlib import Path

import pytest

from common.errors import UnavailableError
from tests.integration.frontier_rag_peers import Endpoint as OpenAIEndpoint
from tests.integration.frontier_rag_peers import serving as serving_openai
from tests.integration.frontier_rag_peers import silent_server
from tests.integration.training.api_peers import KEY, AnthropicApi, ask, serving
from training import baselines
from training.baseline.anthropic_chat import AnthropicChat
from training.baseline.chat import ChatClient, ChatStoppedError, Endpoint, Reply

pytest.importorskip("anthropic", reason="needs Anthropic's client (the extra anthropic)")


def anthropic(url: str, retries: int = 0, timeout: float = 5.0, deadline: float = 20.0) -> ChatClient:
    return AnthropicChat(Endpoint("claude-test", url, KEY, timeout, deadline, retries))


def test_anthropics_messages_are_asked_and_read() -> None:
    api = AnthropicApi()
    with serving(api.routes()) as url:
        assert ask(anthropic(url), "a kettle") == Reply("Price is $120.50", "", 30, 7)
    (body,) = api.asked
    assert (body["model"], body["system"]) == ("claude-test", "be brief")
    assert body["messages"] == [{"role": "user", "content": "a kettle"}]


@pytest.mark.parametrize("fault", ["refusal", "max_tokens", "nothing"])
def test_anthropics_reply_without_an_answer_says_why_and_is_paid_for(fault: str) -> None:
    with serving(AnthropicApi(faults=[fault]).routes()) as url:
        reply = ask(anthropic(url))
    assert (reply.text, reply.tokens_in) == ("", 30)
    assert reply.problem


@pytest.mark.parametrize("fault", ["truncated", "html", "list", "null", "huge", "500", "529", "429", "400"])
def test_what_is_no_reply_of_anthropics_is_unavailable(fault: str) -> None:
    with serving(AnthropicApi(faults=[fault]).routes()) as url, pytest.raises(UnavailableError):
        ask(anthropic(url))


@pytest.mark.parametrize("fault", ["401", "404"])
def test_anthropics_refusal_of_key_or_model_stops_everything(fault: str) -> None:
    with serving(AnthropicApi(faults=[fault]).routes()) as url, pytest.raises(ChatStoppedError):
        ask(anthropic(url))


def test_anthropics_retries_wait_as_long_as_they_are_told() -> None:
    api = AnthropicApi(faults=["429", "529"])
    with serving(api.routes()) as url:
        assert ask(anthropic(url, retries=2)).text == "Price is $120.50"
    assert api.times[1] - api.times[0] >= 1.0


def test_anthropic_hanging_is_given_up() -> None:
    with serving(AnthropicApi(faults=["hang"]).routes()) as url, pytest.raises(UnavailableError):
        ask(anthropic(url, timeout=0.3))
    with silent_server() as url, pytest.raises(UnavailableError, match="no answer within"):
        ask(anthropic(url, timeout=60.0, deadline=0.3))


def test_both_stand_in_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"title": f"lamp {i}", "price": 100.0, "split": "s"}) + "\n" for i in range(5)))
    api, endpoint = AnthropicApi(), OpenAIEndpoint(content="no idea", faults=[])
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with serving(api.routes()) as url, serving_openai(endpoint) as other:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
        monkeypatch.setenv("OPENAI_BASE_URL", other)
        argv = ["--data", str(tmp_path), "--eval", str(rows), "--out", str(tmp_path / "out"), "--rows", "4"]
        assert baselines.main(["anthropic:claude-test", *argv]) == 0
        told = json.loads(capsys.readouterr().out.splitlines()[-1])["results"]["anthropic:claude-test"]
        assert (told["n"], told["mae"], told["tokens_in"], told["tokens_out"]) == (4, 20.5, 120, 28)
        assert baselines.main(["anthropic:claude-test", "chat:test-model", *argv]) == 1
    assert "not one row was answered" in capsys.readouterr().err
    assert len(api.asked) == 4  # the second run took the kept answers
