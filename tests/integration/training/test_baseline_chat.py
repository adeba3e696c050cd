"""Chat models as baselines, through real endpoints on loopback that misbehave in every way seen so far."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from common.errors import UnavailableError
from tests.integration.frontier_rag_peers import Endpoint as OpenAIEndpoint
from tests.integration.frontier_rag_peers import serving as serving_openai
from tests.integration.frontier_rag_peers import silent_server, wait_until
from tests.integration.training.api_peers import ask
from training.baseline.chat import AnswerFile, ChatStoppedError, Endpoint, Reply, ask_all
from training.baseline.openai_chat import OpenAIChat
from training.data.rows import Row

ROOT = Path(__file__).resolve().parents[3]
NO_ANSWER = ["refusal", "nothing", "cut off"]
FAILURES = ["truncated", "empty", "null", "html", "list", "huge", "500", "429"]


def openai(url: str, retries: int = 0, timeout: float = 5.0, deadline: float = 20.0) -> OpenAIChat:
    return OpenAIChat(Endpoint("test-model", url, "", timeout, deadline, retries))


def test_a_reply_comes_with_its_tokens_and_the_question_is_reproducible() -> None:
    endpoint = OpenAIEndpoint(content="Price is $120.00")
    with serving_openai(endpoint) as url:
        assert ask(openai(url)) == Reply("Price is $120.00", "", 10, 5)
    (body,) = endpoint.asked
    assert (body["model"], body["temperature"], body["seed"]) == ("test-model", 0, 42)
    assert "response_format" not in body  # a model that was fine-tuned to say a sentence is not forced into JSON


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_a_reply_without_an_answer_says_why_and_is_paid_for(fault: str) -> None:
    with serving_openai(OpenAIEndpoint(faults=[fault])) as url:
        reply = ask(openai(url))
    assert (reply.text, reply.tokens_in) == ("", 10)
    assert reply.problem


@pytest.mark.parametrize("fault", FAILURES)
def test_what_is_no_reply_is_unavailable(fault: str) -> None:
    with serving_openai(OpenAIEndpoint(faults=[fault])) as url, pytest.raises(UnavailableError):
        ask(openai(url))


def test_a_wrong_key_stops_everything() -> None:
    with serving_openai(OpenAIEndpoint(faults=["401"])) as url, pytest.raises(ChatStoppedError, match="wrong key"):
        ask(openai(url))


def test_retries_wait_as_long_as_they_are_told() -> None:
    endpoint = OpenAIEndpoint(content="$5", faults=["429", "500"])
    with serving_openai(endpoint) as url:
        assert ask(openai(url, retries=2)).text == "$5"
    assert endpoint.times[1] - endpoint.times[0] >= 1.0


def test_a_peer_that_hangs_is_given_up_at_the_timeout_and_at_the_deadline() -> None:
    with serving_openai(OpenAIEndpoint(faults=["hang"])) as url, pytest.raises(UnavailableError):
        ask(openai(url, timeout=0.3))
    with silent_server() as url, pytest.raises(UnavailableError, match="no answer within"):
        ask(openai(url, timeout=60.0, deadline=0.3))


class Thinking(OpenAIEndpoint):
    """Takes no temperature, as models do that think before they answer."""

    async def reply(self, body: dict[str, Any]) -> Response:
        if "temperature" in body:
            return JSONResponse({"error": {"message": "temperature is not supported"}}, 400)
        return await super().reply(body)


def test_an_endpoint_that_takes_no_temperature_is_asked_without() -> None:
    endpoint = Thinking(content="$5")
    with serving_openai(endpoint) as url:
        assert ask(openai(url)).text == "$5"
    (body,) = endpoint.asked
    assert body["max_completion_tokens"] > 1000


def test_a_run_that_was_cut_short_goes_on_where_it_stopped(tmp_path: Path) -> None:
    rows = [Row(title=f"lamp {i}", price=5.0) for i in range(8)]
    broken = OpenAIEndpoint(content="$5", faults=["500"] * 3)

    async def run(url: str) -> int:
        client = openai(url)
        said = await ask_all(client, Endpoint("test-model", concurrency=4), rows, AnswerFile(tmp_path / "answers.jsonl"))
        await client.aclose()
        return said.failed

    with serving_openai(broken) as url:
        assert asyncio.run(run(url)) == 3
        assert asyncio.run(run(url)) == 0
    assert len(broken.asked) == 8 + 3
    assert broken.most_at_once <= 4


class Stalling(OpenAIEndpoint):
    """Answers twice, then never again."""

    async def reply(self, body: dict[str, Any]) -> Response:
        return await (super().reply(body) if len(self.asked) < 2 else self.fault("hang"))


def test_ctrl_c_keeps_what_was_answered(tmp_path: Path) -> None:
    rows, kept = tmp_path / "rows.jsonl", tmp_path / "out" / "answers-chat-m.jsonl"
    rows.write_text("".join(json.dumps({"title": f"lamp {i}", "price": 9.0}) + "\n" for i in range(5)))
    argv = ["chat:m", "--data", str(tmp_path), "--eval", str(rows), "--out", str(tmp_path / "out"), "--concurrency", "1"]
    with serving_openai(Stalling(content="$5")) as url:
        script = [sys.executable, "-m", "training.baselines", *argv]
        process = subprocess.Popen(script, cwd=ROOT, env={**os.environ, "OPENAI_BASE_URL": url}, stderr=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: kept.exists() and kept.read_text().count("\n") == 2)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 130
    assert "the same command goes on" in told
    assert "Traceback" not in told
    assert kept.read_text().count("\n") == 2
