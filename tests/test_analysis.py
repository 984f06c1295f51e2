"""How text becomes search terms: words, folding, stop words, stems."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.analysis import fold, is_stop_word, stem, terms, tokens


def words(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("au moins 10 systèmes", ["au", "moins", "10", "systèmes"]),
        ("l’OTAN et l'Union", ["l", "OTAN", "et", "l", "Union"]),
        ("10 000 soldats", ["10 000", "soldats"]),
        ("1\u202f250\u00a0000 euros", ["1\u202f250\u00a0000", "euros"]),
        ("1,46 milliard", ["1,46", "milliard"]),
        ("10,000 drones", ["10,000", "drones"]),
        ("en 2024 100 chars", ["en", "2024", "100", "chars"]),
        ("the U.S. Army", ["the", "U.S.", "Army"]),
        ("JEF-2", ["JEF", "2"]),
        ("", []),
        ("?!…", []),
    ],
)
def test_words_and_numbers_are_told_apart(text, expected):
    assert words(text) == expected


@given(st.text())
def test_a_token_stands_where_it_says_and_overlaps_no_other(text):
    found = tokens(text)
    assert all(text[token.start : token.end] == token.text for token in found)
    assert all(one.end <= next_one.start for one, next_one in pairwise(found))


@given(st.text())
def test_no_letter_or_digit_is_lost(text):
    covered = "".join(words(text))
    assert sum(map(str.isalnum, covered)) == sum(map(str.isalnum, text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Défense", "defense"), ("cœur", "coeur"), ("10 000", "10,000"), ("10\u202f000", "10000"), ("1,46", "1.46"),
        ("US", "U.S."), ("Straße", "strasse"), ("Łódź", "lodz"), ("ÉTAT", "état"), ("e\u0301tat", "état"),
    ],
)  # fmt: skip
def test_spellings_of_one_word_fold_to_the_same(one, other):
    assert fold(one) == fold(other)


def test_the_united_states_are_not_the_pronoun():
    assert fold("US") != fold("us")
    assert is_stop_word("us", "en") is is_stop_word("US", "en") is False
    assert fold("US") == "usa"


@given(st.text(max_size=40))
@example("𝐁old")
@example("㎾")
@example("ǽ")
def test_folding_twice_changes_nothing(text):
    for word in words(text):
        assert fold(fold(word)) == fold(word)


@given(st.text(alphabet=st.characters(max_codepoint=0x17F, categories=["L", "Zs"]), max_size=40))
def test_a_folded_western_word_has_no_accent_and_no_capital(text):
    for word in map(fold, words(text)):
        assert word == word.lower()
        assert not any(map(unicodedata.combining, unicodedata.normalize("NFD", word)))


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("ministres", "ministre", "fr"), ("livraisons", "livraison", "fr"), ("systems", "system", "en"),
        ("requested", "request", "en"), ("Défense", "défense", "fr"), ("Waffen", "Waffe", "de"),
    ],
)  # fmt: skip
def test_forms_of_one_word_have_one_stem(one, other, language):
    assert stem(one, language) == stem(other, language)


def test_acronyms_and_numbers_have_no_endings():
    assert stem("PURL", "fr") == "purl"
    assert stem("NATOS", "en") == "natos"
    assert stem("10 000", "fr") == "10000"


def test_a_language_without_a_stemmer_keeps_its_folded_words():
    assert stem("Systèmes", "xx") == "systemes"
    assert terms("les systèmes", "xx") == ["les", "systemes"]


def test_stop_words_are_known_with_and_without_their_accents():
    assert is_stop_word("été", "fr")
    assert is_stop_word("ETE", "fr")
    assert is_stop_word("The", "en")
    assert not is_stop_word("the", "fr")


def test_terms_keep_order_and_repeats_and_drop_stop_words():
    assert terms("Les drones, l’OTAN et les drones de 2025", "fr") == ["dron", "otan", "dron", "2025"]


@given(st.text(), st.sampled_from(["en", "fr", "de", "uk", ""]))
def test_any_text_has_terms(text, language):
    assert all(isinstance(term, str) for term in terms(text, language))
