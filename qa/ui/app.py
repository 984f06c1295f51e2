"""Lays out the page: the conversation on the left, the article that backs an answer on the right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from qa.assistant import Assistant
from qa.ui.endpoints import CONCURRENT, add_endpoints
from qa.ui.handlers import Handlers
from qa.ui.texts import EXAMPLES, TEXTS

WAITING = 64  # questions in the queue; further ones are told that it is full
TRANSLATIONS = gr.I18n(**TEXTS)
SCRIPT = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
STYLE = Path(__file__).with_name("page.css")

# The key of the conversation lives as long as the browser's tab, so that two tabs are two conversations.
_KEPT = "() => [sessionStorage.getItem('qa-conversation') || '']"
_KEEP = "(key) => { sessionStorage.setItem('qa-conversation', key); }"
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}  # no endpoint, no MCP tool


@dataclass(frozen=True, slots=True)
class _Parts:
    key: gr.State
    kept_key: gr.Textbox
    chat: gr.Chatbot
    question: gr.Textbox
    send: gr.Button
    new: gr.Button
    articles: gr.Dropdown
    languages: gr.Dropdown
    since: gr.Textbox
    until: gr.Textbox
    viewer: gr.HTML
    sources: gr.HTML
    listing: gr.HTML


def build_app(assistant: Assistant) -> gr.Blocks:
    """The chat over ``assistant``, with the endpoints ``/ask`` and ``/search``; ``qa.ui.serve.launch`` serves it."""
    page = gr.Blocks(title=TEXTS["en"]["title"], analytics_enabled=False, fill_width=True)
    with page:
        parts = _layout(assistant)
        _connect(page, parts, Handlers(assistant))
        add_endpoints(assistant)
    page.queue(max_size=WAITING, default_concurrency_limit=CONCURRENT)
    return page


def _layout(assistant: Assistant) -> _Parts:
    text = TRANSLATIONS
    key, kept_key = gr.State(""), gr.Textbox(visible="hidden")
    with gr.Row(elem_id="qa-head"):
        gr.Markdown(text("heading"))
        new = gr.Button(text("new"), size="sm", scale=0, min_width=160, elem_id="qa-new")
    with gr.Row(elem_id="qa-panels"):
        with gr.Column(scale=5, min_width=320):
            chat = gr.Chatbot(
                label=text("conversation"), show_label=False, elem_id="qa-chat", height="auto", layout="bubble",
                placeholder=str(text("try")), examples=_examples(assistant), buttons=[], latex_delimiters=[],
                feedback_options=None, allow_file_downloads=False, autoscroll=False,
            )  # fmt: skip
            with gr.Row(elem_id="qa-ask"):
                question = gr.Textbox(
                    label=text("question"), show_label=False, placeholder=text("placeholder"), autofocus=True, lines=1,
                    max_lines=4, max_length=assistant.settings.max_question_chars, container=False, scale=8,
                    min_width=200, elem_id="qa-question",
                )  # fmt: skip
                send = gr.Button(text("send"), variant="primary", scale=1, min_width=120, elem_id="qa-send")
            with gr.Accordion(text("filters"), open=False, elem_id="qa-filters"), gr.Row():
                articles = gr.Dropdown(label=text("articles"), multiselect=True, min_width=240, elem_id="qa-articles")
                languages = gr.Dropdown(label=text("languages"), multiselect=True, min_width=120)
                since = gr.Textbox(label=text("since"), placeholder="2025-01-31", min_width=120, elem_id="qa-since")
                until = gr.Textbox(label=text("until"), placeholder="2025-12-31", min_width=120, elem_id="qa-until")
        with gr.Column(scale=4, min_width=320, elem_id="qa-side"):
            viewer = gr.HTML(label=text("article"), elem_id="qa-viewer", js_on_load=SCRIPT, apply_default_css=False)
            with gr.Accordion(text("sources"), elem_id="qa-sources"):
                sources = gr.HTML(apply_default_css=False)
            with gr.Accordion(text("articles"), open=False, elem_id="qa-listing"):
                listing = gr.HTML(apply_default_css=False)
    return _Parts(key, kept_key, chat, question, send, new, articles, languages, since, until, viewer, sources, listing)


def _connect(page: gr.Blocks, parts: _Parts, handlers: Handlers) -> None:
    keep = {"fn": None, "inputs": parts.kept_key, "js": _KEEP, "api_visibility": "private"}
    conversation = [parts.key, parts.kept_key, parts.chat, parts.sources, parts.viewer]
    choices = [parts.listing, parts.articles, parts.languages]
    page.load(handlers.load, parts.kept_key, [*conversation, *choices], js=_KEPT, **_QUIET).then(**keep)
    asking = {
        "fn": handlers.answer,
        "inputs": [parts.question, parts.key, parts.articles, parts.languages, parts.since, parts.until],
        "outputs": [parts.question, parts.chat, parts.sources],
        "concurrency_limit": CONCURRENT,
        "concurrency_id": "models",
        **_QUIET,
    }
    gr.on([parts.question.submit, parts.send.click], **asking)
    parts.chat.example_select(handlers.example, None, parts.question, **_QUIET).then(**asking)
    gr.on([parts.new.click, parts.chat.clear], handlers.restart, parts.key, conversation, **_QUIET).then(**keep)
    # "open" is the event that page.js triggers.
    parts.viewer.open(handlers.open, None, parts.viewer, **_QUIET)


def _examples(assistant: Assistant) -> list[Any]:
    """The example questions that these articles can answer, with the unanswerable one if there are any."""
    known = {entry.id for entry in assistant.articles()}
    if not any(example.article_id in known for example in EXAMPLES):
        return []
    return [{"text": example.question} for example in EXAMPLES if example.article_id in {None, *known}]
