"""Shows the sources of an answer, the list of articles, and an article with the quoted passage marked."""

from __future__ import annotations

from collections.abc import Sequence

from qa.errors import BadInput
from qa.protocols import ArticleEntry
from qa.records import Answer, Article, Citation, Span
from qa.ui.escaping import escape, opener
from qa.ui.texts import say

LISTED = 500  # more articles than this are counted, not listed: the page must stay light


def sources_list(answer: Answer | None, language: str) -> str:
    """Every quote of ``answer`` with its title and date, as buttons that open it."""
    citations: list[Citation] = []
    if answer is not None:
        citations = [*answer.citations, *(each for other in answer.alternatives for each in other.citations)]
    if not citations:
        return f'<p class="qa-empty">{say("no_sources", language)}</p>'
    items = "".join(
        "<li>"
        + opener(
            f'<b class="qa-chip">{citation.number}</b> <cite>{escape(citation.title)}</cite> '
            f"<small>{escape(citation.date or say('undated', language))}</small>"
            f'<span dir="auto">{escape(citation.quote)}</span>',
            article_id=citation.article_id,
            start=citation.start,
            end=citation.end,
            spoken=say("open_quote", language, number=citation.number, title=citation.title),
            css="qa-source",
        )
        + "</li>"
        for citation in citations
    )
    return f'<ul class="qa-list" aria-label="{escape(say("sources", language))}">{items}</ul>'


def article_list(entries: Sequence[ArticleEntry], language: str) -> str:
    """The articles as buttons that open them."""
    items = "".join(
        "<li>"
        + opener(
            f"<cite>{escape(entry.title)}</cite> <small>{_facts(entry, language)}</small>",
            article_id=entry.id,
            spoken=say("open_article", language, title=entry.title),
            css="qa-source",
        )
        + "</li>"
        for entry in entries[:LISTED]
    )
    if len(entries) > LISTED:
        items += f"<li>{say('more_articles', language, count=len(entries) - LISTED)}</li>"
    return f'<ul class="qa-list">{items}</ul>'


def article_view(article: Article, place: Span, *, language: str) -> str:
    """The whole article with ``place`` marked; an empty place marks nothing.

    Raises ``BadInput`` when the place does not lie in the article: the index changed since the answer was given.
    """
    text, start, end = article.text, place.start, place.end
    if not 0 <= start <= end <= len(text):
        raise BadInput(f"{article.id} has no characters {start} to {end} any more; ask the question again")
    marked = f'<mark tabindex="-1">{escape(text[start:end])}</mark>' if start < end else ""
    facts = [article.date or say("undated", language), article.id, article.language, article.source or ""]
    return (
        f'<article class="qa-article" data-shown="{escape(f"{article.id}:{start}:{end}")}">'
        f'<h2 dir="auto" tabindex="-1">{escape(article.title)}</h2>'
        f'<p class="qa-aside">{" · ".join(escape(fact) for fact in facts if fact)}</p>'
        f'<div class="qa-text" dir="auto" lang="{escape(article.language)}">'
        f"{escape(text[:start])}{marked}{escape(text[end:])}</div>"
        f'<button type="button" class="qa-back" data-back>{say("back", language)}</button></article>'
    )


def empty_view(language: str) -> str:
    """The article panel before anything was opened."""
    return f'<p class="qa-empty">{say("no_article", language)}</p>'


def _facts(entry: ArticleEntry, language: str) -> str:
    one = entry.passages == 1
    count = say("one_passage", language) if one else say("passages", language, count=entry.passages)
    return " · ".join(escape(fact) for fact in (entry.date or say("undated", language), entry.language, count))
