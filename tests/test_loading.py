"""What is loaded by which name, and how a user is told of what could not be: by loaders that read a file or fail."""

import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ModelUnavailable
from qa.loading import load_model


def told(source: str, *, local: bool) -> tuple[str, bool]:
    """The simplest model: what its loader was told."""
    return source, local


def words_of(source: str, *, local: bool) -> list[str]:
    return (Path(source) / "words.txt").read_text(encoding="utf-8").split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "words.txt").write_text("dix drones", encoding="utf-8")
    return tmp_path / "model"


def test_a_model_is_what_its_loader_makes_of_the_folder(folder):
    assert load_model(str(folder), setting="QA_X", load=words_of) == ["dix", "drones"]


def test_a_folder_is_local_and_a_name_is_the_hub_s(folder):
    assert load_model(str(folder), setting="QA_X", load=told) == (str(folder), True)
    assert load_model("nobody/nothing", setting="QA_X", load=told) == ("nobody/nothing", False)
    assert load_model("nothing", setting="QA_X", load=told) == ("nothing", False)


def test_a_folder_goes_before_the_model_of_the_hub_of_that_name(folder, monkeypatch):
    monkeypatch.chdir(folder.parent.parent)
    name = f"{folder.parent.name}/model"
    assert load_model(name, setting="QA_X", load=told) == (str(Path(name)), True)


def test_a_tilde_is_the_user_s_own_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    assert load_model("~/model", setting="QA_X", load=told) == (str(folder), True)


@pytest.mark.parametrize("source", ["./nowhere", "../nowhere", "/nowhere/model", "~/no/where", "a/b/c", __file__])
def test_what_can_be_no_hub_name_and_is_no_folder_is_told_with_the_setting(source):
    with pytest.raises(ModelUnavailable) as refused:
        load_model(source, setting="QA_X", load=told)
    assert str(refused.value) == f"no model folder {source}; set QA_X to a folder or a hub name"


def failing(error: BaseException):
    def load(source: str, *, local: bool) -> str:
        raise error

    return load


def test_a_failure_is_told_with_its_reason_and_the_remedy(folder):
    with pytest.raises(ModelUnavailable) as refused:
        load_model(str(folder), setting="QA_X", load=failing(KeyError("weight")))
    assert str(refused.value) == f"cannot load the folder {folder}: 'weight'; check the folder"
    with pytest.raises(ModelUnavailable) as refused:
        load_model("nobody/nothing", setting="QA_X", load=failing(OSError("offline")))
    assert str(refused.value) == (
        "cannot load the hub model nobody/nothing: offline; "
        "check the name and the network, or set QA_X to a local folder"
    )
    assert isinstance(refused.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError(), "ValueError"),
        (ValueError(" \n "), "ValueError"),
        (ValueError("\nfirst line\nsecond line"), "first line"),
        (ValueError("a" * 1000), "a" * 200),
    ],
)
def test_a_reason_is_one_short_line_or_else_the_kind_of_failure(folder, error, reason):
    with pytest.raises(ModelUnavailable) as refused:
        load_model(str(folder), setting="QA_X", load=failing(error))
    assert str(refused.value) == f"cannot load the folder {folder}: {reason}; check the folder"


@given(st.text())
def test_whatever_a_loader_stumbles_on_is_told_in_one_line(reason):
    with pytest.raises(ModelUnavailable) as refused:
        load_model("nobody/nothing", setting="QA_X", load=failing(RuntimeError(reason)))
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 400


def test_an_interrupt_is_no_failure(folder):
    with pytest.raises(KeyboardInterrupt):
        load_model(str(folder), setting="QA_X", load=failing(KeyboardInterrupt()))


def test_the_libraries_are_told_to_be_quiet_but_the_user_s_own_choice_stands(folder, monkeypatch):
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    load_model(str(folder), setting="QA_X", load=told)
    assert os.environ["TOKENIZERS_PARALLELISM"] == "false"
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")
    load_model(str(folder), setting="QA_X", load=told)
    assert os.environ["TOKENIZERS_PARALLELISM"] == "true"
    assert not logging.getLogger("sentence_transformers").isEnabledFor(logging.INFO)


def test_a_shipped_model_that_is_damaged_is_to_be_reinstalled(folder):
    with pytest.raises(ModelUnavailable, match=r"; reinstall qa$"):
        load_model(str(folder), setting=None, load=failing(OSError("no weights")))
