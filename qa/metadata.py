"""Finds what an article says of itself: its title, its date, the header lines above its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise

from qa.boilerplate import is_boilerplate
from qa.sentences import sentences

LONGEST_TITLE = 250  # chars; headlines are shorter, paragraphs mostly longer
LONGEST_LEAD = 120  # chars of the first sentence that stand in for a missing title
LONGEST_HEADER = 5_000  # chars

LINE = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+")
_FENCED = re.compile(r"\s*---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_YAML_LINE = re.compile(r"[\w-]+[ \t]*:(?:\s|$)|[ \t]|-\s|#|$")
_FIELD = re.compile(r"([\w-]+)[ \t]*:[ \t]*(\S.*?)[ \t\r]*$")
_KNOWN = {
    "title": "title", "titre": "title", "headline": "title",
    "date": "date", "published": "date", "publié": "date", "pubdate": "date",
    "source": "source", "url": "source", "publisher": "source", "link": "source",
    "lang": "language", "language": "language", "langue": "language",
    "author": "author", "auteur": "author",
}  # fmt: skip
_STOP = re.compile(r"[.…:;,](?:\s*[»”\"')\]])*$")
_HEADING_MARK = re.compile(r"^#{1,6}\s+|\s+#+$")
_LETTER = re.compile(r"[^\W\d_]")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Header:
    """The ``key: value`` lines above an article: ``text[:end]``; the keys are title, date, source, language, author."""

    end: int
    fields: Mapping[str, str]


def header_of(text: str) -> Header | None:
    """The YAML front matter at the start of ``text``, or a block of known fields closed by an empty line; else None."""
    start = text[:LONGEST_HEADER]
    fenced = _FENCED.match(start)
    if fenced is not None:
        lines = fenced.group(1).splitlines()
        if any(_FIELD.match(line) for line in lines) and all(_YAML_LINE.match(line) for line in lines):
            return Header(fenced.end(), _fields(lines))
    block = re.match(r"\s*(\S.*?)\r?\n[ \t]*\r?\n", start, re.DOTALL)
    if block is not None:
        lines = block.group(1).splitlines()
        fields = _fields(lines)
        if len(fields) == len(lines) and fields.keys() & {"title", "date"}:
            return Header(block.end(), fields)
    return None


def title_of(text: str) -> str:
    """The title that stands in ``text``, else the first words of its first sentence; "" when it has none.

    The title is the first line if it looks like one, or the line just before a repeat of the first line: pages that
    carry an article twice put the headline there.
    """
    header = header_of(text)
    begin = header.end if header is not None else 0
    lines = _lines(text, begin)
    first, second = next(lines, ""), next(lines, "")
    if not first:
        return ""
    if second and _is_title(first) and not second[0].islower():
        return one_line(_HEADING_MARK.sub("", first))
    opening = _SPACE.sub(" ", first)
    for before, line in pairwise(chain([second], lines)):
        if _SPACE.sub(" ", line) == opening and before != first and _is_title(before):
            return one_line(_HEADING_MARK.sub("", before))
    return _lead(first)


def one_line(title: str) -> str:
    """``title`` on one line, without surrounding whitespace, cut at ``LONGEST_TITLE``."""
    return _SPACE.sub(" ", title).strip()[:LONGEST_TITLE].rstrip()


def iso_day(value: str | None) -> str | None:
    """The day that an ISO 8601 date or time begins with, or None where it is not one."""
    match = _DAY.match(value.strip()) if value else None
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        return None


def _fields(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        field = _FIELD.match(line)
        name = _KNOWN.get(field.group(1).lower()) if field else None
        if field and name and name not in found:
            found[name] = field.group(2).strip("\"'")
    return found


def _lines(text: str, begin: int) -> Iterator[str]:
    for match in LINE.finditer(text, begin):
        line = match.group().strip()
        if _LETTER.search(line) and not is_boilerplate(line):
            yield line


def _is_title(line: str) -> bool:
    return len(line) <= LONGEST_TITLE and _STOP.search(line) is None


def _lead(line: str) -> str:
    sentence = sentences(line[:2_000])[0].of(line)
    if len(sentence) <= LONGEST_LEAD:
        return sentence
    cut = sentence[: LONGEST_LEAD + 1].rsplit(None, 1)[0]
    return cut[:LONGEST_LEAD]
