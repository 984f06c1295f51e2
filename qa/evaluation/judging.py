"""Judges one answer against its question's gold: which passages, quotes and words are right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from qa.evaluation.metrics import Ranking, contains_answer, exact_match, overlaps, token_f1
from qa.evaluation.questions import Question
from qa.records import Answer, Citation, Hit

_SUFFIX = re.compile(r"\.[A-Za-z]\w*$")  # ".txt", but neither the ".2" of an id nor the ".jsonl#7" of a line


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question.

    ``text`` is the shown answer ("" where none was), ``quotes`` are its citations' words and ``citations_right`` says
    which of them overlap the evidence. ``accurate``: whether a quote contains a gold answer. ``seconds`` is wall time.
    """

    question: Question
    interpretation: str
    text: str
    quotes: tuple[str, ...]
    answered: bool
    confidence: float
    exact_match: bool
    token_f1: float
    accurate: bool
    citations_right: tuple[bool, ...]
    ranking: Ranking
    seconds: float

    @property
    def correct(self) -> bool:
        """Answered with a quote that contains a gold answer, or abstained where the articles don't say."""
        return self.accurate if self.question.answerable else not self.answered

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks, from 1, at which a relevant passage was first found in each gold article."""
        return tuple(rank for rank, each in enumerate(self.ranking.found, start=1) if each in self.ranking.relevant)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the question's gold included, so that a result can be read without its question set."""
        asked = self.question
        return {
            "id": asked.id,
            "question": asked.question,
            "lang": asked.lang,
            "type": asked.type,
            "history": list(asked.history),
            "interpretation": self.interpretation,
            "answers": list(asked.answers),
            "text": self.text,
            "quotes": list(self.quotes),
            "answered": self.answered,
            "confidence": round(self.confidence, 4),
            "correct": self.correct,
            "exact_match": self.exact_match,
            "token_f1": round(self.token_f1, 4),
            "citations_right": list(self.citations_right),
            "ranks": list(self.ranks),
            "seconds": round(self.seconds, 4),
        }


def judge(question: Question, answer: Answer, *, seconds: float) -> Outcome:
    """The outcome of asking ``question`` and getting ``answer`` after ``seconds``; an abstention shows no text."""
    text = answer.text if answer.answered else ""
    quotes = tuple(citation.quote for citation in answer.citations)
    return Outcome(
        question=question,
        interpretation=answer.interpretation,
        text=text,
        quotes=quotes,
        answered=answer.answered,
        confidence=answer.confidence,
        exact_match=exact_match(text, question.answers),
        token_f1=token_f1(text, question.answers),
        accurate=any(contains_answer(quote, question.answers) for quote in quotes),
        citations_right=tuple(citation_is_right(question, citation) for citation in answer.citations),
        ranking=rank_passages(question, answer.hits),
        seconds=seconds,
    )


def rank_passages(question: Question, hits: Sequence[Hit]) -> Ranking:
    """The hits as a ranking whose relevant ids are the question's gold articles.

    A hit stands for a gold article where it is that article's first relevant passage; any other hit keeps its place
    under a name of its own. A passage found twice counts once, and so do gold articles that share a passage
    (``Hit.copies``): one hit finds them all.
    """
    relevant = set(question.article_ids)
    found: dict[str, None] = {}
    seen: set[tuple[str, int, int]] = set()
    for hit in hits:
        passage = (hit.chunk.article_id, hit.chunk.start, hit.chunk.end)
        if passage in seen:
            continue
        seen.add(passage)
        new = [gold for gold in relevant_articles(question, hit) if gold in relevant and gold not in found]
        found[new[0] if new else f"passage {len(seen)}"] = None
        relevant.difference_update(new[1:])
    return Ranking(tuple(found), frozenset(relevant))


def relevant_articles(question: Question, hit: Hit) -> list[str]:
    """The gold articles that the hit's passage stands in, if it contains a gold answer or overlaps the evidence."""
    text = hit.chunk.text
    evident = question.evidence is not None and overlaps(text, question.evidence)
    if not (evident or contains_answer(text, question.answers)):
        return []
    places = (hit.chunk.article_id, *hit.copies)
    return [gold for gold in question.article_ids if _names_any(gold, places)]


def citation_is_right(question: Question, citation: Citation) -> bool:
    """Whether the quote is from a gold article and overlaps the evidence; False where no evidence is given."""
    in_gold_article = any(names_article(gold, citation.article_id) for gold in question.article_ids)
    return in_gold_article and question.evidence is not None and overlaps(citation.quote, question.evidence)


def names_article(gold: str, article_id: str) -> bool:
    """Whether a question set's ``gold`` names this article: its id, with or without its folder and its suffix.

    So a question set stays valid when the articles move to another folder: ``"talks"`` names ``"2025/talks.txt"``.
    """
    name = article_id.rpartition("/")[2]
    return gold in {article_id, name, _SUFFIX.sub("", article_id), _SUFFIX.sub("", name)}


def _names_any(gold: str, article_ids: Iterable[str]) -> bool:
    return any(names_article(gold, article_id) for article_id in article_ids)
