"""Turns the bytes of a file into text, or says why they are not text."""

from __future__ import annotations

import codecs
import re

TOO_MANY_CONTROLS = 0.02  # of all characters: more control characters than this is not text
WESTERN = frozenset("àâäçéèêëîïôöùûüÿœæñáíóúãõÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆÑÁÍÓÚ«»’‘“”‚„–—…€°§·•²³½£©®™ \u00a0")
MOSTLY = 0.95  # so much of the non-ASCII must be plausible Western letters for cp1252
GOOD_PER_BAD = 10  # sound UTF-8 characters per broken one for a file to pass as damaged UTF-8

# The longer mark first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class Unreadable(Exception):
    """A file that holds no readable article; the message is the reason, in one line."""


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text of ``data`` by its byte order mark, as UTF-8, in the ``declared`` or else a guessed legacy encoding.

    The mark is removed, nothing else changed. Raises ``Unreadable`` for binary data.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _checked(data[len(mark) :].decode(codec, errors="replace"))
    if b"\0" in data:
        raise Unreadable("not text (binary data)")
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _checked(_declared(data, declared) or _damaged_utf8(data) or _western(data) or _guessed(data))


def storable(text: str) -> str:
    """``text`` with NUL and lone surrogates, which no database can hold, replaced one for one by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def _checked(text: str) -> str:
    if "\0" in text or len(_CONTROL.findall(text)) > TOO_MANY_CONTROLS * len(text):
        raise Unreadable("not text (binary data)")
    return text


def _declared(data: bytes, declared: str | None) -> str | None:
    if declared is None:
        return None
    # Pages that declare Latin-1 are cp1252 (so says the HTML standard).
    name = "cp1252" if declared.lower() in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii") else declared
    try:
        return data.decode(name)
    except (LookupError, ValueError):
        return None


def _damaged_utf8(data: bytes) -> str | None:
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(not character.isascii() for character in text) - bad
    return text if good >= GOOD_PER_BAD * bad else None


def _western(data: bytes) -> str | None:
    """As cp1252 if that gives French: statistical guessers take short French for Czech or Turkish."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    foreign = [character for character in text if not character.isascii()]
    return text if sum(character in WESTERN for character in foreign) >= MOSTLY * len(foreign) else None


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        raise Unreadable("not text (binary data or an unknown encoding); save it as UTF-8")
    return str(best)
