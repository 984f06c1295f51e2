"""The whole way from a folder of articles to an answer, with the shipped models: what it says, what it never says."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SEEDS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.assistant import Assistant
from qa.errors import BadInput, IndexMismatch, IndexMissing
from qa.records import Abstention, Answer, Citation, Filter
from qa.settings import Settings

DRONES = "000_b5e406cb261ef968.txt"
PATRIOT = "001_77f543e1e514cc2d.txt"
NATO = "002_d469f00401c58864.txt"
VISIT = "003_42b03e33fce210bb.txt"
STATUS = "004_0d1f5a32a9ad0036.txt"
HOW_MANY = "how many Patriot systems were requested?"


def cited(answer: Answer) -> list[Citation]:
    """All citations: the answer's own and those of what other articles say."""
    return [*answer.citations, *(citation for other in answer.alternatives for citation in other.citations)]


def check(assistant: Assistant, answer: Answer) -> None:
    """All that must hold of any answer."""
    assert answer.answered == bool(answer.citations) == bool(answer.text) == (answer.reason is None)
    assert answer.answered == (not answer.message)
    assert 0 <= answer.confidence <= 1
    assert answer.answered or not answer.alternatives
    citations = cited(answer)
    assert [citation.number for citation in citations] == list(range(1, len(citations) + 1))
    for citation in citations:
        assert citation.quote == assistant.article(citation.article_id).text[citation.start : citation.end]
        assert 0 <= citation.score <= 1
    if answer.answered:
        assert answer.text in answer.citations[0].quote
    assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)
    for hit in answer.hits:
        chunk = hit.chunk
        assert chunk.text == assistant.article(chunk.article_id).text[chunk.start : chunk.end]
        assert 0 <= hit.score <= 1


def test_how_many_patriot_systems_were_requested(seeds_assistant):
    answer = seeds_assistant.ask(HOW_MANY)
    check(seeds_assistant, answer)
    assert "10" in answer.text
    assert answer.citations[0].article_id == PATRIOT
    assert "au moins 10 systèmes Patriot" in answer.citations[0].quote
    assert answer.language == "en"


def test_who_is_the_ukrainian_minister_of_defence(seeds_assistant):
    answer = seeds_assistant.ask("Qui est le ministre ukrainien de la Défense ?")
    check(seeds_assistant, answer)
    assert "Shmyhal" in answer.text
    assert any("Denys Shmyhal" in quote for quote in [answer.text, *(citation.quote for citation in cited(answer))])


def test_who_is_denys_shmyhal_is_answered_from_an_article_that_names_him(seeds_assistant):
    answer = seeds_assistant.ask("Who is Denys Shmyhal?")
    check(seeds_assistant, answer)
    assert answer.answered
    # Article 003 calls him prime minister, 004 minister of defence: a better reader would cite both,
    # {VISIT, STATUS} <= {citation.article_id for citation in cited(answer)}.
    assert {citation.article_id for citation in cited(answer)} & {VISIT, STATUS}


@pytest.mark.parametrize(
    ("question", "language", "opening"),
    [
        ("How tall is the Eiffel Tower?", "en", "The articles don't say"),
        ("Quelle est la capitale du Pérou ?", "fr", "Les articles ne le disent pas"),
    ],
)
def test_what_the_articles_do_not_say_is_not_answered_in_the_language_of_the_question(
    seeds_assistant, question, language, opening
):
    answer = seeds_assistant.ask(question)
    check(seeds_assistant, answer)
    assert not answer.answered
    assert answer.language == language
    assert answer.message.startswith(opening)
    assert answer.hits, "the nearest passages are shown all the same"


@pytest.mark.parametrize("question", ["", " \n\t", "\x00", "\ud800", "\u00a0"])
def test_a_question_without_a_word_is_asked_for_again(seeds_assistant, question):
    answer = seeds_assistant.ask(question)
    assert (answer.reason, answer.hits) == (Abstention.EMPTY_QUESTION, ())
    assert answer.message == "Ask a question about the articles."


