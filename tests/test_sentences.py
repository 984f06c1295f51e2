"""Where sentences of French and English news begin and end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.records import Span
from qa.sentences import sentence_at, sentences

# Dense in all that decides about boundaries.
NEWS = st.text(alphabet=st.sampled_from("aàBÉ19 \n\r\u2028\u00a0\u202f.!?…«»“”'’()[]-,:")) | st.text()


def split(text: str) -> list[str]:
    return [span.of(text) for span in sentences(text)]


def test_a_full_stop_a_question_mark_an_exclamation_mark_and_an_ellipsis_end_sentences():
    assert split("Il pleut. Où ? Ici ! Bon… Voilà") == ["Il pleut.", "Où ?", "Ici !", "Bon…", "Voilà"]


@pytest.mark.parametrize(
    "sentence",
    [
        "J. Stoltenberg est venu.",  # an initial
        "M. Shmyhal et Mme Kubilskė ont signé.",
        "U.S. officials met in Kyiv.",
        "Le 5 nov. 2025 le ministre a parlé.",
        "Drones, chars, etc. Tout manque.",
        "Il vaut 1.46 milliard.",
        "Il part… puis il revient.",
        "Le site qa.example a fermé.",
        "« Non. » a-t-il dit.",  # what follows goes on in lower case
        "L’entreprise Norrhelm Inc. Stockholm livre.",
    ],
)
def test_a_stop_that_does_not_end_a_sentence_does_not_split_it(sentence):
    assert split(sentence) == [sentence]


def test_a_full_stop_after_an_initial_does_not_end_a_sentence():
    assert split("Le chef de l’OTAN, J. Stoltenberg, est venu. Il repart.") == [
        "Le chef de l’OTAN, J. Stoltenberg, est venu.", "Il repart."
    ]  # fmt: skip


def test_closing_quotes_and_brackets_belong_to_the_sentence_they_close():
    assert split("Il a dit « Oui. » Puis rien.") == ["Il a dit « Oui. »", "Puis rien."]
    assert split("“He left.” (It rained.) Then sun.") == ["“He left.”", "(It rained.)", "Then sun."]


def test_a_number_or_a_quote_can_open_a_sentence():
    assert split("Les prix montent. 10 pays suivent. « Assez ! »") == [
        "Les prix montent.", "10 pays suivent.", "« Assez ! »"
    ]  # fmt: skip


def test_a_line_break_ends_a_sentence_so_that_a_title_stands_alone():
    assert split("Un titre\r\nUn texte. Et\n- un point\n\n- deux") == [
        "Un titre", "Un texte.", "Et", "- un point", "- deux"
    ]  # fmt: skip


def test_a_part_of_a_text_is_split_with_offsets_of_the_whole():
    text = "Un. Deux. Trois."
    assert sentences(text, 4, 9) == [Span(4, 9)]
    assert sentences("", 0, 0) == sentences(" \n ") == []


def test_the_sentence_around_some_words_is_found():
    text = "Titre\nIl pleut. Il vente. Il neige.\nFin"
    wind, snow = text.index("vente"), text.index("neige")
    assert sentence_at(text, wind, wind + 5).of(text) == "Il vente."
    assert sentence_at(text, wind, snow + 5).of(text) == "Il vente. Il neige."
    assert sentence_at(text, 0, 2).of(text) == "Titre"
    assert sentence_at(text, len(text) - 1, len(text)).of(text) == "Fin"


@given(NEWS)
def test_sentences_are_in_order_never_overlap_and_cover_all_that_is_visible(text):
    found = sentences(text)
    assert all(one.end <= next_one.start for one, next_one in pairwise(found))
    inside = {position for span in found for position in range(span.start, span.end)}
    assert all(position in inside for position, character in enumerate(text) if not character.isspace())


@given(NEWS)
def test_a_sentence_is_never_empty_never_padded_and_never_crosses_a_line(text):
    for sentence in split(text):
        assert sentence
        assert sentence == sentence.strip()
        assert not set(sentence) & set("\r\n\v\f\x85\u2028\u2029")


@given(NEWS)
def test_the_sentence_around_a_sentence_is_itself(text):
    for span in sentences(text):
        assert sentence_at(text, span.start, span.end) == span


@given(NEWS, st.data())
def test_the_sentence_around_a_word_holds_it(text, data):
    visible = [position for position, character in enumerate(text) if not character.isspace()]
    if visible:
        first, last = sorted((data.draw(st.sampled_from(visible)), data.draw(st.sampled_from(visible))))
        around = sentence_at(text, first, last + 1)
        assert around.start <= first < last + 1 <= around.end
