"""Question sets are read whole, or refused with the line, the reason and the remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import BadInput
from qa.evaluation.questions import Question, load_questions, parse_question

ANSWERED = {
    "id": "q-1",
    "question": "And for drones?",
    "lang": "en",
    "answers": ["50 milliards de dollars", "50 milliards"],
    "article_ids": ["talks"],
    "evidence": "Un accord de 50 milliards de dollars est prévu.",
    "history": ["How much weaponry will Ukraine buy?"],
    "type": "number",
}
UNANSWERED = {"id": "q-2", "question": "Pourquoi le ciel est-il bleu ?", "lang": "fr", "answers": [], "article_ids": []}


def write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def refusal_of(line: dict[str, Any], tmp_path: Path) -> str:
    path = write(tmp_path / "questions.jsonl", UNANSWERED, line)
    with pytest.raises(BadInput) as refused:
        load_questions(path)
    message = str(refused.value)
    assert message.startswith(f"{path}:2: ")
    return message


def test_a_question_set_is_read_in_its_order_with_every_field(tmp_path: Path) -> None:
    first, second = load_questions(write(tmp_path / "questions.jsonl", ANSWERED, UNANSWERED))
    assert first == Question(
        id="q-1",
        question="And for drones?",
        lang="en",
        answers=("50 milliards de dollars", "50 milliards"),
        article_ids=("talks",),
        evidence="Un accord de 50 milliards de dollars est prévu.",
        history=("How much weaponry will Ukraine buy?",),
        type="number",
    )
    assert first.answerable
    assert second.id == "q-2"
    assert not second.answerable
    assert (second.evidence, second.history, second.type) == (None, (), None)


def test_a_single_article_id_is_one_article() -> None:
    line = {"id": "a", "question": "Qui ?", "lang": "fr", "answers": ["Anne"], "article_id": "s0-01"}
    assert parse_question(json.dumps(line)).article_ids == ("s0-01",)


def test_an_unanswerable_question_may_name_the_article_it_is_near_to() -> None:
    near_miss = parse_question(json.dumps({**UNANSWERED, "article_ids": ["talks"], "answerable": False}))
    assert near_miss.article_ids == ("talks",)
    assert not near_miss.answerable


def test_blank_lines_a_byte_order_mark_and_a_line_separator_inside_a_text_are_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    line = json.dumps({**UNANSWERED, "question": "un\u2028deux ?"}, ensure_ascii=False)
    path.write_bytes(b"\xef\xbb\xbf\n" + line.encode() + b"\r\n\r\n")
    assert [question.question for question in load_questions(path)] == ["un\u2028deux ?"]


@pytest.mark.parametrize("key", ["id", "question", "lang", "answers", "article_ids"])
def test_a_missing_key_is_named(key: str, tmp_path: Path) -> None:
    line = {name: value for name, value in ANSWERED.items() if name != key}
    assert f'"{key}" is missing; add it' in refusal_of(line, tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"question": "  "}, "\"question\" is '  '; give a text that is not empty"),
        ({"id": 7}, '"id" is 7; give a text'),
        ({"lang": "English"}, "\"lang\" is 'English'; give a code such as"),
        ({"answers": "50 milliards"}, "\"answers\" is '50 milliards'; give a list of texts"),
        ({"answers": [""]}, "none of them empty"),
        ({"article_ids": []}, '"answers" are given but "article_ids" is empty; name the articles'),
        ({"answers": []}, '"evidence" is given but "answers" is empty; add the answers or set "evidence" to null'),
        ({"answerable": False}, '"answerable" is False but "answers" holds 2; correct one'),
        ({"history": "earlier"}, "\"history\" is 'earlier'; give a list of texts"),
        ({"evidence": ["a"]}, "\"evidence\" is ['a']; give a text"),
        ({"id": "q-2"}, "\"id\" 'q-2' is already that of line 1; choose another"),
    ],
)
def test_a_wrong_value_is_refused_with_its_remedy(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    assert reason in refusal_of({**ANSWERED, **change}, tmp_path)


def test_a_line_that_is_not_a_json_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    for line, reason in [('{"id": ', "not JSON"), ("[1, 2]", "not a JSON object")]:
        path.write_text(line, encoding="utf-8")
        with pytest.raises(BadInput, match=f":1: {reason}"):
            load_questions(path)


def test_a_file_that_cannot_be_read_as_questions_is_refused_by_name(tmp_path: Path) -> None:
    latin, empty, none = tmp_path / "latin.jsonl", tmp_path / "empty.jsonl", tmp_path / "none.jsonl"
    latin.write_bytes('{"id": "é"}'.encode("latin-1"))
    empty.write_text("\n\n", encoding="utf-8")
    for path, reason in [(latin, "is not UTF-8"), (empty, "holds no questions"), (none, "No such file")]:
        with pytest.raises(BadInput, match=reason) as refused:
            load_questions(path)
        assert str(path) in str(refused.value)