ODD = [
    " ",
    "?",
    "🚀🚀🚀 how many? 🙏🏽",
    "Patriot " * 12_500,
    "é" * 100_000,
    "how many\x00Patriot\x00systems?",
    "qui \ud800 est \udfff le ministre ?",
    "'; DROP TABLE chunks; --",
    "SELECT text FROM articles WHERE id = 1 OR 1=1",
    "<script>alert(1)</script> Patriot <b>?",
    '"a" NEAR(b) OR * ^',
    "terms:patriot AND (NOT x",
    '"unbalanced',
    "{patriot} - + ~",
    "Скільки систем Patriot попросила Україна?",
    "Хто міністр оборони?",
    "كم عدد أنظمة باتريوت؟",
    "\u202eכמה מערכות פטריוט\u202c?",
    "爱国者导弹系统有多少套？",
    "ﬁnanced ½ ① Ⅳ ₂ ﷽ Σ ß İ",
    "a\u0301" * 300,
    "10",
    "1e309 0x10 10 000 1,46",
    "../../etc/passwd",
    "%s %n {0} ${HOME} \\",
    "[bold]Patriot[/]",
    "Why?\r\nHow many?\u2028When?",
]
SCRAPS = [*'"*^():-\x00\u200f🛩', "NEAR", "OR", "Patriot", "drones", "how many", "Qui", "l’OTAN"]
QUESTIONS = st.text(max_size=60) | st.lists(st.sampled_from(SCRAPS), max_size=12).map(" ".join) | st.sampled_from(ODD)


@pytest.fixture(scope="module")
def brisk(seeds_assistant: Assistant) -> Assistant:
    """Reads two passages a question only: most of the time goes into reading."""
    few = seeds_assistant.settings.model_copy(update={"passages": 2})
    return Assistant(seeds_assistant.store, seeds_assistant.parts, few)


@pytest.mark.timeout(600)  # each example runs the models, on a busy machine in half a second
@settings(max_examples=250, deadline=None)
@example(question=ODD[3], history=[ODD[4]])
@example(question="And Norway?", history=ODD)
@given(question=QUESTIONS, history=st.lists(QUESTIONS, max_size=2))
def test_no_question_is_so_odd_that_it_is_not_answered_verbatim_or_declined(brisk, question, history):
    answer = brisk.ask(question, history=history)
    check(brisk, answer)
    assert answer.question == question
    answer.interpretation.encode()  # it can be shown and sent


@pytest.mark.parametrize("question", ODD, ids=range(len(ODD)))
def test_each_odd_question_is_answered_verbatim_or_declined(seeds_assistant, question):
    check(seeds_assistant, seeds_assistant.ask(question))


def test_a_long_question_is_cut_where_the_settings_say(seeds_assistant):
    answer = seeds_assistant.ask("Patriot " * 1_000)
    assert len(answer.interpretation) == seeds_assistant.settings.max_question_chars


def test_search_gives_the_best_passages_and_wants_at_least_one(seeds_assistant):
    hits = seeds_assistant.search("Patriot", k=2)
    assert len(hits) == 2
    assert all("Patriot" in hit.chunk.text for hit in hits)
    with pytest.raises(BadInput, match="k = 0"):
        seeds_assistant.search("Patriot", k=0)


def test_a_follow_up_is_understood_in_the_light_of_the_question_before(seeds_assistant):
    chat = seeds_assistant.conversation()
    first = chat.ask("How much will Ukraine spend on US weapons?")
    assert first.interpretation == first.question
    follow_up = chat.ask("And the drone deal?")
    assert follow_up.question == "And the drone deal?"
    assert follow_up.interpretation.startswith("How much the drone deal?")
    assert chat.history == ("How much will Ukraine spend on US weapons?", "And the drone deal?")
    assert any("50 milliards" in hit.chunk.text for hit in follow_up.hits)
    check(seeds_assistant, follow_up)


def test_two_conversations_do_not_hear_each_other(seeds_assistant):
    one, other = seeds_assistant.conversation(), seeds_assistant.conversation()
    one.ask(HOW_MANY)
    assert other.ask("And the drone deal?").interpretation == "And the drone deal?"


def test_an_empty_question_is_not_remembered(seeds_assistant):
    chat = seeds_assistant.conversation()
    chat.ask(" ")
    assert chat.history == ()


