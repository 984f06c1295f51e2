"""Which stretches of a sentence could be an answer, and the numbers that describe them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.lexicon import load_lexicon
from qa.matching import question_words
from qa.questions import read_question
from qa.records import Span
from qa.spans import CLASS_NAMES, MOST_WORDS, Pieces, cut, describe_stretches, propose, whole_quantity, words_of

SENTENCES = st.text() | st.lists(
    st.sampled_from(
        ["l’", "Kyiv", "demande", "10", "000", "1,46", "%", "«", "»", ",", ".", "U.S.", "dix-huit", "de", "-"]
    ),
    max_size=60,
).map(" ".join)


def pieces_of(text: str) -> Pieces:
    return cut(text, Span(0, len(text)), "fr")


def proposed(text: str) -> list[str]:
    pieces = pieces_of(text)
    return [words_of(pieces, stretch).of(text) for stretch in propose(pieces)]


def features(text: str, question: str, language: str = "en") -> np.ndarray:
    pieces = pieces_of(text)
    words = question_words(question, language, load_lexicon(), passages_in=["fr"])
    return describe_stretches(pieces, propose(pieces), words, read_question(question, language), "fr")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L’Ukraine, dix-huit !", ["L’", "Ukraine", ",", "dix-huit", "!"]),
        ("10 000 ou 1,46 %", ["10 000", "ou", "1,46", "%"]),
        ("the U.S. Army", ["the", "U.S.", "Army"]),
        ("", []),
    ],
)
def test_a_sentence_is_cut_into_words_numbers_and_marks(text, expected):
    assert list(pieces_of(text).texts) == expected


def test_each_piece_is_of_one_class():
    pieces = pieces_of("Le ministre Shmyhal livre environ deux ou 10 drones OTAN en novembre.")
    assert [CLASS_NAMES[which] for which in pieces.classes] == [
        "determiner", "other", "capital", "other", "approximation", "number", "conjunction", "digit", "other",
        "acronym", "preposition", "time", "punctuation",
    ]  # fmt: skip


def test_all_stretches_of_a_short_sentence_are_proposed_without_its_stop():
    assert proposed("Il demande 10 systèmes.") == [
        "Il demande", "Il demande 10", "Il demande 10 systèmes", "demande", "demande 10", "demande 10 systèmes",
        "10", "10 systèmes", "systèmes",
    ]  # fmt: skip


@pytest.mark.parametrize("dangling", ["le", "de", "et", "qui", "il", "»", ","])
def test_no_answer_ends_on_a_word_that_leads_on(dangling):
    assert not [answer for answer in proposed(f"Kyiv {dangling} Oslo") if answer.endswith(dangling)]


def test_no_answer_starts_on_a_unit_or_on_a_mark():
    assert "milliards" in proposed("13 milliards")
    assert proposed("13 euros ») dit Kyiv")[0] == "13"
    assert not [answer for answer in proposed("13 euros » dit Kyiv") if answer.startswith(("euros", "»"))]


def test_punctuation_alone_offers_no_answer():
    assert propose(pieces_of("« … » !")).shape == (0, 2)
    assert len(features("« … » !", "how many?")) == 0


def test_offsets_are_those_of_the_article():
    text = "Titre. Kyiv demande 10 drones. Fin."
    pieces = cut(text, Span(7, 30), "fr")
    assert pieces.spans[0].of(text) == "Kyiv"
    assert words_of(pieces, np.array([2, 3])).of(text) == "10 drones"


def test_every_stretch_has_as_many_features_whatever_is_asked():
    text = "Kyiv demande 10 systèmes Patriot."
    many = features(text, "how many Patriot systems were requested?")
    assert many.shape[0] == len(proposed(text))
    assert many.dtype == np.float32
    assert many.shape == features(text, "").shape == features(text, "Qui ?", "fr").shape


def test_the_features_of_different_stretches_differ():
    many = features("Kyiv demande 10 systèmes Patriot.", "how many Patriot systems were requested?")
    assert len(np.unique(many, axis=0)) == len(many)


@given(SENTENCES)
def test_pieces_are_in_order_and_hold_all_that_is_visible(text):
    pieces = pieces_of(text)
    assert [span.of(text) for span in pieces.spans] == list(pieces.texts)
    assert len(pieces.classes) == len(pieces.stems) == len(pieces.texts)
    rest = list(text)
    for span in pieces.spans:
        rest[span.start : span.end] = " " * (span.end - span.start)
    assert "".join(rest).isspace() or not rest


@given(SENTENCES)
def test_a_proposed_stretch_stays_in_the_sentence_and_is_not_too_long(text):
    pieces = pieces_of(text)
    for first, last in propose(pieces):
        assert 0 <= first <= last < min(len(pieces.texts), first + MOST_WORDS)
        stretch = words_of(pieces, np.array([first, last]))
        assert 0 <= stretch.start < stretch.end <= len(text)


@settings(deadline=None)  # the first example loads the lexicon
@given(SENTENCES, st.text() | st.sampled_from(["how many drones?", "Qui a demandé dix-huit drones à Kyiv ?"]))
def test_the_features_of_any_stretch_of_any_text_are_finite(text, question):
    assert np.isfinite(features(text, question)).all()


@pytest.mark.parametrize(
    ("text", "number", "whole"),
    [
        ("notamment au moins 10 systèmes Patriot américain, ainsi que", "10", "au moins 10 systèmes Patriot américain"),
        ("mobiliser deux milliards de dollars de plus", "deux milliards", "deux milliards de dollars"),
        ("que sept nations supplémentaires participent", "sept", "sept nations supplémentaires"),
        ("près de 30 % des voix", "30", "près de 30 %"),
        ("le 5, dit-il", "5", "5"),
    ],
)  # fmt: skip
def test_a_bare_number_gets_its_unit_and_its_at_least(text, number, whole):
    pieces = pieces_of(text)
    start = text.index(number)
    first = next(i for i, span in enumerate(pieces.spans) if span.start == start)
    last = next(i for i, span in enumerate(pieces.spans) if span.end == start + len(number))
    assert whole_quantity(text, pieces, np.array([first, last])).of(text) == whole
