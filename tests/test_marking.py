"""Which words of a question and of a passage are marked, by a lexicon of a few lines and by the shipped one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.analysis import stem, tokens
from qa.lexicon import Lexicon, load_lexicon
from qa.marking import Mark, Marked, mark
from qa.matching import question_words
from qa.records import Span

IN_PASSAGE = {Mark.WEAK, Mark.STRONG, Mark.RARE}
IN_QUESTION = {Mark.FOUND, Mark.MISSING}
WORDS = st.sampled_from("Kyiv a demandé dix systèmes Patriot weapons armes . \n l’".split(" "))
TEXTS = st.text() | st.lists(WORDS).map(" ".join)


def small() -> Lexicon:
    """ "weapon" is common and mostly "arme", an eighth as often "fusil", hardly ever "canon"; "howitzer" is rare."""
    forward = {
        ("en", "weapon"): {"arme": 0.8, "fusil": 0.1, "canon": 0.01},
        ("en", stem("howitzer", "en")): {stem("obusier", "fr"): 0.9},
    }
    return Lexicon(forward, {("en", "weapon"): 900}, 1000)


def marked(question: str, passage: str, lexicon: Lexicon, *, asked_in: str = "en", written_in: str = "fr") -> Marked:
    return mark(question_words(question, asked_in, lexicon, passages_in=[written_in]), passage, written_in)


def by_word(places: tuple[tuple[Span, Mark], ...], text: str) -> list[tuple[str, Mark]]:
    return [(place.of(text), one) for place, one in places]


def test_the_marks_are_the_token_types_that_the_shipped_reader_learnt():
    assert [(one.value, one.name) for one in Mark] == [
        (0, "QUESTION"), (1, "PASSAGE"), (2, "FOUND"), (3, "MISSING"), (4, "WEAK"), (5, "STRONG"), (6, "RARE"),
        (7, "TITLE"),
    ]  # fmt: skip


def test_a_likely_translation_is_strong_an_unlikely_one_weak_and_one_of_a_rare_word_rare():
    question, passage = "weapons or howitzers?", "Des armes, des fusils, des canons et des obusiers."
    found = marked(question, passage, small())
    assert by_word(found.passage, passage) == [
        ("armes", Mark.STRONG), ("fusils", Mark.WEAK), ("obusiers", Mark.RARE)
    ]  # fmt: skip
    assert by_word(found.question, question) == [("weapons", Mark.FOUND), ("howitzers", Mark.FOUND)]


def test_a_word_that_the_passage_lacks_is_missing_and_one_that_hardly_matches_too():
    question = "weapons for Norway?"
    found = marked(question, "Des canons.", small())
    assert by_word(found.question, question) == [("weapons", Mark.MISSING), ("Norway", Mark.MISSING)]
    assert found.passage == ()


def test_every_occurrence_in_the_passage_is_marked():
    passage = "Armes ! Des armes, encore des armes."
    assert [text for text, _ in by_word(marked("weapons", passage, small()).passage, passage)] == [
        "Armes", "armes", "armes"
    ]  # fmt: skip


def test_words_without_a_topic_are_not_marked():
    question, passage = "What of it?", "Il est à Kyiv."
    assert marked(question, passage, small()) == Marked((), ())
    assert marked("", passage, small()) == Marked((), ())
    assert marked("weapons", "", small()).passage == ()


def test_the_shipped_lexicon_marks_the_french_words_that_an_english_question_asks_for():
    question, passage = "How many Patriot systems were requested?", "Le ministre demande au moins 10 systèmes Patriot."
    found = marked(question, passage, load_lexicon())
    assert {text for text, _ in by_word(found.passage, passage)} == {"demande", "systèmes", "Patriot"}
    assert dict(by_word(found.passage, passage))["Patriot"] is Mark.RARE
    assert set(by_word(found.question, question)) == {
        ("Patriot", Mark.FOUND), ("systems", Mark.FOUND), ("requested", Mark.FOUND)
    }  # fmt: skip


@settings(deadline=None)  # the first example loads the lexicon
@given(TEXTS, TEXTS, st.sampled_from(["en", "fr", "uk"]), st.sampled_from(["en", "fr", "uk"]))
def test_marks_lie_on_words_in_order_and_none_is_found_where_none_matches(question, passage, asked_in, written_in):
    found = marked(question, passage, load_lexicon(), asked_in=asked_in, written_in=written_in)
    assert {one for _, one in found.passage} <= IN_PASSAGE
    assert {one for _, one in found.question} <= IN_QUESTION
    for places, text in ((found.passage, passage), (found.question, question)):
        words = [Span(token.start, token.end) for token in tokens(text)]
        assert [place for place in words if place in dict(places)] == [place for place, _ in places]
    assert bool(found.passage) == (Mark.FOUND in {one for _, one in found.question})


@pytest.mark.parametrize("language", ["en", "fr"])
@given(text=TEXTS)
@settings(deadline=None)
def test_a_question_finds_all_its_words_in_itself(language, text):
    found = marked(text, text, load_lexicon(), asked_in=language, written_in=language)
    assert {one for _, one in found.question} <= {Mark.FOUND}
    assert {place for place, _ in found.question} <= {place for place, _ in found.passage}
