"""Finds where sentences begin and end, in French and English news text."""

from __future__ import annotations

import re

from qa.records import Span

# A full stop after these does not end a sentence (compared in lower case, without the stop).
ABBREVIATIONS = frozenset(
    """
        m mm mme mlle mr mrs ms dr pr prof st ste gen gén col lt sgt cap capt adm sen rep gov jr sr no nos n art al vs
        etc cf env min max av apr éd ed vol p pp fig inc corp ltd co approx est dept jan fév févr feb mar avr apr juil
        jul aug sept sep oct nov déc dec tel tél""".split()
)
_BOUNDARY = re.compile(
    r"""[.!?…]+                      # the stop itself
        (?:[ \u00a0\u202f]?[»”’"')\]]+)?  # a closing quote or bracket belongs to the sentence
        (?=\s|$)""",
    re.VERBOSE,
)
_LINE = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+")
_LAST_WORD = re.compile(r"([\w.]+)$")
_OPENER = re.compile(r"""[«“‘"'(\[—–-]?\s*(?:[^\W\d_]|\d|[«“‘"'(\[—–-])""")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of ``text[start:end]`` in order, without surrounding whitespace; offsets are those of ``text``.

    A line break always ends a sentence, so that titles and list items stand alone. Never raises.
    """
    stop = len(text) if end is None else end
    found: list[Span] = []
    for line in _LINE.finditer(text, start, stop):
        begin = line.start()
        for boundary in _BOUNDARY.finditer(text, line.start(), line.end()):
            if _ends_sentence(text, begin, boundary.start(), boundary.end(), line.end()):
                _append(found, text, begin, boundary.end())
                begin = boundary.end()
        _append(found, text, begin, line.end())
    return found


def sentence_at(text: str, start: int, end: int) -> Span:
    """The smallest run of whole sentences of ``text`` that holds ``text[start:end]``."""
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    breaks = [position for position in (text.find("\n", end), text.find("\r", end)) if position >= 0]
    line_end = min(breaks, default=len(text))
    touched = [span for span in sentences(text, line_start, line_end) if span.end > start and span.start < end]
    return Span(touched[0].start, touched[-1].end) if touched else Span(start, end)


def _append(found: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        found.append(Span(start, end))


def _ends_sentence(text: str, begin: int, stop: int, after: int, line_end: int) -> bool:
    rest = text[after : min(after + 8, line_end)].lstrip()
    if not rest:
        return True
    if text[stop] == "." and text[stop:after].count(".") == 1:
        word = _LAST_WORD.search(text, max(begin, stop - 20), stop)
        if word is not None:
            last = word.group(1)
            # "J. Stoltenberg", "U.S. officials", "M. Shmyhal": the name goes on.
            initial = (len(last) == 1 and last.isupper()) or re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", last) is not None
            if last.lower() in ABBREVIATIONS or initial:
                return False
    # "… a-t-il dit. puis": a lower-case continuation is not a new sentence.
    return _OPENER.match(rest) is not None and not rest[0].islower()
