"""Turns a filter into SQL, so that only the passages that pass it are ranked at all."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from qa.records import Filter
from qa.stores.schema import as_rows
from qa.stores.vectors import Rows


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter in SQL over ``chunks`` joined to ``articles``, with its parameters."""

    sql: str
    parameters: tuple[str, ...]


def condition(where: Filter) -> Condition:
    """``where`` in SQL; a filter that restricts nothing gives ``TRUE``."""
    parts: list[tuple[str, str]] = []
    if where.article_ids is not None:
        parts.append(("articles.id IN (SELECT value FROM json_each(?))", json.dumps(list(where.article_ids))))
    if where.languages is not None:
        parts.append(("chunks.language IN (SELECT value FROM json_each(?))", json.dumps(list(where.languages))))
    if where.since is not None:
        parts.append(("articles.date >= ?", where.since))
    if where.until is not None:
        parts.append(("articles.date <= ?", where.until))
    return Condition(" AND ".join(sql for sql, _ in parts) or "TRUE", tuple(parameter for _, parameter in parts))


def passing_rows(connection: sqlite3.Connection, where: Filter) -> Rows:
    """The row numbers of the passages that pass ``where``."""
    passes = condition(where)
    return as_rows(
        connection.execute(
            f"SELECT row FROM chunks JOIN articles ON number = article WHERE {passes.sql}", passes.parameters
        )
    )
