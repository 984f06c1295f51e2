"""Shows a conversation as chat messages: answers with their quotes, abstentions with the nearest passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from qa.records import Alternative, Answer, Citation, Hit
from qa.ui.escaping import escape, opener
from qa.ui.texts import say

HIGH_CONFIDENCE = 0.8  # a probability: four times in five a quote answers
MEDIUM_CONFIDENCE = 0.5  # more often than not
NEAREST_SHOWN = 3
EXCERPT = 240  # characters of a nearest passage: about two sentences


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what was answered."""

    question: str
    answer: Answer


def messages(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The turns as the messages of a ``gr.Chatbot``."""
    shown: list[dict[str, Any]] = []
    for turn in turns:
        shown += [user_message(turn.question), answer_message("".join(answer_parts(turn.answer)), turn.answer.language)]
    return shown


def user_message(question: str) -> dict[str, Any]:
    return _message("user", f'<p class="qa-question" dir="auto">{escape(question)}</p>')


def answer_message(inner: str, language: str) -> dict[str, Any]:
    """An answer's bubble around ``inner`` (HTML)."""
    return _message("assistant", f'<section class="qa-answer" lang="{escape(language)}">{inner}</section>')


def answer_parts(answer: Answer) -> Iterator[str]:
    """The pieces of an answer in HTML, in the order in which a reader wants them."""
    language = answer.language
    if answer.answered:
        chips = "".join(_chip(citation, language) for citation in answer.citations)
        yield f'<p class="qa-short"><span dir="auto">{escape(answer.text)}</span> {chips}</p>'
        yield "".join(_quote(citation, language) for citation in answer.citations)
        yield _others(answer.alternatives, language)
        yield _confidence(answer.confidence, language)
    else:
        yield f'<p class="qa-none">{escape(answer.message)}</p>'
        yield _nearest(answer.hits[:NEAREST_SHOWN], language)
    if answer.interpretation and answer.interpretation != answer.question:
        yield f'<p class="qa-aside">{say("understood", language)} <i>{escape(answer.interpretation)}</i></p>'
    yield (
        f'<button type="button" class="qa-copy" data-copy="{escape(as_text(answer))}" '
        f'data-copied="{say("copied", language)}">{say("copy", language)}</button>'
    )


def as_text(answer: Answer) -> str:
    """The answer with its quotes as plain text, for the clipboard."""
    if not answer.answered:
        return answer.message
    lines = [answer.text, ""]
    shown = [*answer.citations, *(citation for other in answer.alternatives for citation in other.citations)]
    for citation in shown:
        place = ", ".join(part for part in (citation.title, citation.date, citation.article_id) if part)
        lines.append(f"[{citation.number}] « {citation.quote} » ({place})")
    return "\n".join(lines)


def _message(role: str, inner: str) -> dict[str, Any]:
    # A gr.HTML part, not text: the chat's Markdown would drop the attributes that the chips need.
    return {"role": role, "content": gr.HTML(inner, js_on_load=None, apply_default_css=False)}


def _chip(citation: Citation, language: str) -> str:
    return opener(
        str(citation.number),
        article_id=citation.article_id,
        start=citation.start,
        end=citation.end,
        spoken=say("open_quote", language, number=citation.number, title=citation.title),
    )


def _quote(citation: Citation, language: str) -> str:
    date = f", {escape(citation.date)}" if citation.date else ""
    return (
        f'<figure class="qa-quote"><blockquote dir="auto">{_chip(citation, language)} {escape(citation.quote)}'
        f"</blockquote><figcaption><cite>{escape(citation.title)}</cite>{date}</figcaption></figure>"
    )


def _others(alternatives: Sequence[Alternative], language: str) -> str:
    html = ""
    for heading, agrees in (("agreeing", True), ("differing", False)):
        items = "".join(
            f"<li><strong>{escape(other.text)}</strong>"
            + "".join(_quote(each, language) for each in other.citations)
            + "</li>"
            for other in alternatives
            if other.agrees is agrees
        )
        if items:
            html += f'<div class="qa-others"><p>{say(heading, language)}</p><ul>{items}</ul></div>'
    return html


def _confidence(confidence: float, language: str) -> str:
    word = "high" if confidence >= HIGH_CONFIDENCE else "medium" if confidence >= MEDIUM_CONFIDENCE else "low"
    figure = say("probability", language, percent=round(100 * confidence))
    words = say(f"confidence_{word}", language)
    return f'<p class="qa-aside"><span class="qa-confidence qa-{word}" title="{figure}">{words}</span></p>'


def _nearest(hits: Sequence[Hit], language: str) -> str:
    if not hits:
        return ""
    items = "".join(
        "<li>"
        + opener(
            f"<cite>{escape(hit.chunk.title)}</cite><span dir='auto'>{escape(_excerpt(hit.chunk.text))}</span>",
            article_id=hit.chunk.article_id,
            start=hit.chunk.start,
            end=hit.chunk.end,
            spoken=say("open_passage", language, title=hit.chunk.title),
            css="qa-passage",
        )
        + "</li>"
        for hit in hits
    )
    return f'<details class="qa-nearest" open><summary>{say("nearest", language)}</summary><ul>{items}</ul></details>'


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(" ", 1)[0] + " …"
