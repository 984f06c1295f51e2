"""Turns what the reader found into an answer: the quote, its citations, what other articles say, or an abstention.

Every quote is read again from the store before it is shown; one that no longer stands in its article is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.analysis import fold, terms, tokens
from qa.lexicon import Lexicon
from qa.matching import coverage, question_words
from qa.protocols import Store
from qa.records import Abstention, Alternative, Answer, Candidate, Citation, Hit

FURTHER_SENTENCE = 0.1  # others of the same article are quoted from this share of the best one's probability on
MOST_FURTHER = 2
ALTERNATIVE = 0.25  # another article's answer is shown from this share of the best one's probability on
MOST_ALTERNATIVES = 4
ON_TOPIC = 0.5  # share of the question's meaning that some passage must hold for its topic to count as found

_NEGATIONS = frozenset(("aucun", "aucune", "jamais", "never", "no", "non", "not", "pas", "without", "sans"))
_MESSAGES = {
    "en": {
        Abstention.EMPTY_QUESTION: "Ask a question about the articles.",
        Abstention.NOTHING_ON_TOPIC: "The articles don't say: nothing in them is about this.",
        Abstention.FACT_NOT_STATED: "The articles don't say: they touch on the topic without stating this.",
    },
    "fr": {
        Abstention.EMPTY_QUESTION: "Posez une question sur les articles.",
        Abstention.NOTHING_ON_TOPIC: "Les articles ne le disent pas : rien n’y traite de ce sujet.",
        Abstention.FACT_NOT_STATED: "Les articles ne le disent pas : le sujet y est abordé, pas cette information.",
    },
    "uk": {
        Abstention.EMPTY_QUESTION: "Поставте запитання про статті.",
        Abstention.NOTHING_ON_TOPIC: "У статтях про це не сказано: у них немає нічого на цю тему.",
        Abstention.FACT_NOT_STATED: "У статтях про це не сказано: тему згадано, але цього факту немає.",
    },
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way: as typed, as looked up, and the language it is answered in."""

    question: str
    interpretation: str
    language: str


class Answerer:
    """Composes answers from a reader's candidates over one store."""

    def __init__(self, store: Store, lexicon: Lexicon) -> None:
        self._store = store
        self._lexicon = lexicon

    def compose(
        self, asked: Asked, candidates: Sequence[Candidate], hits: Sequence[Hit], *, threshold: float
    ) -> Answer:
        """The answer, if the candidates together reach ``threshold``; else an abstention with its reason.

        The confidence is the probability that one of the quotes answers, or another sentence, shown or not, that
        says the same. The answer's hits are in the reader's order.
        """
        hits = _likeliest_first(hits, candidates)
        sound = [candidate for candidate in candidates if self._is_verbatim(candidate)]
        if not sound or sum(candidate.probability for candidate in sound) < threshold:
            return self.abstain(asked, self._reason(asked, hits), hits)
        best = sound[0]
        text = _words(best)
        further = [
            other
            for other in sound[1:]
            if other.hit.chunk.article_id == best.hit.chunk.article_id
            and other.probability >= FURTHER_SENTENCE * best.probability
        ]
        main = [best, *further[:MOST_FURTHER]]
        speaking = [other for other in sound if other in main or _agree(text, _words(other))]
        citations = tuple(_citation(number, candidate) for number, candidate in enumerate(main, start=1))
        return Answer(
            question=asked.question,
            interpretation=asked.interpretation,
            language=asked.language,
            text=text,
            confidence=min(1.0, sum(candidate.probability for candidate in speaking)),
            citations=citations,
            alternatives=_alternatives(sound, best, first_number=len(citations) + 1),
            hits=tuple(hits),
            message="",
        )

    def abstain(self, asked: Asked, reason: Abstention, hits: Sequence[Hit] = ()) -> Answer:
        """An answer that says that the articles don't say, with the nearest passages as hits."""
        messages = _MESSAGES.get(asked.language, _MESSAGES["en"])
        return Answer(
            question=asked.question,
            interpretation=asked.interpretation,
            language=asked.language,
            text="",
            confidence=0.0,
            citations=(),
            alternatives=(),
            hits=tuple(hits),
            message=messages[reason],
            reason=reason,
        )

    def _is_verbatim(self, candidate: Candidate) -> bool:
        chunk = candidate.hit.chunk
        article = self._store.article(chunk.article_id)
        return (
            article is not None
            and article.text[chunk.start : chunk.end] == chunk.text
            and chunk.start <= candidate.sentence.start <= candidate.span.start
            and candidate.span.start < candidate.span.end <= candidate.sentence.end <= chunk.end
        )

    def _reason(self, asked: Asked, hits: Sequence[Hit]) -> Abstention:
        for hit in hits:
            there = hit.chunk.language
            words = question_words(asked.interpretation, asked.language, self._lexicon, passages_in=[there])
            if coverage(words, set(terms(f"{hit.chunk.title}\n{hit.chunk.text}", there)), there) >= ON_TOPIC:
                return Abstention.FACT_NOT_STATED
        return Abstention.NOTHING_ON_TOPIC


def _likeliest_first(hits: Sequence[Hit], candidates: Sequence[Candidate]) -> list[Hit]:
    """The hits by their best candidate's probability, now their score; those without one last, as they were found."""
    best = {candidate.hit.chunk: candidate.probability for candidate in reversed(candidates)}  # the first one stands
    scored = [replace(hit, score=best.get(hit.chunk, 0.0)) for hit in hits]
    return sorted(scored, key=lambda hit: -hit.score)


def _words(candidate: Candidate) -> str:
    chunk = candidate.hit.chunk
    return chunk.text[candidate.span.start - chunk.start : candidate.span.end - chunk.start]


def _citation(number: int, candidate: Candidate) -> Citation:
    chunk, sentence = candidate.hit.chunk, candidate.sentence
    return Citation(
        number=number,
        article_id=chunk.article_id,
        title=chunk.title,
        quote=chunk.text[sentence.start - chunk.start : sentence.end - chunk.start],
        start=sentence.start,
        end=sentence.end,
        score=candidate.probability,
        source=chunk.source,
        date=chunk.date,
    )


def _alternatives(candidates: Sequence[Candidate], best: Candidate, *, first_number: int) -> tuple[Alternative, ...]:
    """The best answer of each other article; a copy of an article already heard is no further witness."""
    heard = {best.hit.chunk.article_id, *best.hit.copies}
    found: list[Alternative] = []
    for candidate in candidates:
        witnesses = {candidate.hit.chunk.article_id, *candidate.hit.copies}
        if witnesses & heard or candidate.probability < ALTERNATIVE * best.probability:
            continue
        heard |= witnesses
        citation = _citation(first_number + len(found), candidate)
        agrees = _agree(_words(best), _words(candidate))
        found.append(Alternative(_words(candidate), agrees, candidate.probability, (citation,)))
        if len(found) == MOST_ALTERNATIVES:
            break
    return tuple(found)


def _agree(one: str, other: str) -> bool:
    """Whether one of two short answers says no less than the other, by their stems."""
    left, right = set(terms(one, "fr")), set(terms(other, "fr"))
    denied, also_denied = (_NEGATIONS & {fold(token.text) for token in tokens(text)} for text in (one, other))
    return bool(left and right) and (left <= right or right <= left) and bool(denied) == bool(also_denied)
