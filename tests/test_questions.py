"""What kind of answer a question asks for, of what, and whether of several."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.questions import Expected, read_question

ASKED = {
    Expected.NUMBER: [
        "How many Patriot systems were requested?",
        "How far can the missile fly?",
        "What percentage of the budget goes to defence?",
        "Combien de systèmes Patriot ont été demandés ?",
        "Quelle part du budget va à la défense ?",
        "À quelle vitesse vole le drone ?",
    ],
    Expected.MONEY: [
        "How much money did Norway give to Ukraine?",
        "How much will the drones cost?",
        "What is the value of the framework deal?",
        "Combien coûte un missile Patriot ?",
        "Quelle somme a été versée ?",
        "Combien de milliards d’euros seront investis ?",
    ],
    Expected.DATE: [
        "When did Denys Shmyhal announce the partnership?",
        "In what year will the batteries arrive?",
        "Quand le sommet de Vilnius a eu lieu ?",
        "En quelle année les batteries arriveront-elles ?",
        "Depuis quand la guerre dure-t-elle ?",
    ],
    Expected.DURATION: [
        "How long did the talks last?",
        "For how many months will the mission go on?",
        "Combien de temps durera la mission ?",
        "Combien d’années la guerre a-t-elle duré ?",
    ],
    Expected.PERSON: [
        "Who is the prime minister of Ukraine?",
        "Which minister signed the contract?",
        "Qui dirige l’OTAN ?",
        "Quel ministre a signé le contrat ?",
        "Comment s’appelle l’ambassadrice ?",
    ],
    Expected.PLACE: [
        "Where was the drone agreement signed?",
        "In which city did they meet?",
        "Où les intercepteurs seront entreposés ?",
        "Dans quel pays se trouve le dépôt ?",
    ],
    Expected.REASON: [
        "Why did the negotiations drag on?",
        "For what reason did it fail?",
        "Pourquoi les négociations ont duré quatorze mois ?",
        "Dans quel but les drones sont-ils achetés ?",
    ],
    Expected.NAME: [
        "Which company builds the radar?",
        "What is the name of the programme?",
        "Quel industriel fabrique le système Vanagas ?",
        "Laquelle de ces entreprises assure la maintenance ?",
    ],
    Expected.OTHER: [
        "Tell me about the drones",
        "What did Zelensky discuss with Stoltenberg?",
        "Parle-moi des drones",
        "",
        "?",
    ],
}


@pytest.mark.parametrize(
    ("question", "expected"), [(question, kind) for kind, questions in ASKED.items() for question in questions]
)
def test_the_kind_of_answer_is_told_from_the_words(question, expected):
    assert read_question(question, "en").expected is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Quel est le montant du contrat Vanagas ?", Expected.MONEY),
        ("Quelle est la date du sommet ?", Expected.DATE),
        ("Quel est le nombre de drones livrés ?", Expected.NUMBER),
        ("What is the date of the summit?", Expected.DATE),
    ],
)
def test_the_kind_is_told_too_when_the_verb_comes_first(question, expected):
    assert read_question(question, "fr").expected is expected


@pytest.mark.parametrize(
    ("question", "language", "focus"),
    [
        ("how many Patriot systems were requested?", "en", ["Patriot", "systems"]),
        ("Combien de systèmes Patriot ont été demandés ?", "fr", ["systèmes", "Patriot"]),
        ("Which company is building the radar?", "en", ["company"]),
        ("Quel ministre a signé le contrat ?", "fr", ["ministre"]),
        ("Who signed the contract?", "en", []),
        ("Pourquoi ?", "fr", []),
    ],
)
def test_the_focus_is_what_is_asked_about(question, language, focus):
    assert [token.text for token in read_question(question, language).focus] == focus


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which countries belong to the force?", True),
        ("Quels pays font partie de la force ?", True),
        ("List the members of the coalition", True),
        ("Qui sont les signataires ?", True),
        ("Who is the prime minister?", False),
        ("How many systems?", False),
        ("Quel ministre a signé ?", False),
        ("which two Baltic partner countries joined", True),
        ("What weapons does Kyiv want?", True),
        ("What was the number of drones?", False),
        ("Which company makes the drones?", False),
        ("What happens next?", False),
    ],
)
def test_a_question_for_several_things_is_told_from_one_for_one(question, several):
    assert read_question(question, "en").plural is several


@given(st.text(), st.sampled_from(["en", "fr", "uk"]))
def test_any_text_can_be_read_as_a_question(question, language):
    reading = read_question(question, language)
    assert reading.expected in Expected
    assert len(reading.focus) <= 5
    assert all(token.text in question for token in reading.focus)