def test_only_articles_that_pass_the_filter_are_read(seeds_assistant):
    elsewhere = Filter(article_ids=frozenset({NATO, STATUS}))
    answer = seeds_assistant.ask(HOW_MANY, where=elsewhere)
    check(seeds_assistant, answer)
    assert {hit.chunk.article_id for hit in answer.hits} <= {NATO, STATUS}
    assert not answer.answered or {citation.article_id for citation in cited(answer)} <= {NATO, STATUS}


@pytest.mark.parametrize(
    "where", [Filter(languages=frozenset({"en"})), Filter(article_ids=frozenset()), Filter(since="2025-01-01")]
)
def test_where_no_article_passes_the_filter_nothing_is_found(seeds_assistant, where):
    answer = seeds_assistant.ask(HOW_MANY, where=where)
    assert (answer.answered, answer.hits, answer.reason) == (False, (), Abstention.NOTHING_ON_TOPIC)
    assert seeds_assistant.search(HOW_MANY, where=where) == []


def test_the_articles_language_passes_its_filter(seeds_assistant):
    answer = seeds_assistant.ask(HOW_MANY, where=Filter(languages=frozenset({"fr"})))
    assert answer.text == seeds_assistant.ask(HOW_MANY).text


def test_boilerplate_is_never_found(seeds_assistant):
    notice = "Gate ne garantit ni l'exactitude ni la validité de ces contenus"
    assert notice in seeds_assistant.article(NATO).text, "the article itself is whole"
    for query in (notice, "Voir l'original", "contenu de tiers à des fins d'information uniquement"):
        texts = [hit.chunk.text for hit in seeds_assistant.search(query, k=50)]
        assert not [text for text in texts if "Gate ne garantit" in text or "Voir l'original" in text]


def test_an_article_whose_title_stands_at_its_middle_is_known_by_it(seeds_assistant):
    title = "Le chef de l'OTAN Jens Stoltenberg et Zelensky renforcent le partenariat de défense des États-Unis"
    [found] = [entry.title for entry in seeds_assistant.articles() if entry.id == NATO]
    assert found.startswith(title)
    assert seeds_assistant.search(title, k=1)[0].chunk.article_id == NATO


def test_every_article_is_listed_with_its_title_language_and_passages(seeds_assistant):
    entries = seeds_assistant.articles()
    assert [entry.id for entry in entries] == [DRONES, PATRIOT, NATO, VISIT, STATUS]
    assert {entry.language for entry in entries} == {"fr"}
    assert all(entry.title and entry.passages for entry in entries)
    assert sum(entry.passages for entry in entries) == len(seeds_assistant.store) == seeds_assistant.report.passages


def test_the_required_confidence_can_be_set(seeds_assistant, seeds_store):
    def asked(confidence: float) -> Answer:
        choice = Settings(_env_file=None, store=str(seeds_store), min_confidence=confidence)
        return Assistant(seeds_assistant.store, seeds_assistant.parts, choice).ask(HOW_MANY)

    assert asked(0.0).answered
    assert not asked(1.0).answered


def test_an_index_can_be_opened_where_it_was_built_and_answers_the_same(seeds_assistant, seeds_store):
    opened = Assistant.open(settings=Settings(_env_file=None, store=str(seeds_store)))
    assert opened.report is None
    assert opened.ask(HOW_MANY) == seeds_assistant.ask(HOW_MANY)
    opened.close()


def test_a_missing_index_is_told_with_the_command_that_builds_it(tmp_path):
    with pytest.raises(IndexMissing, match=r"no index in .*nowhere; build one: qa index PATH --store .*nowhere$"):
        Assistant.open(str(tmp_path / "nowhere"))


def test_a_string_of_sources_is_refused_with_the_list_to_give(tmp_path):
    with pytest.raises(BadInput, match=r"Assistant\.build\(\['seeds'\]\)"):
        Assistant.build("seeds", store=str(tmp_path / "store"))
    assert not (tmp_path / "store").exists()


