"""How a follow-up is made to stand alone, and what is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.conversation import stand_alone

SPENDING = "How much will Ukraine spend on US weapons?"
TANKS = "How many tanks did France send?"
MISSILES = "Combien coûtent les missiles Patriot ?"


@pytest.mark.parametrize(
    ("question", "before", "understood"),
    [
        ("And the drone deal?", SPENDING, "How much the drone deal? (Ukraine, spend, US, weapons)"),
        ("And Norway?", TANKS, "How many Norway? (tanks, France, send)"),
        ("Norway?", TANKS, "How many Norway? (tanks, France, send)"),
        ("or for Lithuania?", TANKS, "How many Lithuania? (tanks, France, send)"),
        ("and Italy?", "Tanks from France?", "Italy? (Tanks, France)"),
    ],
)
def test_a_follow_up_without_an_interrogative_takes_the_one_before(question, before, understood):
    assert stand_alone(question, [before], language="en") == understood


@pytest.mark.parametrize(
    ("question", "before", "understood"),
    [
        ("Et la Norvège ?", "Combien de chars la France a livrés ?", "Combien de la Norvège ? (chars, France, livrés)"),
        ("Et pour les drones ?", MISSILES, "Combien les drones ? (coûtent, missiles, Patriot)"),
        ("Les drones ?", MISSILES, "Combien Les drones ? (coûtent, missiles, Patriot)"),
        ("Quid de la Lituanie ?", "Qui dirige la Lettonie ?", "Qui la Lituanie ? (dirige, Lettonie)"),
    ],
)
def test_a_french_follow_up_without_an_interrogative_takes_the_one_before(question, before, understood):
    assert stand_alone(question, [before], language="fr") == understood


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("When was it announced?", "When was it announced? (Ukraine, spend, US, weapons)"),
        ("Who will pay for them?", "Who will pay for them? (Ukraine, spend, US, weapons)"),
        ("And who said so?", "And who said so? (Ukraine, spend, US, weapons)"),
        ("What about drones?", "What about drones? (Ukraine, spend, US, weapons)"),
        ("What will Ukraine do with them?", "What will Ukraine do with them? (spend, US, weapons)"),
    ],
)
def test_a_question_that_points_back_is_given_the_topic(question, understood):
    assert stand_alone(question, [SPENDING], language="en") == understood


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("Quand a-t-il été annoncé ?", "Quand a-t-il été annoncé ? (montant, accord, drones)"),
        ("Qui l’a signé ?", "Qui l’a signé ? (montant, accord, drones)"),
        ("Et pourquoi cet accord ?", "Et pourquoi cet accord ? (montant, drones)"),
    ],
)
def test_a_french_question_that_points_back_is_given_the_topic(question, understood):
    before = "Quel est le montant de l’accord sur les drones ?"
    assert stand_alone(question, [before], language="fr") == understood


@pytest.mark.parametrize(
    ("question", "before", "language", "named"),
    [
        ("And Denmark?", TANKS, "en", "Denmark"),
        ("And forces from Norway?", TANKS, "en", "forces"),
        ("Et des drones ?", MISSILES, "fr", "des drones"),
        ("Et Denys Shmyhal ?", "Quel poste occupe Jens Stoltenberg ?", "fr", "Denys Shmyhal"),
        ("Qu’en est-il des drones ?", MISSILES, "fr", "drones"),
        ("Et Fordow ?", MISSILES, "fr", "Fordow"),
    ],
)
def test_no_word_of_a_follow_up_is_cut_in_two(question, before, language, named):
    words = stand_alone(question, [before], language=language).replace("?", " ").split()
    assert set(named.split()) <= set(words)


@pytest.mark.parametrize(
    ("question", "before", "language", "topic"),
    [
        ("Why?", "Did Norway delay the batteries?", "en", {"Norway", "delay", "batteries"}),
        ("When?", "Did Norway delay the batteries?", "en", {"Norway", "delay", "batteries"}),
        ("How many?", "Will Norway send batteries?", "en", {"Norway", "send", "batteries"}),
        ("Pourquoi ?", MISSILES, "fr", {"missiles", "Patriot"}),
        ("Depuis quand ?", "L’OTAN soutient l’Ukraine ?", "fr", {"OTAN", "Ukraine"}),
    ],
)
def test_an_interrogative_alone_is_given_the_topic(question, before, language, topic):
    understood = stand_alone(question, [before], language=language)
    assert understood.startswith(question)
    assert all(word in understood for word in topic)


STANDING_ALONE = {
    "en": [
        "How many Patriot systems were requested?",
        "Who is the prime minister of Ukraine?",
        "When did Denys Shmyhal announce the partnership?",
        "What is the value of the framework deal for Vanagas batteries?",
        "Where was the drone agreement signed?",
        "Which countries belong to the Joint Expeditionary Force?",
        "Why did negotiations among the Baltic states drag on?",
        "What did Volodymyr Zelensky discuss with Jens Stoltenberg?",
        "What is NATO's role in Ukraine?",
        "Is Norway a member of the Joint Expeditionary Force?",
    ],
    "fr": [
        "Combien de systèmes Patriot ont été demandés ?",
        "Qui est le Premier ministre de l’Ukraine ?",
        "Quel est le montant du contrat Vanagas ?",
        "Où les intercepteurs seront entreposés ?",
        "Pourquoi les négociations ont duré quatorze mois ?",
        "Quel industriel fabrique le système Vanagas ?",
        "Quels pays font partie de la Force expéditionnaire conjointe ?",
        "Combien coûte un missile Patriot ?",
        "Quelle entreprise assure la maintenance des batteries ?",
        "Qui dirige l’OTAN ?",
    ],
}


@pytest.mark.parametrize(
    ("question", "language"), [(question, language) for language, asked in STANDING_ALONE.items() for question in asked]
)
def test_a_question_that_stands_alone_is_left_as_it_is(question, language):
    assert stand_alone(question, [SPENDING, MISSILES], language=language) == question


@given(st.text())
def test_the_first_question_is_left_as_it_is(question):
    assert stand_alone(question, [], language="en") == question
    assert stand_alone(question, ["", " \n"], language="fr") == question


def test_a_follow_up_to_a_follow_up_goes_back_to_the_question_that_began_it():
    assert stand_alone("And Italy?", [TANKS, "And Norway?"], language="en") == (
        "How many Italy? (Norway, tanks, France, send)"
    )
    assert stand_alone("Et quand ?", [MISSILES, "Et les drones ?"], language="fr") == (
        "Et quand ? (drones, coûtent, missiles, Patriot)"
    )


def test_a_question_that_stands_alone_ends_what_was_before():
    history = [TANKS, "Who is the prime minister of Ukraine?"]
    assert stand_alone("And Norway?", history, language="en") == "Who Norway? (prime, minister, Ukraine)"


def test_the_topic_does_not_grow_with_the_conversation():
    history = [TANKS] + [f"And who sent it to town{i} and city{i}?" for i in range(30)]
    assert len(stand_alone("When was it?", history, language="en").split()) <= 3 + 8


def test_a_very_long_conversation_of_follow_ups_can_go_on():
    history = [TANKS] + ["And Norway?"] * 3_000
    assert stand_alone("And Italy?", history, language="en").startswith("How many Italy? (Norway, tanks")


@given(st.text(), st.lists(st.text(), max_size=4), st.sampled_from(["en", "fr", "uk"]))
def test_any_dialogue_can_be_read(question, history, language):
    understood = stand_alone(question, history, language=language)
    assert bool(understood.strip()) >= bool(question.strip())
