"""Reads the bytes of a file into drafts of articles, one small function a format."""

from __future__ import annotations

import io
import itertools
import json
import logging
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.decoding import Unreadable, decode
from qa.metadata import header_of, iso_day

if TYPE_CHECKING:
    from docx.table import Table

LARGEST_UNPACKED = 200_000_000  # bytes; a .docx that unpacks to more is a zip bomb, not an article
FULL_LINE = 0.75  # of a page's longest line: a PDF line at least so long was broken by the margin

_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*?)[ \t]*#*[ \t]*\r?$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_INLINE_MARKUP = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a file says of one article; ``line`` counts from 1 where a file holds several."""

    text: str
    title: str | None = None
    date: str | None = None
    source: str | None = None
    language: str | None = None
    id: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """A line that holds no usable article, and why."""

    line: int
    reason: str


Format = Callable[[bytes], list[Draft | Flaw]]


def read_text(data: bytes) -> list[Draft | Flaw]:
    """Plain text as it stands; header lines give title, date and source."""
    return [_text_draft(decode(data))]


def read_markdown(data: bytes) -> list[Draft | Flaw]:
    """Markdown as it stands; where the front matter has no title, the first heading is it."""
    draft = _text_draft(decode(data))
    heading = _HEADING.search(draft.text)
    if draft.title is None and heading is not None:
        draft = replace(draft, title=_INLINE_MARKUP.sub("", _LINK.sub(r"\1", heading.group(1))))
    return [draft]


def read_html(data: bytes) -> list[Draft | Flaw]:
    """The article of a web page without its menus, by trafilatura."""
    import trafilatura

    page = decode(data, declared=_declared_charset(data))
    with _silenced("trafilatura", "htmldate", "courlan", "justext"):
        try:
            found = trafilatura.bare_extraction(
                page,
                include_comments=False,
                with_metadata=True,
                # A day guessed from the body would be shown as a fact.
                date_extraction_params={"extensive_search": False, "original_date": True},
            )
        except Exception as error:  # a foreign parser on foreign data may raise anything
            raise Unreadable(f"not readable as HTML ({type(error).__name__})") from error
    if found is None or isinstance(found, dict) or not (found.text or "").strip():
        raise Unreadable("no article text found in this page")
    title = found.title or _title_tag(page)
    return [Draft(found.text or "", title, iso_day(found.date), found.url or found.sitename)]


def read_pdf(data: bytes) -> list[Draft | Flaw]:
    """The text layer of a PDF, pages joined by a newline, lines broken by the margin joined again."""
    import pypdf

    with _silenced("pypdf"):
        try:
            reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
            # Many PDFs are encrypted with an empty password: readable by anyone, only not to be edited.
            if reader.is_encrypted and not reader.decrypt(""):
                raise Unreadable("encrypted PDF; save it without a password")
            pages = [_unwrap(page.extract_text()) for page in reader.pages]
        except Unreadable:
            raise
        except pypdf.errors.DependencyError as error:
            raise Unreadable("encrypted PDF; save it without a password") from error
        except Exception as error:  # a foreign parser on foreign data may raise anything
            raise Unreadable(f"broken PDF ({type(error).__name__})") from error
    text = "\n".join(pages)
    if not text.strip():
        raise Unreadable("no text in this PDF (scanned pages?); run a text recognition such as ocrmypdf on it")
    return [Draft(text)]


def read_docx(data: bytes) -> list[Draft | Flaw]:
    """The paragraphs and tables of a Word document in their order, a table row on one line."""
    try:
        import docx
    except ImportError:
        raise Unreadable("Word documents need python-docx: pip install 'article-qa[docx]'") from None
    from docx.table import Table

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise Unreadable(f"unpacks to {unpacked / 1e6:.0f} MB, more than an article could")
        blocks = list(docx.Document(io.BytesIO(data)).iter_inner_content())
        lines = [line for block in blocks for line in (_rows(block) if isinstance(block, Table) else [block.text])]
        titles = (block for block in blocks if not isinstance(block, Table) and block.style is not None)
        heads = [block.text for block in titles if block.style is not None and block.style.name == "Title"]
    except Unreadable:
        raise
    except Exception as error:  # a foreign parser on foreign data may raise anything
        raise Unreadable(f"broken Word document ({type(error).__name__})") from error
    return [Draft("\n".join(lines), next((head for head in heads if head.strip()), None))]


def read_jsonl(data: bytes) -> list[Draft | Flaw]:
    """One article a line: an object with text and, if known, id, title, date, source, lang."""
    lines = decode(data).split("\n")  # not splitlines(): U+2028 may stand inside a JSON string
    return [_line_draft(line, number) for number, line in enumerate(lines, 1) if line.strip()]


FORMATS: dict[str, Format] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".jsonl": read_jsonl,
}


def _text_draft(text: str) -> Draft:
    header = header_of(text)
    fields = header.fields if header is not None else {}
    day = iso_day(fields.get("date"))
    return Draft(text, fields.get("title"), day, fields.get("source"), fields.get("language"))


def _line_draft(line: str, number: int) -> Draft | Flaw:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        problem = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        return Flaw(number, f"not valid JSON ({problem})")
    if not isinstance(record, dict):
        return Flaw(number, "not a JSON object")
    if not isinstance(record.get("text"), str):
        return Flaw(number, 'no "text" (a string) in it')

    def field(name: str) -> str | None:
        value = record.get(name)
        return (
            str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip() else None
        )

    language = field("lang") or field("language")
    return Draft(record["text"], field("title"), iso_day(field("date")), field("source"), language, field("id"), number)


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        # A merged cell is listed once for each column that it spans.
        yield "\t".join({cell._tc: cell.text for cell in row.cells}.values())


def _unwrap(page: str) -> str:
    lines = page.strip("\n").split("\n")
    full = FULL_LINE * max(map(len, lines))
    joined = lines[:1]
    for before, line in itertools.pairwise(lines):
        goes_on = bool(before.strip()) and bool(line.strip()) and before.rstrip()[-1] not in '.!?…:»”"'
        if not goes_on or not (line.lstrip()[0].islower() or len(before) >= full):
            joined.append(line)
        elif re.search(r"[^\W\d_]-$", before) and line[:1].islower():
            joined[-1] = joined[-1][:-1] + line
        else:
            joined[-1] = joined[-1].rstrip() + ("" if before.endswith("-") else " ") + line.lstrip()
    return "\n".join(joined)


def _declared_charset(data: bytes) -> str | None:
    match = re.search(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{3,30})", data[:4_096], re.IGNORECASE)
    return match.group(1).decode("ascii") if match else None


def _title_tag(page: str) -> str | None:
    import html

    match = re.search(r"<title[^>]*>([^<]{1,1000})</title>", page[:200_000], re.IGNORECASE)
    return html.unescape(match.group(1)) if match else None


@contextmanager
def _silenced(*names: str) -> Iterator[None]:
    """Keeps these libraries' log lines and warnings from the user: their result is judged here."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
