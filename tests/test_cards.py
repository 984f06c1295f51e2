"""The models' cards, and ``qa models``: what is listed, where it comes from, and which cards are refused."""

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from qa import cards, cli
from qa.cards import MODELS, SEE_ITS_CARD, Figure, models_in_use, read_card
from qa.errors import ModelUnavailable
from qa.printing import print_models
from qa.settings import Settings

ROOT = MODELS.parent.parent
PARTS = ["embedder", "reader", "alignment reader", "lexicon"]
FOLDERS = ["embedder", "reader", "alignment-reader", "lexicon"]
DEFAULTS = Settings(_env_file=None)
HEAD = "name: small\nrole: reads\nlicense: mit\nlanguage: [en, fr]\n"
MEASURED = HEAD + (
    "figures:\n"
    "  recall@5: {value: 0.5, command: make bench}\n"
    "  '[fr] exact match': {value: 41 %, command: 'qa eval [set]'}\n"
)
EMPTY = HEAD + "figures: {}\n"


def write_card(folder: Path, front_matter: str) -> Path:
    """Write a card; returns its folder, which is made if need be."""
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text(f"---\n{front_matter}---\n\n# A model\n", encoding="utf-8")
    return folder


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A folder of four models: a card each, the embedder's with figures, and 1,500,000 bytes of embedder's weights."""
    for name in FOLDERS:
        write_card(tmp_path / name, MEASURED if name == "embedder" else EMPTY)
    (tmp_path / "embedder" / "deeper").mkdir()
    (tmp_path / "embedder" / "deeper" / "weights").write_bytes(bytes(1_500_000))
    return tmp_path


def shown(models: list[cards.Model], *, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, soft_wrap=True)
    print_models(models, console)
    return console.file.getvalue()


def test_every_part_has_a_shipped_model_and_every_shipped_model_a_part():
    listed = models_in_use(DEFAULTS)
    assert [model.part for model in listed] == PARTS
    assert {Path(model.source) for model in listed} == {path for path in MODELS.iterdir() if path.is_dir()}


def test_every_shipped_card_says_name_role_licence_and_languages():
    for model in models_in_use(DEFAULTS):
        assert all((model.name, model.role, model.license))
        assert model.language == ("en", "fr")


@pytest.mark.parametrize("name", FOLDERS)
def test_every_shipped_card_tells_its_data_how_it_was_made_how_to_use_it_and_its_limits(name):
    text = (MODELS / name / "README.md").read_text(encoding="utf-8").lower()
    assert all(re.search(rf"^(## |- \*\*){topic}", text, re.MULTILINE) for topic in ("data", "limits"))
    assert re.search(r"python -m training\.\w+ ", text)
    assert re.search(r"how to use it|used for|it depends\s+on", text)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_module_that_a_shipped_card_tells_to_run_exists(name):
    told = re.findall(r"python -m ([\w.]+)", (MODELS / name / "README.md").read_text(encoding="utf-8"))
    assert told
    assert [module for module in told if not (ROOT / f"{module.replace('.', '/')}.py").is_file()] == []


def test_the_size_is_that_of_all_files_of_the_folder(shipped):
    card = (shipped / "embedder" / "README.md").stat().st_size
    [embedder, *_] = models_in_use(DEFAULTS, shipped=shipped)
    assert embedder.size_mb == round((1_500_000 + card) / 1e6, 3)


def test_figures_come_from_the_card_in_its_order_with_their_commands(shipped):
    embedder, reader, *_ = models_in_use(DEFAULTS, shipped=shipped)
    assert embedder.figures == (
        Figure("recall@5", 0.5, "make bench"),
        Figure("[fr] exact match", "41 %", "qa eval [set]"),
    )
    assert reader.figures == ()


def test_keys_that_only_others_use_are_passed_over(tmp_path):
    assert read_card(write_card(tmp_path, f"{EMPTY}base_model: some/other\ntags: [news]\n")).name == "small"


@pytest.mark.parametrize("part", ["embedder", "reader"])
def test_another_model_of_the_hub_is_listed_in_place_of_ours(part):
    settings = Settings(_env_file=None, **{part: "someone/some-model"})
    model = models_in_use(settings)[PARTS.index(part)]
    assert (model.part, model.name) == (part, "someone/some-model")
    assert (model.kind, model.source, model.size_mb) == ("hub", "someone/some-model", None)
    assert (model.license, model.figures) == (SEE_ITS_CARD, ())


@pytest.mark.parametrize("part", ["embedder", "reader"])
def test_a_folder_of_ones_own_is_listed_with_its_size_and_needs_no_card(tmp_path, part):
    (tmp_path / "weights").write_bytes(bytes(2_000_000))
    settings = Settings(_env_file=None, **{part: str(tmp_path)})
    model = models_in_use(settings)[PARTS.index(part)]
    assert (model.kind, model.source, model.size_mb) == ("folder", str(tmp_path), 2.0)
    assert model.license == SEE_ITS_CARD


@pytest.mark.parametrize("part", ["embedder", "reader"])
def test_a_folder_that_is_not_there_is_refused_with_the_setting(part):
    with pytest.raises(ModelUnavailable, match=rf"^no {part} folder \./nowhere, .* set QA_{part.upper()} to a folder"):
        models_in_use(Settings(_env_file=None, **{part: "./nowhere"}))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"# A model\n", "it has no YAML front matter"),
        (b"", "it has no YAML front matter"),
        (b"---\n\n---\n", "it has no YAML front matter"),
        (b"---\nname: [small\n---\n", "expected ',' or ']'"),
        (b"---\n- name\n---\n", "should be a dict"),
        (b"---\nname: \xff\n---\n", "invalid start byte"),
        (b"---\nname: small\n---\n", "role: Field required"),
        (f"---\n{HEAD}---\n".encode(), "figures: Field required"),
        (f"---\n{EMPTY.replace('small', '5')}---\n".encode(), "name: Input should be a valid string"),
        (f"---\n{EMPTY.replace('small', '')}---\n".encode(), "name: Input should be a valid string"),
        (f"---\n{EMPTY.replace('[en, fr]', 'en')}---\n".encode(), "language: Input should be a valid tuple"),
        (f"---\n{HEAD}figures: {{F1: 0.5}}\n---\n".encode(), "figures.F1: Input should be a valid dictionary"),
        (f"---\n{HEAD}figures: {{F1: {{value: 0.5}}}}\n---\n".encode(), "figures.F1.command: Field required"),
    ],
)
def test_a_damaged_card_is_refused_with_its_place_what_is_wrong_and_the_remedy(tmp_path, content, reason):
    path = tmp_path / "README.md"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable) as refused:
        read_card(tmp_path)
    message = str(refused.value)
    assert message.startswith(f"cannot read the model card {path}: ")
    assert reason in message
    assert message.endswith("; reinstall qa")
    assert "\n" not in message


def test_a_missing_card_is_refused(shipped):
    (shipped / "lexicon" / "README.md").unlink()
    with pytest.raises(ModelUnavailable, match=r"^cannot read the model card .*lexicon.README\.md: .*; reinstall qa$"):
        models_in_use(DEFAULTS, shipped=shipped)


def test_a_person_sees_each_model_with_its_figures_and_their_commands(shipped):
    table = shown(models_in_use(DEFAULTS, shipped=shipped), width=200)
    assert all(part in table for part in PARTS)
    assert "1.50 MB" in table
    assert "recall@5 0.5 (make bench)" in table
    assert "[fr] exact match 41 % (qa eval [set])" in table  # brackets are no markup
    assert table.count("not measured here") == 3


def test_a_narrow_terminal_cuts_nothing_off():
    models = models_in_use(Settings(_env_file=None, embedder="someone/" + 60 * "x"))
    table = shown(models, width=40)
    assert max(map(len, table.splitlines())) <= 40
    assert table.count("x") >= 2 * 60
    assert "…" not in table


def test_the_command_lists_the_models_as_json_or_as_a_table(monkeypatch, capsys):
    monkeypatch.setenv("QA_READER", "someone/some-reader")
    assert run(monkeypatch, "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    # Another reader is heard alone.
    assert [model["part"] for model in listed] == [part for part in PARTS if part != "alignment reader"]
    assert (listed[1]["source"], listed[1]["license"]) == ("someone/some-reader", SEE_ITS_CARD)
    assert list(listed[0]) == [
        "part", "name", "role", "kind", "source", "license", "language", "size_mb", "figures",
    ]  # fmt: skip
    assert run(monkeypatch) == 0
    assert "someone/some-reader" in capsys.readouterr().out


def test_the_command_ends_with_2_and_one_line_when_a_model_is_not_there(monkeypatch, capsys):
    monkeypatch.setenv("QA_EMBEDDER", "./nowhere")
    assert run(monkeypatch) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    [line] = printed.err.splitlines()
    assert line.startswith("qa: no embedder folder ./nowhere, ")


def run(monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    """Run ``qa models``; returns its exit status."""
    monkeypatch.setattr("sys.argv", ["qa", "models", *options])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)
