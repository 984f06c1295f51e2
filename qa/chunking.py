"""Cuts articles into passages that remember their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from langchain_text_splitters import RecursiveCharacterTextSplitter, TextSplitter

from qa.records import Article, Chunk, Span
from qa.sentences import sentences

SLACK = 1.25  # of the size: a passage may grow so far to take in a short tail or a heading's first sentence
SHORT_TAIL = 0.2  # of the size: a last passage shorter than this joins the one before
WELL_FILLED = 0.6  # of the size: from here on a passage ends with its paragraph if the next does not fit whole
LONGEST_HEADING = 120  # chars
MOST_HEADINGS = 2  # a heading and a subheading; more lines without a full stop are a list

_CLAUSE_ENDS = ["; ", " : ", " – ", " — ", ", ", "\u00a0", " "]
_LINE_BREAK = re.compile(r"[\r\n\u2028\u2029\x0b\x0c\x85]")
_STOP = re.compile(r"[.!?…:;,](?:\s*[»”\"')\]])*$")


def chunk(article: Article, spans: Iterable[Span], *, size: int, overlap: int) -> list[Chunk]:
    """The passages of the ``spans`` of an article that count, in order.

    A passage holds whole sentences of one span, at most ``size`` characters (a quarter more where that saves a tail or
    a heading); only a sentence too long for that is cut, at a clause or a word. Neighbours share whole sentences, up
    to ``overlap`` characters, which must be less than ``size``. Every visible character of ``spans`` is in a passage.
    """
    return [passage(article, place) for place in places(article.text, spans, size=size, overlap=overlap)]


def places(text: str, spans: Iterable[Span], *, size: int, overlap: int) -> list[Span]:
    """Where the passages that :func:`chunk` makes begin and end, without their text."""
    splitter = SentenceSplitter(size=size, overlap=overlap)
    return [place for span in spans for place in splitter.places(text, span)]


def passage(article: Article, place: Span) -> Chunk:
    """The passage at a place of an article."""
    return Chunk(
        article_id=article.id,
        start=place.start,
        end=place.end,
        text=place.of(article.text),
        language=article.language,
        title=article.title,
        date=article.date,
        source=article.source,
    )


def passage_text(chunk: Chunk) -> str:
    """What is embedded and looked up for a passage: its words under its article's title."""
    return chunk.text if chunk.text.startswith(chunk.title) else f"{chunk.title}\n{chunk.text}"


class SentenceSplitter(TextSplitter):
    """A langchain splitter that packs whole sentences; ``places`` gives offsets, where langchain searches for the text.

    Searching (``add_start_index``) finds the wrong place of a sentence that occurs twice.
    """

    def __init__(self, *, size: int, overlap: int) -> None:
        super().__init__(chunk_size=size, chunk_overlap=overlap, keep_separator="end", strip_whitespace=False)

    def split_text(self, text: str) -> list[str]:
        return [place.of(text) for place in self.places(text, Span(0, len(text)))]

    def places(self, text: str, span: Span) -> list[Span]:
        """Where the passages of ``text[span.start:span.end]`` begin and end."""
        units = _units(text, span, size=self._chunk_size)
        packed = _pack(units, size=self._chunk_size, overlap=self._chunk_overlap)
        return [Span(units[run.start].start, units[run.stop - 1].end) for run in packed]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of a long one: ``text[start:end]``; ``paragraph_end`` is where its paragraph ends."""

    start: int
    end: int
    opens_paragraph: bool
    paragraph_end: int
    is_heading: bool


def _units(text: str, span: Span, *, size: int) -> list[_Unit]:
    pieces = [
        piece
        for sentence in sentences(text, span.start, span.end)
        for piece in ([sentence] if sentence.end - sentence.start <= size * SLACK else _cut(text, sentence, size=size))
    ]
    opens = [
        index == 0 or _LINE_BREAK.search(text, pieces[index - 1].end, piece.start) is not None
        for index, piece in enumerate(pieces)
    ]
    units: list[_Unit] = []
    paragraph_end = span.end
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        last = index == len(pieces) - 1
        if last or opens[index + 1]:
            paragraph_end = piece.end
        alone = opens[index] and not last and opens[index + 1]
        heading = alone and _is_heading(piece.of(text), text[pieces[index + 1].start])
        units.append(_Unit(piece.start, piece.end, opens[index], paragraph_end, heading))
    return units[::-1]


def _cut(text: str, sentence: Span, *, size: int) -> list[Span]:
    """The pieces of a sentence that is too long for a passage, each at most ``size`` characters."""
    found: list[Span] = []
    at = sentence.start
    # The pieces join to the sentence again (separators kept, nothing stripped), so that lengths are offsets.
    for piece in _clause_splitter(size).split_text(sentence.of(text)):
        body = piece.strip()
        begin = at + len(piece) - len(piece.lstrip())
        end = begin + len(body)
        # A word longer than a passage is cut anywhere.
        found += [Span(start, min(start + size, end)) for start in range(begin, end, size)]
        at += len(piece)
    return found


@lru_cache
def _clause_splitter(size: int) -> RecursiveCharacterTextSplitter:
    return RecursiveCharacterTextSplitter(
        _CLAUSE_ENDS, keep_separator="end", chunk_size=size, chunk_overlap=0, strip_whitespace=False
    )


def _is_heading(line: str, next_character: str) -> bool:
    goes_on = line[0].islower() or next_character.islower()
    return len(line) <= LONGEST_HEADING and not goes_on and _STOP.search(line) is None


def _pack(units: Sequence[_Unit], *, size: int, overlap: int) -> list[range]:
    """Runs of units, each a passage."""
    runs: list[range] = []
    first = 0
    while first < len(units):
        stop = _run_end(units, first, size=size)
        run = range(first, stop)
        runs.append(_with_overlap(units, run, runs[-1], size=size, overlap=overlap) if runs else run)
        first = stop
    if len(runs) > 1:
        tail, before = runs[-1], runs[-2]
        own = units[-1].end - units[before.stop].start
        if own < size * SHORT_TAIL and units[-1].end - units[before.start].start <= size * SLACK:
            runs[-2:] = [range(before.start, tail.stop)]
    return runs


def _run_end(units: Sequence[_Unit], first: int, *, size: int) -> int:
    """Where the passage that begins with ``units[first]`` stops (exclusive)."""
    begin = units[first].start
    stop = first + 1
    only_headings = units[first].is_heading
    while stop < len(units):
        unit = units[stop]
        if unit.end - begin > (size * SLACK if only_headings else size):
            break
        well_filled = not only_headings and units[stop - 1].end - begin >= size * WELL_FILLED
        if unit.opens_paragraph and well_filled and unit.paragraph_end - begin > size:
            break
        only_headings = only_headings and unit.is_heading
        stop += 1
    if stop == len(units):
        return stop
    headings = 0
    while headings < MOST_HEADINGS and stop - headings - 1 > first and units[stop - headings - 1].is_heading:
        headings += 1
    return stop - headings


def _with_overlap(units: Sequence[_Unit], run: range, before: range, *, size: int, overlap: int) -> range:
    """``run``, begun as many sentences earlier as it may repeat of the passage ``before`` it, never all of them."""
    if units[run.start].is_heading:
        return run  # what stands above a heading is of another matter
    earliest = max(units[before.stop - 1].end - overlap, units[run.stop - 1].end - size)
    start = run.start
    while start - 1 > before.start and units[start - 1].start >= earliest:
        start -= 1
    return range(start, run.stop)
