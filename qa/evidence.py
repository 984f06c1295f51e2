"""Describes how a sentence bears on a question, by numbers a model can weigh."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.analysis import is_stop_word, stem, tokens
from qa.matching import Word
from qa.questions import Expected, QuestionReading
from qa.records import Hit, Span
from qa.sentences import sentences

_DIGIT = re.compile(r"\d")
_NUMBER_WORD = re.compile(
    r"\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|cent|mille|milliers?|millions?|milliards?"
    r"|dizaines?|douzaines?|centaines?|moitié|tiers|quart|premi\w+|two|three|four|five|seven|eight|nine|ten|twelve|twenty"
    r"|hundreds?|thousands?|billions?|dozens?|half|first|second)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[€$£]|\b(?:dollars?|euros?|couronnes?|livres|roubles?|francs?|hryvnias?|zlotys?|pounds?)\b", re.IGNORECASE
)
_TIME = re.compile(
    r"\b(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|lundi|mardi|mercredi|jeudi"
    r"|vendredi|samedi|dimanche|hier|demain|printemps|automne|hiver|hivernale?|trimestre|semestre|(?:19|20)\d\d|january|february|march"
    r"|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday"
    r"|sunday|yesterday|tomorrow|spring|summer|autumn|winter|fin de|end of|depuis|since)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"\b(?:ans?|années?|mois|semaines?|jours?|heures?|minutes?|secondes?|years?|months?|weeks?|days?|hours?)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:car|parce qu|afin|pour|raison|cause|faute|grâce|permet\w*|vise\w*|puisqu"
    r"|because|due to|so that|in order|since|owing|to)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:à|au|aux|en|dans|sur|près de|in|at|near)\s+(?:l[ea]s? |l[’']|the )?[A-ZÉÈÎÔ]")
_CAPITAL = re.compile(r"(?<=[\s’'(«“-])[A-ZÉÈÎÔÀÇ][\w’'-]+")
SENTENCE_FEATURES = 50  # that describe_sentences gives
_MATCHED = 0.3  # from this likeness on a word counts as found


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit, by offsets in the passage, with its stems and its neighbours'."""

    hit: Hit
    rank: int
    span: Span
    stems: frozenset[str]
    context: frozenset[str]

    @property
    def text(self) -> str:
        return self.span.of(self.hit.chunk.text)

    @property
    def place(self) -> Span:
        """Offsets in the article."""
        return Span(self.hit.chunk.start + self.span.start, self.hit.chunk.start + self.span.end)


def sentences_of(hits: Sequence[Hit]) -> list[Sentence]:
    """Every sentence of the hits, best hit first; one that overlapping passages share appears once."""
    found: list[Sentence] = []
    seen: set[tuple[str, int]] = set()
    for rank, hit in enumerate(hits):
        spans = sentences(hit.chunk.text)
        stems = [_stems(span.of(hit.chunk.text), hit.chunk.language) for span in spans]
        for i, span in enumerate(spans):
            key = (hit.chunk.article_id, hit.chunk.start + span.start)
            if key not in seen:
                seen.add(key)
                context = frozenset().union(*stems[max(i - 1, 0) : i + 2])
                found.append(Sentence(hit, rank, span, stems[i], context))
    return found


