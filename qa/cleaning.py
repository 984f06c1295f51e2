"""Says which spans of an article count: repeats of its own paragraphs and page furniture do not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher

from qa.analysis import fold, is_stop_word
from qa.boilerplate import is_boilerplate
from qa.metadata import LINE, header_of
from qa.records import Span

NEAR = 0.95  # similarity from which on two paragraphs are the same one, lightly edited
SPELLING = 0.75  # similarity from which on two words are spellings of one
SHORTEST_REPEAT = 6  # words; "Oui." or a table's cell may well stand twice
LONGEST_COMPARED = 400  # words; longer paragraphs are compared for equality only
MOST_COMPARED = 20  # earlier paragraphs with the same names and numbers

# Words that turn a sentence round or change its size: never a mere variant of another.
_DECISIVE = frozenset(
    """ne n pas plus moins jamais sans aucun aucune non ni sauf avant apres ou et or and not no never without nor before
    after more less million millions milliard milliards billion billions trillion mille cent cents hundred thousand un
    une deux trois quatre cinq six sept huit neuf dix one two three four five seven eight nine ten""".split()
)
_WORD = re.compile(r"[^\W_]+")


def kept_spans(text: str, *, title: str = "") -> list[Span]:
    """The parts of ``text`` that count, in order, disjoint, without whitespace around them; offsets are ``text``'s.

    Left out are header lines, page furniture and paragraphs that stood in the article before, word for word or lightly
    edited; the line that is the ``title`` stays. A text of nothing but furniture is kept, so that no article that has
    words is left without any.
    """
    header = header_of(text)
    lines = _lines(text, header.end if header is not None else 0) or _lines(text, 0)
    repeated = _repeats([line.of(text) for line in lines])
    heading = _key(title)
    named = [bool(heading) and _key(line.of(text)) == heading for line in lines]
    furniture = [not name and is_boilerplate(line.of(text)) for line, name in zip(lines, named, strict=True)]
    content = [not again and not idle for again, idle in zip(repeated, furniture, strict=True)]
    if not any(keep and not name for keep, name in zip(content, named, strict=True)):
        content = [not again for again in repeated]
    return _merged(lines, content)


def _lines(text: str, begin: int) -> list[Span]:
    found: list[Span] = []
    for match in LINE.finditer(text, begin):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        end = match.start() + len(line.rstrip())
        if start < end:
            found.append(Span(start, end))
    return found


def _merged(lines: Sequence[Span], content: Sequence[bool]) -> list[Span]:
    spans: list[Span] = []
    follows = False
    for line, keep in zip(lines, content, strict=True):
        if keep and follows:
            spans[-1] = Span(spans[-1].start, line.end)
        elif keep:
            spans.append(line)
        follows = keep
    return spans


def _repeats(lines: Sequence[str]) -> list[bool]:
    """Which lines stood before. A short one is a repeat only inside a repeated block, next to a longer one."""
    seen: set[tuple[str, ...]] = set()
    by_facts: defaultdict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    again: list[bool] = []
    short: list[bool] = []
    for line in lines:
        words = _WORD.findall(line)
        key = tuple(map(fold, words))
        facts = tuple(word for word in words if not word.islower())
        small = len(key) < SHORTEST_REPEAT
        again.append(bool(key) and (key in seen or (not small and _is_near(key, by_facts[facts]))))
        short.append(small)
        if not again[-1]:
            seen.add(key)
            if facts and SHORTEST_REPEAT <= len(key) <= LONGEST_COMPARED:
                by_facts[facts].append(key)
    sure = [repeat and not small for repeat, small in zip(again, short, strict=True)]
    return [sure[index] or (again[index] and any(sure[max(index - 1, 0) : index + 2])) for index in range(len(lines))]


def _key(line: str) -> tuple[str, ...]:
    """The words of a line without case, accents, punctuation and spacing."""
    return tuple(map(fold, _WORD.findall(line)))


def _is_near(key: tuple[str, ...], earlier: Sequence[tuple[str, ...]]) -> bool:
    return len(key) <= LONGEST_COMPARED and any(_is_edited(key, other) for other in earlier[-MOST_COMPARED:])


def _is_edited(key: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two paragraphs with the same names and numbers differ in spelling and small words alone."""
    matcher = SequenceMatcher(None, key, other, autojunk=False)
    if matcher.real_quick_ratio() < NEAR or matcher.quick_ratio() < NEAR or matcher.ratio() < NEAR:
        return False
    return all(_is_variant(key[a:b], other[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal")


def _is_variant(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    if _DECISIVE.intersection(words + others):
        return False
    if len(words) == len(others):
        return all(
            SequenceMatcher(None, word, other, autojunk=False).ratio() >= SPELLING
            or (_is_small(word) and _is_small(other))
            for word, other in zip(words, others, strict=True)
        )
    return all(_is_small(word) for word in words + others)


def _is_small(word: str) -> bool:
    return is_stop_word(word, "fr") or is_stop_word(word, "en")
