"""Reads question sets: JSON lines of questions with their gold answers, articles and evidence."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import BadInput

_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known to answer it.

    ``answers`` are the accepted wordings; none means that the articles don't say, and abstaining is right.
    ``evidence`` is the sentence that holds them, verbatim. ``history`` are the earlier questions of the
    conversation, oldest first. ``type`` is a free label to group scores by.
    """

    id: str
    question: str
    lang: str
    answers: tuple[str, ...]
    article_ids: tuple[str, ...]
    evidence: str | None = None
    history: tuple[str, ...] = ()
    type: str | None = None

    @property
    def answerable(self) -> bool:
        return bool(self.answers)


def load_questions(path: str | Path) -> list[Question]:
    """The questions of a UTF-8 JSON lines file, in its order; blank lines are passed over.

    Raises ``BadInput`` naming the file, the line, what is wrong with it and the remedy.
    """
    place = Path(path)
    questions: list[Question] = []
    line_of: dict[str, int] = {}
    for number, line in enumerate(_lines(place), start=1):
        if not line.strip():
            continue
        try:
            question = parse_question(line)
            if question.id in line_of:
                raise BadInput(f'"id" {question.id!r} is already that of line {line_of[question.id]}; choose another')
        except BadInput as error:
            raise BadInput(f"{place}:{number}: {error}") from None
        line_of[question.id] = number
        questions.append(question)
    if not questions:
        raise BadInput(f"{place} holds no questions; write one JSON object a line")
    return questions


def parse_question(line: str) -> Question:
    """The question that one JSON line describes; raises ``BadInput`` saying what is wrong and the remedy.

    A single ``"article_id"`` is read as ``"article_ids"`` of one.
    """
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise BadInput(f"not JSON ({error}); write one whole JSON object a line") from None
    if not isinstance(fields, dict):
        raise BadInput('not a JSON object; write {"id": ..., "question": ..., "lang": ..., "answers": [...], ...}')
    if "article_id" in fields and "article_ids" not in fields:
        fields["article_ids"] = [fields["article_id"]]
    question = Question(
        id=_text(fields, "id"),
        question=_text(fields, "question"),
        lang=_text(fields, "lang"),
        answers=_texts(fields, "answers"),
        article_ids=_texts(fields, "article_ids"),
        evidence=_optional_text(fields, "evidence"),
        history=_texts(fields, "history", default=[]),
        type=_optional_text(fields, "type"),
    )
    _refuse_contradictions(question, answerable=fields.get("answerable", question.answerable))
    return question


def _refuse_contradictions(question: Question, *, answerable: object) -> None:
    if not _LANGUAGE.fullmatch(question.lang):
        raise BadInput(f'"lang" is {question.lang!r}; give a code such as "en" or "fr"')
    if question.answerable and not question.article_ids:
        raise BadInput('"answers" are given but "article_ids" is empty; name the articles that hold them')
    if not question.answerable and question.evidence is not None:
        raise BadInput('"evidence" is given but "answers" is empty; add the answers or set "evidence" to null')
    if answerable is not question.answerable:
        raise BadInput(
            f'"answerable" is {answerable!r} but "answers" holds {len(question.answers)}; '
            'correct one of them or leave "answerable" out'
        )


def _text(fields: Mapping[str, Any], key: str) -> str:
    if key not in fields:
        raise BadInput(f'"{key}" is missing; add it')
    value = fields[key]
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f'"{key}" is {value!r}; give a text that is not empty')
    return value


def _optional_text(fields: Mapping[str, Any], key: str) -> str | None:
    return None if fields.get(key) is None else _text(fields, key)


def _texts(fields: Mapping[str, Any], key: str, *, default: list[str] | None = None) -> tuple[str, ...]:
    values = fields.get(key, default)
    if values is None:
        raise BadInput(f'"{key}" is missing; add it, as [] if there are none')
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise BadInput(f'"{key}" is {values!r}; give a list of texts, none of them empty')
    return tuple(dict.fromkeys(values)) if key != "history" else tuple(values)


def _lines(path: Path) -> list[str]:
    try:
        # Not str.splitlines: a JSON text may hold U+2028, which does not end a line of the file.
        with path.open(encoding="utf-8-sig") as file:
            return list(file)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise BadInput(f"cannot read the questions {path}: {error.strerror}; name a JSON lines file") from None
