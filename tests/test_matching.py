"""How a question's words find theirs in a passage: by form, by translation, by spelling."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.analysis import terms
from qa.lexicon import Lexicon, load_lexicon
from qa.matching import Word, coverage, question_words

# "weapon" is mostly "arme", seldom "canon"; "arme" comes back as "arm" too; "the" is everywhere.
SMALL = Lexicon(
    {
        ("en", "weapon"): {"arme": 0.8, "canon": 0.2},
        ("fr", "arme"): {"weapon": 0.5, "arm": 0.5},
    },
    {("en", "weapon"): 99},
    sentences=9999,
)


def words(question: str, language: str = "en", *, passages_in: tuple[str, ...] = ("fr", "en")) -> dict[str, Word]:
    return {word.token.text: word for word in question_words(question, language, SMALL, passages_in=passages_in)}


def test_only_words_that_carry_meaning_count_each_once():
    asked = "How many weapons, and how many more weapons, did the minister request in 2025?"
    assert list(words(asked)) == ["weapons", "minister", "request", "2025"]


def test_a_single_letter_says_nothing_but_a_single_digit_does():
    assert list(words("Is plan x for 5 years?")) == ["plan", "5", "years"]


def test_a_word_stands_for_itself_in_any_form_and_language():
    requested = words("requested Patriot systems")["requested"]
    assert requested.match({"request"}, "en") == 1
    assert words("the Patriot")["Patriot"].match({"patriot"}, "fr") == 1
    assert words("in Sébastopol")["Sébastopol"].match({"sebastopol"}, "fr") == 1


def test_the_likeliest_translation_counts_fully_a_rarer_one_less_a_synonym_never_as_much():
    weapon = words("weapons")["weapons"]
    assert weapon.match({"arme"}, "fr") == 1
    assert weapon.match({"canon"}, "fr") == pytest.approx((0.2 / 0.8) ** 0.5)
    assert weapon.match({"canon", "arme"}, "fr") == 1
    assert weapon.match({"arm"}, "en") == pytest.approx(0.6)
    assert weapon.match({"char"}, "fr") == weapon.form_in("char", "fr") == 0


def test_the_united_states_are_a_word_in_a_question():
    assert words("What did the US send?")["US"].match({"usa"}, "en") == 1


@pytest.mark.parametrize(("asked", "written"), [("Zelenskyy", "zelensky"), ("Stoltenburg", "stoltenberg")])
def test_a_name_is_found_in_another_spelling(asked, written):
    assert 0.75 <= words(f"Did {asked} come?")[asked].match({written, "autre"}, "fr") < 1


def test_neither_a_common_word_nor_a_short_name_is_found_by_spelling():
    known = Lexicon({}, {("en", "minist"): 3}, sentences=10)
    (minister, _) = question_words("the minister came", "en", known, passages_in=["en"])
    assert minister.match({"ministry"}, "en") == 0
    assert words("Is Oslo far?")["Oslo"].match({"osla"}, "fr") == 0
    assert words("Does Macron speak?")["Macron"].match({"patron"}, "fr") == 0


def test_a_capital_at_the_start_of_a_question_makes_no_name():
    asked = words("Weapons from Norway in 2025")
    assert [word.is_name for word in asked.values()] == [False, True, True]


def test_coverage_is_the_share_of_meaning_found():
    asked = list(words("weapons for Norway").values())
    weapon, norway = (word.rarity for word in asked)
    assert (weapon, norway) == (pytest.approx(0.5), 1)
    assert coverage(asked, {"arme", "norway"}, "fr") == 1
    assert coverage(asked, {"arme"}, "fr") == pytest.approx(0.5 / 1.5)
    assert coverage(asked, {"paix"}, "fr") == coverage([], {"arme"}, "fr") == 0


@settings(deadline=None)  # the first example loads the lexicon
@given(st.text(), st.text(), st.sampled_from(["en", "fr", "uk"]), st.sampled_from(["en", "fr", "de"]))
def test_a_match_is_never_below_0_nor_above_1(question, passage, asked_in, written_in):
    asked = question_words(question, asked_in, load_lexicon(), passages_in=[written_in])
    stems = set(terms(passage, written_in))
    assert all(0 <= word.match(stems, written_in) <= 1 for word in asked)
    assert 0 <= coverage(asked, stems, written_in) <= 1 + 1e-9


@given(st.text(alphabet="aàeé nstrl'’-AEP15?", max_size=60))
def test_a_question_covers_itself(question):
    asked = question_words(question, "en", SMALL, passages_in=["en"])
    assert coverage(asked, set(terms(question, "en")), "en") == pytest.approx(1.0 if asked else 0.0)
