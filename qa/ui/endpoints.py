"""The answers for programs: ``/ask`` and ``/search`` over HTTP, and the tools of the same names over MCP."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.events import api

from qa.assistant import Assistant
from qa.errors import BadInput, QAError
from qa.filters import make_filter, refuse_unknown_articles, texts

CONCURRENT = 2  # questions answered at once; the models use several cores for each
MAX_K = 100


def add_endpoints(assistant: Assistant) -> None:
    """Register the endpoints with the ``gr.Blocks`` being built."""

    def ask(
        question: str,
        history: list[str] | None = None,
        article_ids: list[str] | None = None,
        languages: list[str] | None = None,
        since: str | None = None,
        until: str | None = None,
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """Answer a question from the indexed articles with verbatim, checkable quotes, or say that they lack it.

        Args:
            question: the question, in English or French
            history: earlier questions of this conversation, oldest first, so that a follow-up is understood
            article_ids: look only at these articles
            languages: look only at articles in these languages (ISO 639-1 codes)
            since: look only at articles from this day on (YYYY-MM-DD)
            until: look only at articles up to this day (YYYY-MM-DD)

        Returns:
            answered, text, confidence, citations, alternatives and hits
        """
        with _told():
            where = make_filter(article_ids=article_ids, languages=languages, since=since, until=until)
            refuse_unknown_articles(where, assistant.article)
            answer = assistant.ask(_text("question", question), history=texts("history", history), where=where)
            worded: dict[str, Any] = _worded(answer.to_dict(), request)
            return worded

    def search(query: str, k: int = 10, request: gr.Request | None = None) -> list[dict[str, Any]]:
        """Find the passages nearest to a query in the indexed articles, best first.

        Args:
            query: words or a question
            k: how many passages to give, 1 to 100

        Returns:
            hits: each a passage (article_id, start, end, text, title, date ...) and its score
        """
        with _told():
            if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MAX_K:
                raise BadInput(f"k = {k!r} must be a whole number from 1 to {MAX_K}")
            hits = assistant.search(_text("query", query), k=k)
            worded: list[dict[str, Any]] = _worded([dataclasses.asdict(hit) for hit in hits], request)
            return worded

    for function in (ask, search):
        api(function, api_name=function.__name__, concurrency_limit=CONCURRENT, concurrency_id="models")


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong for a user reaches the client as a message, without a traceback in the log."""
    try:
        yield
    except QAError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _worded(value: Any, request: gr.Request | None) -> Any:
    # Gradio's MCP server, known by this header, shows a dict as Python writes it; programs read JSON.
    over_mcp = request is not None and request.headers.get("x-gradio-user") == "mcp"
    return json.dumps(value, ensure_ascii=False) if over_mcp else value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{name} = {value!r} is not a text")
    return value