class Desk:
    """A folder of two short articles and the index of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.news = root / "news"
        self.news.mkdir()
        self.settings = Settings(_env_file=None, store=str(root / "store"))
        self.opened: list[Assistant] = []
        self.write("grain.txt", "Le blé\nLa Roumanie a récolté douze millions de tonnes de blé cet été.")
        self.write("ferry.txt", "Le ferry\nLe ferry entre Tallinn et Helsinki transporte neuf cents passagers.")

    def write(self, name: str, text: str) -> None:
        (self.news / name).write_text(text, encoding="utf-8")

    def build(self, *, chunk_size: int = 600, rebuild: bool = False) -> Assistant:
        chosen = self.settings.model_copy(update={"chunk_size": chunk_size})
        self.opened.append(Assistant.build([str(self.news)], settings=chosen, rebuild=rebuild))
        return self.opened[-1]


@pytest.fixture
def desk(tmp_path: Path, seeds_assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    # Loading the shipped models again and again would take most of the time.
    monkeypatch.setattr("qa.assistant.load_parts", lambda chosen: seeds_assistant.parts)
    made = Desk(tmp_path)
    yield made
    for assistant in made.opened:
        assistant.close()


def test_what_is_unchanged_is_not_embedded_again(desk):
    assert desk.build().report.passages == 2
    again = desk.build().report
    assert (again.passages, again.unchanged) == (0, ("ferry.txt", "grain.txt"))


def test_a_changed_article_answers_with_its_new_words(desk):
    question = "How many tonnes of wheat did Romania harvest?"
    before = desk.build().ask(question)
    desk.write("grain.txt", "Le blé\nLa Roumanie a récolté treize millions de tonnes de blé cet été.")
    assistant = desk.build()
    assert (assistant.report.changed, assistant.report.passages) == (("grain.txt",), 1)
    after = assistant.ask(question)
    check(assistant, after)
    assert "douze" in before.hits[0].chunk.text
    assert "treize" in after.hits[0].chunk.text
    assert not [hit for hit in after.hits if "douze" in hit.chunk.text]


def test_a_removed_article_is_found_no_more(desk):
    desk.build()
    (desk.news / "ferry.txt").unlink()
    assistant = desk.build()
    assert assistant.report.removed == ("ferry.txt",)
    assert {hit.chunk.article_id for hit in assistant.search("ferry Tallinn Helsinki passagers")} == {"grain.txt"}


def test_an_assistant_that_is_open_follows_a_change(desk):
    reading = desk.build()
    desk.write("salt.txt", "Le sel\nLa mine de Wieliczka a rouvert ses galeries de sel.")
    desk.build()
    assert reading.search("mine de sel de Wieliczka", k=1)[0].chunk.article_id == "salt.txt"


def test_a_copy_under_another_name_is_one_witness(desk):
    shutil.copy(SEEDS / PATRIOT, desk.news / "original.txt")
    shutil.copy(SEEDS / PATRIOT, desk.news / "repeated.txt")
    assistant = desk.build()
    assert assistant.report.copies == (("repeated.txt", "original.txt"),)
    answer = assistant.ask(HOW_MANY)
    check(assistant, answer)
    assert answer.answered
    heard = {citation.article_id for citation in cited(answer)} & {"original.txt", "repeated.txt"}
    assert len(heard) == 1
    pairs = [{hit.chunk.article_id, *hit.copies} for hit in answer.hits if "Patriot" in hit.chunk.text]
    assert {"original.txt", "repeated.txt"} in pairs


def test_other_passages_are_refused_with_the_remedy_and_a_rebuild_mends_it(desk):
    desk.build()
    with pytest.raises(IndexMismatch, match=r"chunk_size 600 instead of 300; .* --rebuild"):
        desk.build(chunk_size=300)
    rebuilt = desk.build(chunk_size=300, rebuild=True)
    assert rebuilt.report.added == ("ferry.txt", "grain.txt")
    assert rebuilt.store.manifest.chunk_size == 300
    assert desk.build(chunk_size=300).report.unchanged == ("ferry.txt", "grain.txt")


def test_a_rebuild_from_nothing_usable_leaves_the_old_index_alone(desk):
    desk.build()
    with pytest.raises(BadInput):
        Assistant.build([str(desk.root / "nowhere")], settings=desk.settings, rebuild=True)
    assert desk.build().report.unchanged == ("ferry.txt", "grain.txt")


def test_the_questions_leave_the_index_as_it_is(seeds_assistant, seeds_store):
    def content() -> dict[str, bytes]:
        kept = (path for path in seeds_store.iterdir() if not path.name.endswith(("-wal", "-shm")))
        return {path.name: path.read_bytes() for path in kept}

    before = content()
    seeds_assistant.ask(HOW_MANY)
    assert content() == before
