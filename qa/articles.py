"""Reads files into articles; what cannot be read is told in one line."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from qa.decoding import Unreadable, storable
from qa.discovery import SourceFile
from qa.formats import FORMATS, Draft, Flaw
from qa.language import detect_language
from qa.metadata import one_line, title_of
from qa.records import Article, Skipped


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave."""

    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...]


def read(file: SourceFile, *, max_bytes: int) -> Reading:
    """The articles of one file of at most ``max_bytes``; whatever cannot be read is ``Skipped`` with its reason."""
    try:
        drafts = FORMATS[os.path.splitext(file.path)[1].lower()](_bytes(file.path, max_bytes))
    except OSError as error:
        return Reading((), (Skipped(file.path, error.strerror or type(error).__name__),))
    except Unreadable as reason:
        return Reading((), (Skipped(file.path, str(reason)),))
    articles: list[Article] = []
    skipped: list[Skipped] = []
    for draft in drafts:
        place = file.path if draft.line is None else f"{file.path}:{draft.line}"
        if isinstance(draft, Flaw):
            skipped.append(Skipped(place, draft.reason))
        elif not any(map(str.isalnum, draft.text)):
            skipped.append(Skipped(place, "empty"))
        else:
            articles.append(_article(draft, file.article_id))
    if not drafts:
        skipped.append(Skipped(file.path, "empty"))
    return Reading(tuple(articles), tuple(skipped))


def _article(draft: Draft, file_id: str) -> Article:
    text = storable(draft.text)
    title = one_line(storable(draft.title or "")) or title_of(text) or PurePosixPath(file_id).stem
    given = re.match(r"[a-z]{2}(?![a-z])", (draft.language or "").lower())
    own_id = one_line(storable(draft.id or "")) or (file_id if draft.line is None else f"{file_id}#{draft.line}")
    return Article(
        id=own_id,
        title=title,
        text=text,
        language=given.group() if given else detect_language(text),
        date=draft.date,
        source=storable(draft.source).strip() if draft.source else None,
    )


def _bytes(path: str, max_bytes: int) -> bytes:
    size = os.stat(path).st_size
    if size <= max_bytes:
        with open(path, "rb") as stream:
            data = stream.read(max_bytes + 1)  # the file may have grown since
        size = max(size, len(data))
    if size > max_bytes:
        needed = -(-size // 1_000_000)
        limit = f"{size / 1e6:.1f} MB is more than the limit of {max_bytes / 1e6:g} MB"
        raise Unreadable(f"{limit}; to read it set QA_MAX_FILE_MB={needed}")
    return data
