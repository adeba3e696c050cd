"""`pricer mcp --http`: streamable HTTP behind keys, hosts, origins and bounds."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.shared.exceptions import MCPError

from common.http.listening import UNUSABLE_SETTINGS
from pricer.mcp_server.app import create_app
from pricer.mcp_server.settings import Settings
from pricer.mcp_server.toolbox import Addresses
from tests.integration.common.front_doors import running
from tests.integration.pricer.mcp_server.place import MODES, ROOT, Place, command, nowhere, over_http, place, refused, told
from tests.integration.pricer.mcp_server.session import play
from tests.waiting import until

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
PRICE = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "price_product", "arguments": {"description": "x"}}}
ACCEPT = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}


def served(here: Place, **settings: Any) -> Any:
    """The server's port, as a context."""
    return running(create_app(Addresses(here.ensemble, here.scanner, here.key or None), Settings(**settings)))


@pytest.fixture
def port(here: Place) -> Iterator[int]:
    """Of a server without keys."""
    with served(here) as server:
        yield server.config.port


@pytest.fixture(scope="module")
def bare() -> Iterator[int]:
    """Of one behind which nothing runs."""
    with served(nowhere()) as server:
        yield server.config.port


@pytest.fixture(scope="module")
def guarded() -> Iterator[int]:
    """Of one whose callers need a key, and behind which nothing runs."""
    with served(nowhere("right"), api_keys="right") as server:
        yield server.config.port


def post(port: int, message: Any = None, **headers: str) -> httpx2.Response:
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(f"http://127.0.0.1:{port}/mcp", json=LIST if message is None else message, headers=ACCEPT | shown)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_model_prices_judges_finds_explains_and_watches(here: Place, port: int, mode: Any) -> None:
    async with over_http(port, mode=mode) as client:
        await play(client, here)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("headers", [{"X_API_Key": "right"}, {"Authorization": "Bearer right"}])
async def test_who_shows_the_key_is_let_in(guarded: int, mode: Any, headers: dict[str, str]) -> None:
    async with over_http(guarded, mode=mode, **headers) as client:
        assert len((await client.list_tools()).tools) == 6


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_who_shows_none_is_not(guarded: int, mode: Any) -> None:
    with pytest.raises((MCPError, ExceptionGroup, httpx2.HTTPError)):
        async with over_http(guarded, mode=mode) as client:
            await client.list_tools()
    for headers in ({}, {"X_API_Key": "wrong"}, {"Authorization": "Bearer wrong"}):
        answer = post(guarded, **headers)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert post(guarded, PRICE, X_API_Key="right").status_code == 200


@pytest.mark.anyio
async def test_the_services_are_shown_our_own_key_and_never_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "ours")
    with place(tmp_path, key="ours") as here, served(here, api_keys="theirs") as server:
        async with over_http(server.config.port, X_API_Key="theirs") as client:
            told(await client.call_tool("price_product", {"description": "a drill"}))
            told(await client.call_tool("list_rules", {}))


def test_a_quota_is_the_callers() -> None:
    with served(nowhere(), api_keys="right", api_rate_limit="2/60") as server:
        assert [post(server.config.port, X_API_Key="right").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:8007"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Encoding": "gzip"}, 415),
        ({"Accept": "text/html"}, 406),
        ({"MCP_Protocol_Version": "1999-01-01"}, 400),
        ({}, 200),
    ],
)
def test_a_strangers_page_and_what_is_no_message_are_refused(bare: int, headers: dict[str, str], status: int) -> None:
    assert post(bare, **headers).status_code == status


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_one_method(bare: int, method: str) -> None:
    answer = httpx2.request(method, f"http://127.0.0.1:{bare}/mcp", headers=ACCEPT)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"[" * 50_000, b'{"jsonrpc": "2.0"}', b'{"jsonrpc":"2.0","id":1,"method":"x"}']
)
@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28"])
def test_what_is_no_request_is_refused_and_the_next_one_is_served(bare: int, body: bytes, version: str) -> None:
    headers = ACCEPT | {"Content-Type": "application/json", "MCP-Protocol-Version": version}
    answer = httpx2.post(f"http://127.0.0.1:{bare}/mcp", content=body, headers=headers)
    assert answer.status_code in (200, 400, 404)
    assert "error" in answer.json()
    assert post(bare).status_code == 200


def test_calls_are_counted_by_their_path(bare: int) -> None:
    post(bare)
    assert 'http_requests_total{method="POST",route="/mcp",status="200"}' in httpx2.get(f"http://127.0.0.1:{bare}/metrics").text


def test_a_body_is_bounded(bare: int) -> None:
    huge = {**PRICE, "params": {"name": "price_product", "arguments": {"description": "x" * 300_000}}}
    answer = post(bare, huge)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28"])
def test_a_caller_who_hangs_up_costs_the_pricers_nothing_more(here: Place, port: int, version: str) -> None:
    here.pricer.seconds = 60
    about = {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
    }
    message = {**PRICE, "params": {**PRICE["params"], "_meta": about}}  # type: ignore[dict-item]
    headers = ACCEPT | {"MCP-Protocol-Version": version, "Mcp-Method": "tools/call", "Mcp-Name": "price_product"}
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(f"http://127.0.0.1:{port}/mcp", json=message, headers=headers, timeout=1)
    assert here.pricer.begun == 1
    until(lambda: here.pricer.given_up == 1)


@pytest.mark.anyio
async def test_a_service_that_hangs_is_given_up_at_the_deadline(here: Place) -> None:
    here.pricer.seconds = 60
    with served(here, mcp_seconds=0.5) as server:
        async with over_http(server.config.port) as client:
            result = await client.call_tool("judge_offer", {"title": "Drill", "price": 9})
    assert "Try again in a moment" in refused(result)
    await asyncio.to_thread(until, lambda: here.pricer.given_up == 1)


@pytest.mark.anyio
async def test_many_at_once_get_their_own_answers(here: Place, port: int) -> None:
    here.pricer.seconds = 0.05
    async with over_http(port) as client:
        calls = [client.call_tool("price_product", {"description": "x" * n}) for n in range(1, 31)]
        prices = [told(each)["price"] for each in await asyncio.gather(*calls)]
    assert prices == [float(n) for n in range(1, 31)]


def test_the_command_listens_beyond_this_machine_with_keys_alone() -> None:
    environment = {**os.environ, "HOST": "0.0.0.0", "MCP_PORT": "0"}
    run = subprocess.run(
        command(nowhere(), "--http"), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == UNUSABLE_SETTINGS
    assert "API_KEYS" in run.stderr
