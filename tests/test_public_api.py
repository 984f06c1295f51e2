"""What other people's code relies on: the names in ``qa`` and the fields that go out as JSON."""

import dataclasses
import inspect
import json
from types import ModuleType

import qa
from qa.records import Alternative, Answer, Chunk, Citation, Hit

CHUNK = Chunk("patriot.txt", 0, 40, "Kyiv demande au moins 10 systèmes Patriot", "fr", "Défense", "2025-11-05", None)
CITATION = Citation(1, "patriot.txt", "Défense", CHUNK.text, 0, 40, 0.9, None, "2025-11-05")
ANSWER = Answer(
    question="And how many?",
    interpretation="how many Patriot systems?",
    language="en",
    text="au moins 10",
    confidence=0.912345,
    citations=(CITATION,),
    alternatives=(Alternative("dix", True, 0.5, (dataclasses.replace(CITATION, number=2),)),),
    hits=(Hit(CHUNK, 1.0, copies=("copy.txt",)),),
    message="",
)


def test_all_names_are_there_sorted_and_complete():
    public = {name for name, value in vars(qa).items() if name[0] != "_" and not isinstance(value, ModuleType)}
    assert set(qa.__all__) == public
    assert qa.__all__ == sorted(qa.__all__)


def test_every_public_thing_says_what_it_is():
    undocumented = [
        f"{name}.{member}"
        for name in qa.__all__
        for member, value in vars(getattr(qa, name)).items()
        if member[0] != "_" and inspect.isfunction(value) and not value.__doc__
    ]
    assert not [name for name in qa.__all__ if not getattr(qa, name).__doc__]
    assert not undocumented


def test_every_error_a_user_can_meet_is_public_and_caught_by_the_root():
    errors = [value for name, value in vars(qa.errors).items() if inspect.isclass(value)]
    assert all(issubclass(error, qa.QAError) for error in errors)
    assert {error.__name__ for error in errors} <= set(qa.__all__)


def test_an_answer_as_json_has_exactly_the_promised_fields():
    given = json.loads(json.dumps(ANSWER.to_dict()))
    assert list(given) == ["answered", "text", "confidence", "citations", "alternatives", "hits"]
    assert given["answered"] is True
    assert given["text"] == "au moins 10"
    assert given["confidence"] == 0.9123
    assert given["citations"] == [dataclasses.asdict(CITATION)]
    assert given["alternatives"][0]["citations"][0]["number"] == 2
    assert set(given["alternatives"][0]) == {"text", "agrees", "confidence", "citations"}
    assert given["hits"] == [{"chunk": dataclasses.asdict(CHUNK), "score": 1.0, "copies": ["copy.txt"]}]


def test_an_abstention_as_json_has_the_same_fields_all_empty():
    nothing = dataclasses.replace(ANSWER, text="", confidence=0.0, citations=(), alternatives=(), hits=())
    assert json.loads(json.dumps(nothing.to_dict())) == {
        "answered": False, "text": "", "confidence": 0.0, "citations": [], "alternatives": [], "hits": []
    }  # fmt: skip


def test_a_citation_has_exactly_the_promised_fields():
    names = [field.name for field in dataclasses.fields(Citation)]
    assert names == ["number", "article_id", "title", "quote", "start", "end", "score", "source", "date"]


def test_the_assistant_offers_the_calls_of_the_readme():
    assert list(inspect.signature(qa.Assistant.build).parameters)[:2] == ["sources", "store"]
    assert list(inspect.signature(qa.Assistant.open).parameters)[:1] == ["store"]
    assert list(inspect.signature(qa.Assistant.ask).parameters)[1:2] == ["question"]
    assert list(inspect.signature(qa.Assistant.search).parameters)[1:3] == ["query", "k"]
    assert list(inspect.signature(qa.Conversation.ask).parameters)[1:2] == ["question"]