def describe_sentences(
    sentences: Sequence[Sentence],
    words: Sequence[Word],
    reading: QuestionReading,
    language: str,
) -> NDArray[np.float32]:
    """The features of sentences: shape (len(sentences), SENTENCE_FEATURES), float32.

    ``language`` is the question's.
    """
    groups = _groups(words, reading)
    by_hit: dict[int, NDArray[np.float64]] = {}
    matches = np.array([_matches(words, one.stems, one.hit.chunk.language) for one in sentences])
    # A word that every sentence at hand holds tells none of them apart, however rare it is in the language.
    telling = np.log((len(sentences) + 1) / (matches.sum(axis=0) + 0.5))
    rows = []
    for sentence, in_sentence in zip(sentences, matches, strict=True):
        chunk = sentence.hit.chunk
        if sentence.rank not in by_hit:
            by_hit[sentence.rank] = _matches(
                words, _stems(f"{chunk.title}\n{chunk.text}", chunk.language), chunk.language
            )
        in_context = _matches(words, sentence.context, chunk.language)
        alignment = _align(groups, in_sentence, in_context, by_hit[sentence.rank])
        total = telling.sum() or 1.0
        offers = _offers(sentence.text)
        rows.append(
            [
                *alignment,
                float(in_sentence @ telling) / total,
                float(in_context @ telling) / total,
                float(by_hit[sentence.rank] @ telling) / total,
                float(in_sentence @ telling) / 8,
                float(telling[in_sentence < _MATCHED].max(initial=0.0)) / 4,
                sentence.hit.score,
                1 / (1 + sentence.rank),
                groups.names.any(),
                len(words) / 8,
                groups.focus.sum() / 3,
                reading.plural,
                language == chunk.language,
                offers[reading.expected],
                *offers.values(),
                *(reading.expected is kind for kind in Expected),
                np.log1p(len(sentence.text)) / 5,
                sentence.text[-1:] not in ".!?»”",
                sentence.place.start == 0,
                sentence.text.count(",") / 4,
            ]
        )
    return np.array(rows, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Which of the question's words are names, which say what is asked for; all of shape (words,)."""

    rarity: NDArray[np.float64]
    names: NDArray[np.bool_]
    focus: NDArray[np.bool_]


def _groups(words: Sequence[Word], reading: QuestionReading) -> _Groups:
    focus = {token.text for token in reading.focus}
    return _Groups(
        np.array([word.rarity for word in words], dtype=np.float64),
        np.array([word.is_name for word in words], dtype=bool),
        np.array([word.token.text in focus for word in words], dtype=bool),
    )


def _matches(words: Sequence[Word], stems: frozenset[str], language: str) -> NDArray[np.float64]:
    return np.array([word.match(stems, language) for word in words], dtype=np.float64)


def _align(
    groups: _Groups, sentence: NDArray[np.float64], context: NDArray[np.float64], passage: NDArray[np.float64]
) -> list[float]:
    """How much of the question, and of its parts, is found in the sentence, around it, and in the passage."""
    rarity, names, focus = groups.rarity, groups.names, groups.focus

    def share(matches: NDArray[np.float64], which: NDArray[np.bool_], otherwise: float) -> float:
        weight = rarity[which].sum()
        return float((rarity[which] * matches[which]).sum() / weight) if weight else otherwise

    everything = np.ones(len(rarity), dtype=bool)
    return [
        share(sentence, everything, 0.0),
        share(context, everything, 0.0),
        share(passage, everything, 0.0),
        share(sentence, names, 1.0),
        share(passage, names, 1.0),
        share(sentence, ~names, 1.0),
        share(context, ~names, 1.0),
        share(passage, ~names, 1.0),
        share(sentence, focus, 0.5),
        share(passage, focus, 0.5),
        float(rarity[sentence < _MATCHED].max(initial=0.0)),
        float(rarity[passage < _MATCHED].max(initial=0.0)),
        float((sentence < _MATCHED).sum()) / 4,
        float((passage < _MATCHED).sum()) / 4,
        float((rarity * sentence).sum()),
    ]


def _offers(text: str) -> dict[Expected, bool]:
    """Whether a sentence holds words of each kind."""
    number = bool(_DIGIT.search(text) or _NUMBER_WORD.search(text))
    capital = bool(_CAPITAL.search(text))
    return {
        Expected.NUMBER: number,
        Expected.MONEY: number and bool(_MONEY.search(text)),
        Expected.DATE: bool(_TIME.search(text)),
        Expected.DURATION: number and bool(_DURATION.search(text)),
        Expected.PERSON: capital,
        Expected.PLACE: bool(_PLACE.search(text)),
        Expected.REASON: bool(_REASON.search(text)),
        Expected.NAME: capital,
        Expected.OTHER: bool(_DIGIT.search(text)),
    }


def _stems(text: str, language: str) -> frozenset[str]:
    return frozenset(stem(token.text, language) for token in tokens(text) if not is_stop_word(token.text, language))
