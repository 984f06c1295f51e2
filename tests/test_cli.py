"""What the commands print, where they print it, and the exit status with which they end."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import SEEDS

from qa import cli
from qa.evaluation.run import METRICS

ROOT = SEEDS.parent
PATRIOT = "001_77f543e1e514cc2d.txt"
HOW_MANY = "how many Patriot systems were requested?"
SENTENCE = (
    "Cette démarche représente une avancée majeure dans la stratégie de défense de l’Ukraine, qui cherche à obtenir "
    "des systèmes modernes de défense anti-aérienne, notamment au moins 10 systèmes Patriot américain, ainsi que "
    "d’autres équipements essentiels pour protéger la population et les infrastructures clés."
)
ARTICLE = "Le blé\nLa Roumanie a récolté douze millions de tonnes de blé cet été."


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on standard error of a command that was not done."""
        assert (self.status, self.out) == (2, "")
        [line] = self.err.strip().splitlines()
        assert line.startswith("qa: ")
        return line


Run = Callable[..., Ran]


def started(*arguments: object, **environment: str) -> Ran:
    """Run ``python -m qa`` as a person does, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "qa", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the same in this process, which has all the libraries loaded."""

    def run_here(*arguments: object) -> Ran:
        monkeypatch.setattr("sys.argv", ["qa", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return Ran(int(ended.value.code or 0), printed.out, printed.err)

    return run_here


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """A folder with one short article; the index of it goes to ``store`` beside it."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "grain.txt").write_text(ARTICLE, encoding="utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_a_question_is_answered_with_the_words_the_quote_and_the_file(seeds_store):
    ran = started("ask", HOW_MANY, "--store", seeds_store)
    assert (ran.status, ran.err) == (0, "")
    answer, _, quote, place = ran.out.splitlines()[:4]
    assert "10" in answer
    assert "Confidence that this answers: " in ran.out
    assert quote == f"[1] {SENTENCE}"
    assert PATRIOT in place


def test_a_terminal_without_the_letters_of_an_article_gets_the_rest(seeds_store):
    ran = started("search", "Patriot", "-k", 1, "--store", seeds_store, PYTHONIOENCODING="ascii")
    assert (ran.status, ran.err) == (0, "")
    assert "Patriot" in ran.out


def test_a_missing_index_is_one_line_with_the_command_that_builds_it(store):
    ran = started("ask", HOW_MANY, "--store", store)
    assert ran.complaint == f"qa: no index in {store}; build one: qa index PATH --store {store}"


def test_a_skipped_file_is_told_with_its_reason_and_the_rest_is_indexed(news, store):
    (news / "photo.txt").write_bytes(b"\x00\x01\x02")
    ran = started("index", news, "--store", store)
    assert ran.status == 1
    assert f"skipped: {news / 'photo.txt'}: not text (binary data)" in ran.err.splitlines()
    assert f"1 articles, 1 passages in {store} (1 added, 0 changed, 0 removed, 0 unchanged, 1 skipped;" in ran.out
    assert "Traceback" not in ran.err


def test_an_answer_as_json_has_the_public_fields_and_nothing_else(run, seeds_assistant, seeds_store):
    ran = run("ask", HOW_MANY, "--store", seeds_store, "--json")
    assert (ran.status, ran.err) == (0, "")
    given = json.loads(ran.out)
    assert list(given) == ["answered", "text", "confidence", "citations", "alternatives", "hits"]
    assert given == json.loads(json.dumps(seeds_assistant.ask(HOW_MANY).to_dict()))
    assert given["citations"][0]["quote"] == SENTENCE


def test_an_abstention_is_no_failure_and_shows_the_nearest_passages(run, seeds_store):
    ran = run("ask", "Quelle est la capitale du Pérou ?", "--store", seeds_store)
    assert ran.status == 0
    assert ran.out.startswith("Les articles ne le disent pas")
    assert "Nearest passages (not an answer):" in ran.out


def test_a_follow_up_tells_how_it_was_understood(run, seeds_store):
    ran = run("ask", "And for drones?", "--history", "How much will Ukraine pay?", "--store", seeds_store)
    assert ran.out.startswith("understood as: How much drones?")


def test_an_answer_can_be_sought_in_one_article_only(run, seeds_store):
    ran = run("ask", HOW_MANY, "--article", PATRIOT, "--lang", "fr", "--store", seeds_store, "--json")
    assert {hit["chunk"]["article_id"] for hit in json.loads(ran.out)["hits"]} == {PATRIOT}


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--since", "5/11/2025", "since = '5/11/2025' is not a day; write it as YYYY-MM-DD"),
        ("--until", "2025-02-30", "until = '2025-02-30' is not a day"),
        ("--article", "nowhere.txt", "there is no article 'nowhere.txt' in the index"),
    ],
)
def test_an_unusable_filter_is_refused_by_name(run, seeds_store, command, option, value, complaint):
    assert complaint in run(command, "Patriot", option, value, "--store", seeds_store).complaint


def test_a_search_lists_passages_with_their_places_best_first(run, seeds_store):
    ran = run("search", "Patriot", "-k", 2, "--store", seeds_store)
    firsts = [line for line in ran.out.splitlines() if line[:3] in ("1. ", "2. ", "3. ")]
    assert len(firsts) == 2
    assert all(", characters " in line and ".txt" in line for line in firsts)
    assert "10 systèmes Patriot" in ran.out


def test_a_search_as_json_lists_whole_hits(run, seeds_store, seeds_assistant):
    hits = json.loads(run("search", "Patriot", "-k", 3, "--store", seeds_store, "--json").out)
    assert [set(hit) for hit in hits] == [{"chunk", "score", "copies"}] * 3
    for hit in hits:
        chunk = hit["chunk"]
        text = seeds_assistant.article(chunk["article_id"]).text
        assert chunk["text"] == text[chunk["start"] : chunk["end"]]


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--lang", "de"], "No passage passes the filter.\n"), ([], "No passage found.\n"), (["--json"], "[]\n")],
)
def test_a_search_that_finds_nothing_says_so(run, seeds_store, options, told):
    query = "Patriot" if "--lang" in options else " "
    assert run("search", query, *options, "--store", seeds_store) == Ran(0, told, "")


@pytest.mark.parametrize("arguments", [["nosuch"], ["ask"], ["search", "Patriot", "-k", "0"], ["ask", "Who?", "--no"]])
def test_a_command_that_is_not_understood_ends_with_2_and_points_to_the_help(run, arguments):
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "-h" in ran.err


def test_every_command_explains_itself(run):
    assert run("-h").status == 0
    for command in ("index", "search", "ask", "chat", "serve", "eval", "info"):
        assert run(command, "--help").status == 0


def test_the_help_tells_the_default_of_an_option(run):
    assert "(default: vectorstore)" in run("ask", "--help").out


def test_an_index_is_brought_up_to_date_and_reports_as_json(run, news, store):
    first = json.loads(run("index", news, "--store", store, "--json").out)
    assert (first["added"], first["passages"], first["skipped"]) == (["grain.txt"], 1, [])
    second = json.loads(run("index", news, "--store", store, "--json").out)
    assert (second["added"], second["unchanged"], second["passages"]) == ([], ["grain.txt"], 0)


def test_a_copy_is_told(run, news, store):
    (news / "wheat.txt").write_text(ARTICLE, encoding="utf-8")
    ran = run("index", news, "--store", store)
    assert ran.status == 0
    assert "copy: wheat.txt repeats grain.txt; they count as one witness" in ran.err


def test_square_brackets_in_articles_names_and_questions_are_printed_as_they_are(run, news, store):
    (news / "[red]odd.txt").write_text("Un titre [bold]\nLe [b]Danube[/b] gèle [/] en hiver.", encoding="utf-8")
    assert run("index", news, "--store", store).status == 0
    found = run("search", "Danube", "-k", 1, "--store", store).out
    assert "Le [b]Danube[/b] gèle [/] en hiver." in found
    assert "[red]odd.txt" in found
    assert run("ask", "[/] Le Danube gèle-t-il [bold] ?", "--store", store).status == 0


def test_sources_that_are_not_there_are_refused(run, news, store):
    missing = news / "missing"
    assert f"{missing} does not exist" in run("index", missing, "--store", store).complaint


def test_sources_that_are_not_there_leave_no_empty_index_to_be_asked(run, news, store):
    run("index", news / "missing", "--store", store)
    assert "no index in" in run("ask", HOW_MANY, "--store", store).complaint


def test_an_index_of_other_passages_is_refused_and_rebuilt_on_request(run, news, store, monkeypatch):
    run("index", news, "--store", store)
    monkeypatch.setenv("QA_CHUNK_SIZE", "300")
    complaint = run("index", news, "--store", store).complaint
    assert "chunk_size 600 instead of 300" in complaint
    assert f"qa index PATH --store {store} --rebuild" in complaint
    assert run("index", news, "--store", store, "--rebuild").status == 0
    assert json.loads(run("info", "--store", store, "--json").out)["made with"]["chunk_size"] == 300


def test_a_wrong_setting_is_refused_by_name(run, seeds_store, monkeypatch):
    monkeypatch.setenv("QA_PASSAGES", "many")
    complaint = run("info", "--store", seeds_store).complaint
    assert complaint.startswith("qa: passages = 'many': ")
    assert complaint.endswith("set it by passages= or QA_PASSAGES")


def test_info_tells_what_the_index_holds_and_was_made_with(run, seeds_store, seeds_assistant):
    facts = json.loads(run("info", "--store", seeds_store, "--json").out)
    assert (facts["articles"], facts["languages"]) == (5, {"fr": 5})
    assert facts["passages"] == len(seeds_assistant.store)
    assert facts["made with"]["embedder"] == seeds_assistant.parts.embedder.name
    shown = run("info", "--store", seeds_store)
    assert (shown.status, shown.err) == (0, "")
    assert "fr 5" in shown.out


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    lines = [
        {"id": "a", "question": HOW_MANY, "lang": "en", "answers": ["10"], "article_ids": [PATRIOT]},
        {"id": "b", "question": "How tall is the Eiffel Tower?", "lang": "en", "answers": [], "article_ids": []},
        {"id": "c", "question": "Combien de Patriot ?", "lang": "fr", "answers": ["[mille]"], "article_ids": [PATRIOT]},
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_an_evaluation_prints_a_table_and_writes_everything_as_json(run, seeds_store, questions, tmp_path):
    out = tmp_path / "scores.json"
    ran = run("eval", questions, "--store", seeds_store, "--out", out, "--failures", 3)
    assert ran.status == 0
    assert all(metric in ran.out for metric in METRICS)
    assert "[mille]" in ran.out
    assert f"written to {out}" in ran.out
    written = json.loads(out.read_text(encoding="utf-8"))
    assert [each["id"] for each in written["questions"]] == ["a", "b", "c"]
    assert written["scores"]["overall"]["questions"] == 3
    assert written["settings"]["store"] == str(seeds_store)


def test_an_evaluation_as_json_is_all_that_is_printed(run, seeds_store, questions, tmp_path):
    ran = run("eval", questions, "--store", seeds_store, "--out", tmp_path / "scores.json", "--json")
    assert json.loads(ran.out)["scores"]["by_language"].keys() == {"en", "fr"}


def test_an_evaluation_is_written_where_no_folder_was_yet(run, seeds_store, questions, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("eval", questions, "--store", seeds_store).status == 0
    assert (tmp_path / "eval-results" / "eval.json").is_file()


@pytest.mark.parametrize(("floor", "status"), [(1.0, 1), (0.0, 0)])
def test_a_floor_that_is_not_reached_ends_with_1(run, seeds_store, questions, tmp_path, floor, status):
    floors = tmp_path / "floors.json"
    floors.write_text(json.dumps({"answer_accuracy": floor}), encoding="utf-8")
    ran = run("eval", questions, "--store", seeds_store, "--out", tmp_path / "scores.json", "--floors", floors)
    assert ran.status == status
    assert ("below its floor of 1" in ran.err) == bool(status)


def test_a_missing_question_set_is_refused_before_anything_is_asked(run, tmp_path):
    complaint = run("eval", tmp_path / "none.jsonl", "--store", tmp_path / "none").complaint
    assert "cannot read the questions" in complaint


@pytest.mark.parametrize("command", ["chat", "serve"])
def test_a_chat_without_an_index_is_refused(run, store, command):
    assert f"qa: no index in {store}" in run(command, "--store", store, "--port", 0).complaint
