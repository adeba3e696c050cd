"""`pricer mcp` as a process that the SDK's client starts, against the real ensemble and the real scanner."""

import asyncio
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.pricer.mcp_server.place import MODES, ROOT, Place, command, nowhere, over_stdio, place, refused, told
from tests.integration.pricer.mcp_server.session import play
from tests.waiting import until


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_model_prices_judges_finds_explains_and_watches(here: Place, mode: Any) -> None:
    async with over_stdio(here, mode=mode) as client:
        await play(client, here)


@pytest.mark.anyio
async def test_the_services_are_shown_the_key_that_the_client_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "right")
    with place(tmp_path, key="right") as guarded:
        for environment, is_right in (
            ({"PRICER_API_KEY": "right"}, True),
            ({"API_KEYS": "right"}, True),
            ({"PRICER_API_KEY": "wrong"}, False),
        ):
            async with over_stdio(guarded, **environment) as client:
                results = [await client.call_tool("price_product", {"description": "x"}), await client.call_tool("list_rules", {})]
            for result in results:
                if is_right:
                    told(result)
                else:
                    assert "PRICER_API_KEY" in refused(result)


@pytest.mark.anyio
async def test_services_that_do_not_run_are_said_and_the_server_goes_on() -> None:
    async with over_stdio(nowhere()) as client:
        for name, arguments in (("price_product", {"description": "x"}), ("find_deals", {}), ("watch", {"text": "a drill"})):
            assert "`pricer run` starts all services" in refused(await client.call_tool(name, arguments))


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_call_that_is_given_up_costs_the_pricers_nothing_more(here: Place, mode: Any) -> None:
    here.pricer.seconds = 60
    async with over_stdio(here, mode=mode) as client:
        call = asyncio.create_task(client.call_tool("price_product", {"description": "a drill"}))
        await asyncio.to_thread(until, lambda: here.pricer.begun == 1)
        call.cancel()
        await asyncio.to_thread(until, lambda: here.pricer.given_up == 1)
        here.pricer.seconds = 0.0
        told(await client.call_tool("price_product", {"description": "another drill"}))


@pytest.mark.anyio
async def test_a_service_that_hangs_is_given_up_at_the_deadline(here: Place) -> None:
    here.pricer.seconds = 60
    async with over_stdio(here, MCP_SECONDS="0.5") as client:
        assert "Try again in a moment" in refused(await client.call_tool("judge_offer", {"title": "Drill", "price": 9}))
    await asyncio.to_thread(until, lambda: here.pricer.given_up == 1)


def lines(process: "subprocess.Popen[str]", *messages: dict[str, Any] | str) -> None:
    assert process.stdin
    for each in messages:
        process.stdin.write((each if isinstance(each, str) else json.dumps(each)) + "\n")
    process.stdin.flush()


def started() -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(command(nowhere()), stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


INITIALIZE = {
    **{"jsonrpc": "2.0", "id": 1, "method": "initialize"},
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


def test_standard_output_holds_messages_alone_and_its_end_ends_the_server() -> None:
    process = started()
    lines(process, INITIALIZE, "no json", {"jsonrpc": "2.0", "method": "notifications/initialized"})
    lines(process, {"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
    assert process.stdout
    said = [json.loads(process.stdout.readline()) for _ in range(2)]
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    said += [json.loads(line) for line in rest.splitlines()]
    answers = {each.get("id"): each for each in said}
    assert answers[1]["result"]["serverInfo"]["name"] == "product-pricing-agent"
    assert len(answers[2]["result"]["tools"]) == 6


def test_a_request_with_half_a_character_is_refused_and_not_left_without_an_answer() -> None:
    process = started()
    lines(process, INITIALIZE, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    half = '"method": "tools/call", "params": {"name": "price_product", "arguments": {"description": "lamp \\ud83d"}}'
    lines(process, f'{{"jsonrpc": "2.0", "id": 2, {half}}}', f'{{"jsonrpc": "2.0", "id": "three", {half}}}')
    unanswerable = (f'{{"jsonrpc": "2.0", {half}}}', f'{{"jsonrpc": "2.0", "id": "\\ud83d", {half}}}', '["\\ud83d"]', "")
    lines(process, *unanswerable, {"jsonrpc": "2.0", "id": 4, "method": "tools/list"})
    assert process.stdout
    answers = [json.loads(process.stdout.readline()) for _ in range(4)]
    process.communicate(timeout=30)
    assert [each["id"] for each in answers] == [1, 2, "three", 4]
    assert [each.get("error", {}).get("code") for each in answers] == [None, -32700, -32700, None]
    assert "half a character" in answers[1]["error"]["message"]


def test_ctrl_c_ends_it_without_a_traceback() -> None:
    process = started()
    lines(process, INITIALIZE)
    assert process.stdout
    assert "result" in json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
