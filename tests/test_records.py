"""The records that travel between modules, and the errors that tell a user what went wrong."""

import dataclasses
import inspect
import re

import pytest

from qa import errors, records
from qa.records import Abstention, Answer, Citation, Filter, Span

CITATION = Citation(1, "a.txt", "A", "Il pleut.", 0, 9, 0.8, None, None)


def answer(**fields) -> Answer:
    nothing = {"text": "", "confidence": 0.0, "citations": (), "alternatives": (), "hits": (), "message": ""}
    return Answer(question="q", interpretation="q", language="en", **{**nothing, **fields})


def test_no_record_can_be_changed_or_given_new_fields():
    kinds = [kind for _, kind in inspect.getmembers(records, dataclasses.is_dataclass)]
    assert len(kinds) >= 10
    assert all(kind.__dataclass_params__.frozen for kind in kinds)
    assert all("__slots__" in vars(kind) for kind in kinds)


def test_a_span_cuts_its_stretch_out_of_a_text():
    assert Span(3, 8).of("Il pleut.") == "pleut"
    assert Span(4, 4).of("Il pleut.") == ""


def test_a_filter_counts_as_set_when_it_restricts_anything():
    assert not Filter()
    assert Filter(since="2025-01-01")
    assert Filter(languages=frozenset({"fr"}))
    assert Filter(article_ids=frozenset()), "no article at all is a restriction too"


def test_an_answer_without_citations_is_not_answered():
    assert answer(citations=(CITATION,), text="pleut").answered
    assert not answer(text="pleut", reason=Abstention.FACT_NOT_STATED).answered


def test_a_confidence_goes_out_with_four_digits():
    assert answer(confidence=2 / 3).to_dict()["confidence"] == 0.6667


def test_an_abstention_gives_its_reason_in_words():
    assert {reason.value for reason in Abstention} == {
        "empty question", "nothing on this topic", "topic found, fact not stated"
    }  # fmt: skip


def test_the_tree_drawn_in_the_module_is_the_tree_of_errors():
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__)
    defined = [name for name, kind in vars(errors).items() if inspect.isclass(kind) and kind is not errors.QAError]
    assert drawn == defined


@pytest.mark.parametrize("kind", errors.QAError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_every_error_is_caught_by_the_root_and_shows_its_message(kind):
    with pytest.raises(errors.QAError, match=r"^no index in vectorstore$"):
        raise kind("no index in vectorstore")
