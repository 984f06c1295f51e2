"""Finds the article files under folders, globs and names, without opening them."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from logging import getLogger
from pathlib import Path

from qa.decoding import Unreadable, storable
from qa.errors import BadInput
from qa.formats import FORMATS
from qa.records import Skipped

SUPPORTED = ", ".join(FORMATS)
FRESH_NS = 2_000_000_000  # the coarsest file clock (FAT): a file changed this recently can change again unnoticed

_MAGIC = re.compile(r"[*?\[]")
_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file found under a source, not yet opened.

    ``path`` is absolute, ``origin`` the absolute folder, file or glob that was given, ``article_id`` the posix path
    relative to it. ``stamp`` (size, mtime, ctime) tells an untouched file; "" where the file is too fresh to tell.
    """

    path: str
    origin: str
    article_id: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """What stands under one source, by path."""

    origin: str
    files: tuple[SourceFile, ...]
    skipped: tuple[Skipped, ...]


def discover(source: str) -> Discovery:
    """The article files under a folder (recursively), matched by a glob, or a single file; none is opened.

    Hidden files are ignored, and so are files of other formats, unless one is named: then, as where nothing is
    found, ``BadInput`` is raised. A link that leaves the folder is not followed but reported.
    """
    origin = os.path.abspath(os.path.expanduser(source))
    if os.path.isdir(origin):
        return _under(source, origin, root=origin, pattern=None)
    if os.path.lexists(origin):
        return Discovery(origin, (_single(source, origin),), ())
    if _MAGIC.search(source) is None:
        raise BadInput(f"{source} does not exist; give a folder, a glob or a file of articles ({SUPPORTED})")
    parts = Path(origin).parts
    fixed = next(index for index, part in enumerate(parts) if _MAGIC.search(part))
    root = str(Path(*parts[:fixed]))
    if not os.path.isdir(root):
        raise BadInput(f"no articles found in {source}: there is no folder {root}; correct the path")
    return _under(source, origin, root=root, pattern=parts[fixed:])


def _single(source: str, path: str) -> SourceFile:
    if _suffix(path) not in FORMATS:
        raise BadInput(f"{source}: files of type '{_suffix(path)}' are not supported; these are: {SUPPORTED}")
    try:
        return _source_file(path, path, os.path.basename(path))
    except (OSError, Unreadable) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"{source} cannot be read: {reason}; name another file") from None


def _under(source: str, origin: str, *, root: str, pattern: tuple[str, ...] | None) -> Discovery:
    files: list[SourceFile] = []
    skipped: list[Skipped] = []
    others = 0
    depth = None if pattern is None or "**" in pattern else len(pattern)
    for path in _walk(root, skipped, depth=depth):
        relative = Path(path).relative_to(root)
        if pattern is not None and not _matches(relative.parts, pattern):
            continue
        if _suffix(path) not in FORMATS:
            others += 1
            continue
        try:
            _check_inside(path, root)
            files.append(_source_file(path, origin, relative.as_posix()))
        except (OSError, Unreadable) as error:
            skipped.append(_skipped(path, getattr(error, "strerror", None) or str(error)))
    _log.debug("%s: %d article files, %d files of other formats ignored", source, len(files), others)
    if not files and not skipped:
        raise BadInput(f"no articles found in {source}; these files are read: {SUPPORTED}")
    return Discovery(origin, tuple(files), tuple(skipped))


def _walk(root: str, skipped: list[Skipped], *, depth: int | None) -> Iterator[str]:
    """The visible files below ``root`` in order, ``depth`` levels deep; linked folders are not entered."""

    def unreadable(error: OSError) -> None:
        if error.filename == root:  # an index must not be emptied because its folder cannot be read today
            raise BadInput(f"{root} cannot be read: {error.strerror}; check the folder and its permissions")
        skipped.append(_skipped(str(error.filename), error.strerror or "folder cannot be read"))

    for folder, folders, names in os.walk(root, onerror=unreadable):
        level = len(Path(folder).relative_to(root).parts) + 1
        visible = sorted(name for name in folders if not name.startswith("."))
        for name in visible:
            path = os.path.join(folder, name)
            # A link to a folder inside the root needs no entering: its files are found in their own place.
            if os.path.islink(path) and not _inside(path, root):
                skipped.append(_skipped(path, f"a link that leaves {root}; index its target by name"))
        folders[:] = [] if depth is not None and level >= depth else visible
        for name in sorted(names):
            if not name.startswith("."):
                yield os.path.join(folder, name)


def _check_inside(path: str, root: str) -> None:
    if os.path.islink(path) and not _inside(path, root):
        raise Unreadable(f"a link that leaves {root}; index its target by name")


def _inside(path: str, root: str) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def _source_file(path: str, origin: str, article_id: str) -> SourceFile:
    """Raises ``OSError`` where ``path`` cannot be looked at, ``Unreadable`` where it can't be an article."""
    if storable(path) != path:
        raise Unreadable("the file's name is not valid text; rename it")
    state = os.stat(path)
    if not stat.S_ISREG(state.st_mode):
        raise Unreadable("not a regular file")
    changed = max(state.st_mtime_ns, state.st_ctime_ns)
    stamp = f"{state.st_size}-{state.st_mtime_ns}-{state.st_ctime_ns}" if changed < time.time_ns() - FRESH_NS else ""
    return SourceFile(path, origin, article_id, stamp)


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether a path fits a glob; "**" stands for any number of folders, none too."""
    if not pattern or not parts:
        return not pattern and not parts
    head, rest = pattern[0], pattern[1:]
    if head == "**":
        return not rest or any(_matches(parts[index:], rest) for index in range(len(parts)))
    return fnmatchcase(parts[0], head) and _matches(parts[1:], rest)


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _skipped(path: str, reason: str) -> Skipped:
    return Skipped(storable(path), reason)
