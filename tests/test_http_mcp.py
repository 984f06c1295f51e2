"""Asks a running server as programs do: over HTTP with gradio_client, over MCP with the mcp client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ListToolsResult, TextContent

from qa.assistant import Assistant
from qa.errors import BadInput
from qa.ui.serve import Server, launch

# What Gradio's own threads warn about (old pandas options, sockets left to the collector) is no fault of ours.
pytestmark = pytest.mark.filterwarnings("default")

SEEDS = Path(__file__).parents[1] / "seeds"
QUESTION = "How many Patriot systems were requested?"
PATRIOT = "001_77f543e1e514cc2d.txt"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    built = Assistant.build([str(SEEDS)], store=str(tmp_path_factory.mktemp("index")))
    yield built
    built.close()


@pytest.fixture(scope="module")
def server(assistant: Assistant) -> Iterator[Server]:
    running = launch(assistant, host="127.0.0.1", port=0, open_browser=False, block=False)
    yield running
    running.close()


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    connected = Client(server.url, verbose=False, analytics_enabled=False)
    yield connected
    connected.close()


def plain(value: object) -> Any:
    return json.loads(json.dumps(value))


def over_mcp(server: Server, call: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    async def speak() -> Any:
        address = f"{server.url}gradio_api/mcp/"
        async with streamable_http_client(address) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            return await call(session)

    return asyncio.run(speak())


def test_http_gives_exactly_the_answer_of_the_python_api(assistant: Assistant, client: Client) -> None:
    given = client.predict(question=QUESTION, api_name="/ask")
    assert given == plain(assistant.ask(QUESTION).to_dict())
    assert given["answered"]
    assert "10" in given["text"]
    assert given["citations"][0]["article_id"] == PATRIOT


def test_http_takes_the_question_alone_by_place(client: Client) -> None:
    assert client.predict(QUESTION, api_name="/ask")["answered"]


def test_http_says_when_the_articles_do_not_answer(client: Client) -> None:
    given = client.predict("How tall is the Eiffel Tower?", api_name="/ask")
    assert not given["answered"]
    assert given["text"] == ""
    assert given["citations"] == []


def test_http_understands_a_follow_up_by_its_history(assistant: Assistant, client: Client) -> None:
    follow_up = "And in which article?"
    given = client.predict(follow_up, history=[QUESTION], api_name="/ask")
    assert given == plain(assistant.ask(follow_up, history=[QUESTION]).to_dict())


def test_http_looks_only_at_the_articles_asked_for(client: Client) -> None:
    only = "004_0d1f5a32a9ad0036.txt"
    given = client.predict(QUESTION, article_ids=[only], api_name="/ask")
    assert {hit["chunk"]["article_id"] for hit in given["hits"]} <= {only}


def test_http_search_gives_the_hits_of_the_python_api(assistant: Assistant, client: Client) -> None:
    given = client.predict("Patriot", k=3, api_name="/search")
    assert len(given) == 3
    assert [hit["chunk"]["text"] for hit in given] == [hit.chunk.text for hit in assistant.search("Patriot", k=3)]


@pytest.mark.parametrize(
    ("endpoint", "wishes", "told"),
    [
        (
            "/ask",
            {"question": QUESTION, "since": "2025-13-01"},
            "since = '2025-13-01' is not a day; write it as YYYY-MM-DD",
        ),
        ("/ask", {"question": QUESTION, "history": "earlier"}, "history = 'earlier' is not a list of texts"),
        (
            "/ask",
            {"question": QUESTION, "article_ids": ["nowhere.txt"]},
            "there is no article 'nowhere.txt' in the index",
        ),
        ("/ask", {"question": 7}, "question = 7 is not a text"),
        ("/search", {"query": "Patriot", "k": 0}, "k = 0 must be a whole number from 1 to 100"),
        ("/search", {"query": "Patriot", "k": "many"}, "k = 'many' must be a whole number from 1 to 100"),
    ],
)
def test_http_tells_what_is_wrong_with_a_request(
    client: Client, endpoint: str, wishes: dict[str, Any], told: str
) -> None:
    with pytest.raises(AppError) as caught:
        client.predict(**wishes, api_name=endpoint)
    assert told in str(caught.value)


def test_two_plain_requests_are_enough(assistant: Assistant, server: Server) -> None:
    address = f"{server.url}gradio_api/call/v2/ask"
    event = httpx.post(address, json={"question": QUESTION}).json()["event_id"]
    *_, last = (line for line in httpx.get(f"{address}/{event}").text.splitlines() if line)
    assert json.loads(last.removeprefix("data: ")) == [plain(assistant.ask(QUESTION).to_dict())]


def test_programs_see_the_two_endpoints_and_none_of_the_page(client: Client) -> None:
    listed = client.view_api(print_info=False, return_format="dict")
    assert set(listed["named_endpoints"]) == {"/ask", "/search"}
    assert not listed["unnamed_endpoints"]
    assert [each["parameter_name"] for each in listed["named_endpoints"]["/search"]["parameters"]] == ["query", "k"]


def test_mcp_lists_the_two_tools_with_their_arguments(server: Server) -> None:
    listed: ListToolsResult = over_mcp(server, lambda session: session.list_tools())
    tools = {tool.name: tool for tool in listed.tools}
    assert set(tools) == {"ask", "search"}
    assert set(tools["ask"].inputSchema["properties"]) == {
        "question", "history", "article_ids", "languages", "since", "until",
    }  # fmt: skip
    assert tools["ask"].inputSchema["required"] == ["question"]
    assert "verbatim" in (tools["ask"].description or "")
    assert "YYYY-MM-DD" in tools["ask"].inputSchema["properties"]["since"]["description"]


def test_mcp_gives_the_same_answer(assistant: Assistant, server: Server) -> None:
    result: CallToolResult = over_mcp(server, lambda session: session.call_tool("ask", {"question": QUESTION}))
    assert not result.isError
    assert isinstance(result.content[0], TextContent)
    assert json.loads(result.content[0].text) == plain(assistant.ask(QUESTION).to_dict())


def test_mcp_tells_what_is_wrong_with_a_request(server: Server) -> None:
    wishes = {"question": QUESTION, "until": "soon"}
    result: CallToolResult = over_mcp(server, lambda session: session.call_tool("ask", wishes))
    assert result.isError
    assert isinstance(result.content[0], TextContent)
    assert "until = 'soon' is not a day" in result.content[0].text


def test_a_taken_port_is_told_with_the_remedy(assistant: Assistant, server: Server) -> None:
    port = int(server.url.rstrip("/").rpartition(":")[2])
    with pytest.raises(BadInput, match=rf"cannot listen on 127.0.0.1:{port} .*QA_PORT"):
        launch(assistant, host="127.0.0.1", port=port, open_browser=False, block=False)
