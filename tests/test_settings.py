"""Where the defaults come from, who overrides whom, and what a wrong value is told."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from qa.errors import BadInput
from qa.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No QA_ variable of this machine, no .env file of this folder."""
    for name in [name for name in os.environ if name.startswith("QA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_any_choice_the_defaults_hold():
    settings = load_settings()
    assert (settings.store, settings.embedder) == ("vectorstore", "default")
    assert (settings.chunk_size, settings.chunk_overlap, settings.passages) == (600, 120, 8)
    assert settings.min_confidence is None
    assert settings.host == "127.0.0.1", "the chat is not open to the network unless asked for"


def test_a_variable_of_the_environment_overrides_a_default(monkeypatch):
    monkeypatch.setenv("QA_CHUNK_SIZE", "800")
    assert load_settings().chunk_size == 800


def test_an_env_file_is_read_and_the_environment_overrides_it(monkeypatch):
    Path(".env").write_text("QA_PASSAGES=3\nQA_PORT=9000\nOTHER=1\n", encoding="utf-8")
    monkeypatch.setenv("QA_PORT", "9001")
    assert (load_settings().passages, load_settings().port) == (3, 9001)


def test_an_argument_overrides_the_environment_unless_it_is_none(monkeypatch):
    monkeypatch.setenv("QA_STORE", "from-environment")
    assert load_settings(store="given").store == "given"
    assert load_settings(store=None).store == "from-environment"


def test_a_path_will_do_for_a_store():
    assert load_settings(store=Path("some") / "folder").store == str(Path("some") / "folder")


def test_settings_cannot_be_changed_once_loaded():
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().passages = 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chunk_size", 99), ("chunk_size", "long"), ("chunk_overlap", -1), ("passages", 0), ("passages", 101),
        ("min_confidence", 1.5), ("min_confidence", float("nan")), ("max_file_mb", 0), ("port", 65_536), ("host", 3),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_name_the_value_and_the_variable(name, value):
    with pytest.raises(BadInput) as refused:
        load_settings(**{name: value})
    message = str(refused.value)
    assert message.startswith(f"{name} = {value!r}: ")
    assert message.endswith(f"set it by {name}= or QA_{name.upper()}")


def test_a_wrong_variable_is_told_in_one_line_too(monkeypatch):
    monkeypatch.setenv("QA_PORT", "high")
    with pytest.raises(BadInput, match=r"^port = 'high': .* QA_PORT$"):
        load_settings()


def test_passages_may_not_share_more_than_they_hold():
    with pytest.raises(
        BadInput, match=r"chunk_overlap = 300 must be smaller than chunk_size = 300; set QA_CHUNK_OVERLAP"
    ):
        load_settings(chunk_size=300, chunk_overlap=300)
    assert load_settings(chunk_size=300, chunk_overlap=299).chunk_overlap == 299


def test_every_setting_says_what_it_is():
    assert all(field.description for field in Settings.model_fields.values())
