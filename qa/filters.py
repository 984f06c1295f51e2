"""Turns what a person or a client asks for into a ``Filter``: which articles, languages and days to search."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence

from qa.errors import BadInput
from qa.records import Article, Filter

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")  # date.fromisoformat takes more forms from Python 3.11 on


def make_filter(
    *,
    article_ids: Sequence[str] | None = None,
    languages: Sequence[str] | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Filter:
    """The filter for these wishes; None and empty mean "all".

    Raises ``BadInput`` for a date that is no day, for days in the wrong order, and for lists that hold no texts.
    """
    first, last = _day("since", since), _day("until", until)
    if first and last and first > last:
        raise BadInput(f"since {first} is after until {last}; swap them or clear one")
    return Filter(
        article_ids=frozenset(texts("article_ids", article_ids)) or None,
        languages=frozenset(texts("languages", languages)) or None,
        since=first,
        until=last,
    )


def refuse_unknown_articles(where: Filter, find: Callable[[str], Article | None]) -> None:
    """Raises ``BadInput`` for an article of ``where`` that ``find`` lacks: a typo must not look like an abstention."""
    for article_id in sorted(where.article_ids or ()):
        if find(article_id) is None:
            raise BadInput(
                f"there is no article {article_id[:200]!r} in the index; a passage's article_id is the name to give"
            )


def texts(name: str, values: Sequence[str] | None) -> tuple[str, ...]:
    """``values`` checked to be a list of texts; None is the empty list. Raises ``BadInput`` naming the argument."""
    if values is None:
        return ()
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise BadInput(f'{name} = {values!r} is not a list of texts; write it as ["…", "…"]')
    return tuple(values)


def _day(name: str, value: str | None) -> str | None:
    if value is None or not (day := value.strip()):
        return None
    try:
        if not _DAY.fullmatch(day):
            raise ValueError
        return datetime.date.fromisoformat(day).isoformat()
    except ValueError:
        raise BadInput(f"{name} = {day[:40]!r} is not a day; write it as YYYY-MM-DD, like 2025-11-05") from None
