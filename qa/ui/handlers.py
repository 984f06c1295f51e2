"""What happens when somebody loads the page, asks, opens a quote or starts anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from qa.assistant import Assistant
from qa.errors import BadInput, QAError
from qa.filters import make_filter, refuse_unknown_articles
from qa.records import Article, Filter, Span
from qa.ui.answers import Turn, answer_message, answer_parts, messages, user_message
from qa.ui.conversations import Conversations
from qa.ui.escaping import escape
from qa.ui.sources import LISTED, article_list, article_view, empty_view, sources_list
from qa.ui.texts import language_of, say

Shown = tuple[Any, ...]  # one value for each output, in the order that qa/ui/app.py names them


class Handlers:
    """The page's events over one assistant; a person's conversation is found by its key."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._conversations = Conversations()

    def load(self, kept_key: str, request: gr.Request) -> Shown:
        """→ key, kept key, messages, sources, article panel; article list, choices of articles and of languages."""
        language = language_of(request)
        key = kept_key or self._conversations.start()
        turns = self._conversations.turns(key)
        entries = self._assistant.articles()
        titles = [(entry.title or entry.id, entry.id) for entry in entries[:LISTED]]
        return (
            key,
            key,
            messages(turns),
            sources_list(turns[-1].answer if turns else None, language),
            empty_view(language),
            article_list(entries, language),
            # An id can be typed where not every article is offered.
            gr.update(choices=titles, allow_custom_value=len(entries) > LISTED),
            gr.update(choices=sorted({entry.language for entry in entries})),
        )

    def answer(
        self,
        question: str,
        key: str,
        articles: list[str] | None,
        languages: list[str] | None,
        since: str | None,
        until: str | None,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """→ question box, messages, sources; the answer piece by piece."""
        unchanged = gr.skip(), gr.skip(), gr.skip()
        if not question.strip():
            yield unchanged
            return
        try:
            where = make_filter(article_ids=articles, languages=languages, since=since, until=until)
            refuse_unknown_articles(where, self._assistant.article)
        except QAError as error:
            _warn(error)
            yield unchanged
            return
        yield from self._answer(question, key, where, language=language_of(request))

    def _answer(self, question: str, key: str, where: Filter, *, language: str) -> Iterator[Shown]:
        turns = self._conversations.turns(key)
        shown = [*messages(turns), user_message(question)]
        waiting = f'<p class="qa-waiting">{say("reading", language)}</p>'
        yield "", [*shown, answer_message(waiting, language)], gr.skip()
        try:
            answer = self._assistant.ask(question, history=[turn.question for turn in turns], where=where)
        except QAError as error:
            _warn(error)
            yield question, messages(turns), gr.skip()
            return
        self._conversations.add(key, Turn(question, answer))
        sources = sources_list(answer, language)
        inner = ""
        for part in answer_parts(answer):
            inner += part
            yield gr.skip(), [*shown, answer_message(inner, answer.language)], sources

    def example(self, chosen: gr.SelectData) -> str:
        """→ question box."""
        return str(chosen.value["text"])

    def restart(self, key: str, request: gr.Request) -> Shown:
        """→ key, kept key, messages, sources, article panel: a new conversation."""
        self._conversations.forget(key)
        fresh, language = self._conversations.start(), language_of(request)
        return fresh, fresh, [], sources_list(None, language), empty_view(language)

    def open(self, wanted: gr.EventData, request: gr.Request) -> Any:
        """→ article panel: the article of a clicked quote, passage or list entry."""
        try:
            return article_view(*self._wanted(wanted), language=language_of(request))
        except QAError as error:
            _warn(error)
            return gr.skip()

    def _wanted(self, wanted: gr.EventData) -> tuple[Article, Span]:
        try:
            article_id, place = str(wanted.article), Span(int(wanted.start), int(wanted.end))
        except (AttributeError, TypeError, ValueError):
            raise BadInput("the page asked for no article; reload it") from None
        article = self._assistant.article(article_id)
        if article is None:
            raise BadInput(f"{article_id} is not in the index any more; reload the page")
        return article, place


def _warn(error: QAError) -> None:
    # Not gr.Error: it would cover the conversation and the sources until the next answer.
    gr.Warning(escape(str(error)))
