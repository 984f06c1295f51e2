"""Compares the files of the sources with the index: which articles are new, changed, gone, or copies."""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from qa.analysis import fold
from qa.articles import read
from qa.cleaning import kept_spans
from qa.discovery import SourceFile, discover
from qa.errors import BadInput
from qa.protocols import FileState
from qa.records import Article, Skipped, Span

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Fresh:
    """An article to be embedded, and the spans of it that count."""

    article: Article
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an index run has to do. ``added`` to ``unchanged`` are article ids; a copy comes with its original's id."""

    fresh: tuple[Fresh, ...]
    files: tuple[FileState, ...]
    gone_files: tuple[str, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    copies: tuple[tuple[str, str], ...]


def plan(known: Mapping[str, FileState], sources: Sequence[str], *, max_bytes: int) -> Plan:
    """Look at ``sources`` and read the files that are new or touched since ``known``, the index's files by path.

    Files that left a given source leave the index; files of other sources stay. Raises ``BadInput`` for a source that
    cannot be used.
    """
    if not sources:
        raise BadInput("no sources given; name at least one folder, glob or file of articles")
    ledger = _Ledger(known)
    discoveries = [discover(source) for source in sources]
    found: dict[str, SourceFile] = {}
    for discovery in discoveries:
        ledger.skipped += discovery.skipped
        for file in discovery.files:
            found.setdefault(file.path, file)
    origins = {discovery.origin for discovery in discoveries}
    touched = [file for file in found.values() if not _is_untouched(file, known.get(file.path))]
    looked_at = {file.path for file in touched}
    for path, state in known.items():
        if path in found and path not in looked_at:
            ledger.keep(state, seen=True)
        elif path not in found and state.origin not in origins:
            ledger.keep(state, seen=False)
    for file in touched:
        ledger.take(file, max_bytes=max_bytes)
    return ledger.plan()


@dataclass(slots=True)
class _Ledger:
    """Who holds which article id while a run goes through its files."""

    known: Mapping[str, FileState]
    digests: dict[str, str] = field(init=False)
    after: dict[str, FileState] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)  # files of sources that this run does not look at
    fresh: list[Fresh] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.digests = {name: digest for state in self.known.values() for name, digest in state.articles.items()}

    def keep(self, state: FileState, *, seen: bool) -> None:
        self.after[state.path] = state
        self.owners.update(dict.fromkeys(state.articles, state.path))
        if seen:
            self.unchanged += state.articles
        else:
            self.elsewhere.add(state.path)

    def take(self, file: SourceFile, *, max_bytes: int) -> None:
        """Read a file and claim its articles' ids."""
        reading = read(file, max_bytes=max_bytes)
        articles: dict[str, str] = {}
        sound = not reading.skipped
        self.skipped += reading.skipped
        for article in reading.articles:
            owner = self.owners.get(article.id)
            if owner is not None and not self._give_up(owner, article.id, file.path):
                self.skipped.append(Skipped(file.path, _conflict(article.id, owner, file)))
                sound = False
                continue
            self.owners[article.id] = file.path
            articles[article.id] = self._digest(article)
        if articles:
            # Without a stamp the file is read again next time, and what is wrong with it told again.
            stamp = file.stamp if sound else ""
            self.after[file.path] = FileState(file.path, file.origin, stamp, articles)

    def plan(self) -> Plan:
        ids = {name for state in self.after.values() for name in state.articles}
        new = [each.article.id for each in self.fresh]
        return Plan(
            fresh=tuple(self.fresh),
            files=tuple(state for path, state in self.after.items() if not _is_same(state, self.known.get(path))),
            gone_files=tuple(path for path in self.known if path not in self.after),
            added=tuple(name for name in new if name not in self.digests),
            changed=tuple(name for name in new if name in self.digests),
            removed=tuple(name for name in self.digests if name not in ids),
            unchanged=tuple(self.unchanged),
            skipped=tuple(self.skipped),
            copies=_copies(self.after.values()),
        )

    def _digest(self, article: Article) -> str:
        """The digest of an article, which is queued to be embedded if that is new."""
        content = _content_digest(article)
        before = self.digests.get(article.id, "")
        if before.partition("-")[0] == content:
            self.unchanged.append(article.id)
            return before
        spans = tuple(kept_spans(article.text, title=article.title))
        self.fresh.append(Fresh(article, spans))
        return f"{content}-{_body_digest(article.text, spans)}"

    def _give_up(self, owner: str, article_id: str, path: str) -> bool:
        """Take an id from a file that this run does not look at, if that is the same file or no longer there."""
        if owner not in self.elsewhere or _are_two_files(owner, path):
            return False
        state = self.after.pop(owner)
        rest = {name: digest for name, digest in state.articles.items() if name != article_id}
        if rest:
            self.after[owner] = replace(state, articles=rest)
        return True


def _are_two_files(path: str, other: str) -> bool:
    try:
        return not os.path.samefile(path, other)
    except OSError:  # one of them is no longer there
        return False


def _is_untouched(file: SourceFile, state: FileState | None) -> bool:
    return state is not None and bool(file.stamp) and (file.stamp, file.origin) == (state.stamp, state.origin)


def _is_same(state: FileState, before: FileState | None) -> bool:
    return before is not None and replace(state, articles=dict(state.articles)) == replace(
        before, articles=dict(before.articles)
    )


def _conflict(article_id: str, owner: str, file: SourceFile) -> str:
    taken = f"its id '{article_id}' is taken by {owner}"
    if article_id.partition("#")[0] != file.article_id or owner == file.path:
        return f"{taken}; give one of the two another id"
    try:
        return f"{taken}; index their common parent folder instead: qa index {os.path.commonpath([owner, file.path])}"
    except ValueError:  # two drives
        return f"{taken}; rename one of the two files"


def _content_digest(article: Article) -> str:
    parts = (article.title, article.text, article.language, article.date or "", article.source or "")
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _body_digest(text: str, spans: Iterable[Span]) -> str:
    """Equal for two articles whose words are, whatever their case, accents, punctuation, spacing and furniture."""
    words = (fold(word) for span in spans for word in _WORD.findall(span.of(text)))
    return hashlib.blake2b(" ".join(words).encode(), digest_size=16).hexdigest()


def _copies(states: Iterable[FileState]) -> tuple[tuple[str, str], ...]:
    by_body: defaultdict[str, list[str]] = defaultdict(list)
    for state in states:
        for name, digest in state.articles.items():
            by_body[digest.partition("-")[2]].append(name)
    groups = [sorted(names) for body, names in by_body.items() if body and len(names) > 1]
    return tuple(sorted((name, first) for first, *others in groups for name in others))
