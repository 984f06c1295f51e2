"""A report shows the scores, writes them whole or not at all, and says which floors are not kept."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from qa.errors import BadInput
from qa.evaluation.questions import Question
from qa.evaluation.report import check_floors, installed_versions, load_floors, render_table, write_json
from qa.evaluation.run import METRICS, Evaluation, evaluate
from qa.records import Answer, Citation

SENTENCE = "Kiev veut dix [systèmes] Patriot."
ASKED = Question("q-1", "Combien ?", "fr", ("dix",), ("talks",), evidence=SENTENCE)
FOLLOWING = Question("q-2", "And who [sells] them?", "en", ("Raytheon",), ("talks",), history=("How many?",))


def answer(question: str, history: object) -> Answer:
    cited = Citation(1, "talks.txt", "Titre", SENTENCE, 0, len(SENTENCE), 0.8, None, None)
    return Answer(question, question, "fr", "dix [systèmes]", 0.8, (cited,), (), (), "")


@pytest.fixture
def evaluation() -> Evaluation:
    return evaluate(answer, [ASKED, FOLLOWING])


def rendered(evaluation: Evaluation, *, failures: int = 0) -> str:
    console = Console(file=io.StringIO(), width=160, color_system=None)
    render_table(evaluation, console, failures=failures)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_shows_every_metric_overall_and_by_language(evaluation: Evaluation) -> None:
    lines = rendered(evaluation).splitlines()
    rows = {
        cells[0]: cells[1:] for line in lines if len(cells := line.replace("│", " ").replace("┃", " ").split()) == 4
    }
    assert rows["metric"] == ["overall", "en", "fr"]
    assert set(METRICS) <= set(rows)
    assert rows["questions"] == ["2", "1", "1"]
    assert rows["answer_accuracy"] == ["0.500", "0.000", "1.000"]
    assert rows["citation_recall"] == ["1.000", "–", "1.000"]
    assert rows["recall@5"] == ["0.000", "0.000", "0.000"]


def test_failures_are_listed_on_request_with_square_brackets_intact(evaluation: Evaluation) -> None:
    assert "q-2" not in rendered(evaluation)
    shown = rendered(evaluation, failures=10)
    assert "1 of 1 failures" in shown
    assert "How many? → And who [sells] them?" in shown
    assert "dix [systèmes]" in shown
    assert "q-1" not in shown


def test_the_file_holds_scores_outcomes_settings_and_versions(evaluation: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    write_json(evaluation, path, settings={"passages": 8, "store": Path("vectorstore")})
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["settings"] == {"passages": 8, "store": "vectorstore"}
    assert content["versions"] == installed_versions()
    assert {"python", "ir-measures"} <= set(content["versions"])
    assert content["scores"]["overall"]["answer_accuracy"] == 0.5
    assert [line["quotes"] for line in content["questions"]] == [[SENTENCE], [SENTENCE]]
    assert [line["correct"] for line in content["questions"]] == [True, False]


def test_a_file_that_cannot_be_written_is_refused_and_leaves_nothing_behind(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    no_folder = tmp_path / "a file"
    no_folder.touch()
    for path in (taken, no_folder / "scores.json"):
        with pytest.raises(BadInput, match="cannot write"):
            write_json(evaluation, path)
    assert sorted(tmp_path.iterdir()) == [no_folder, taken]


def test_earlier_scores_stay_when_the_new_ones_cannot_be_written(evaluation: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    path.write_text("earlier", encoding="utf-8")
    endless: dict[str, object] = {}
    endless["itself"] = endless
    with pytest.raises(ValueError, match="Circular"):
        write_json(evaluation, path, settings=endless)
    assert path.read_text(encoding="utf-8") == "earlier"
    write_json(evaluation, path)
    assert json.loads(path.read_text(encoding="utf-8"))["settings"] == {}
    assert list(tmp_path.iterdir()) == [path]


def test_words_that_have_no_utf8_are_written_as_their_json_escape(tmp_path: Path) -> None:
    question = dataclasses.replace(ASKED, question="Combien \ud800 ?")
    write_json(evaluate(answer, [question]), tmp_path / "scores.json")
    content = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert content["questions"][0]["question"] == "Combien \ud800 ?"


def test_floors_that_are_kept_raise_no_complaint(evaluation: Evaluation) -> None:
    assert check_floors(evaluation.overall, {"answer_accuracy": 0.5, "ece": 0.31, "latency_p95_ms": 1_000}) == []


def test_a_floor_not_kept_is_named_with_both_numbers(evaluation: Evaluation) -> None:
    assert check_floors(evaluation.overall, {"answer_accuracy": 0.9, "ece": 0.1, "abstention_recall": 0.7}) == [
        "answer_accuracy is 0.5, below its floor of 0.9",
        "ece is 0.3, above its ceiling of 0.1",
        "abstention_recall has nothing to measure in these questions (bound 0.7)",
    ]


def test_floors_are_read_from_json(tmp_path: Path) -> None:
    path = tmp_path / "questions.floors.json"
    path.write_text('{"recall@5": 0.9, "latency_p95_ms": 500}', encoding="utf-8")
    assert load_floors(path) == {"recall@5": 0.9, "latency_p95_ms": 500.0}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"recall@7": 0.9}', "there is no metric 'recall@7'; name one of questions, .*recall@5"),
        ('{"recall@5": "high"}', "the floor of recall@5 is 'high'; give a number"),
        ('{"recall@5": true}', "the floor of recall@5 is True; give a number"),
        ('{"recall@5": NaN}', "the floor of recall@5 is nan; give a number"),
        ("[0.9]", "is not a JSON object"),
        ("{", "is not JSON"),
    ],
)
def test_floors_that_make_no_sense_are_refused(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.floors.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=reason) as refused:
        load_floors(path)
    assert str(path) in str(refused.value)


def test_missing_floors_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot read the floors .*none\.json: No such file"):
        load_floors(tmp_path / "none.json")
