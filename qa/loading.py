"""Loads a model from a folder or, by name, from the hub; whatever goes wrong becomes one clear error."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Protocol, TypeVar

from qa.errors import ModelUnavailable

Model_co = TypeVar("Model_co", covariant=True)


class Load(Protocol[Model_co]):
    """Loads a model; where it is ``local`` nothing may be fetched."""

    def __call__(self, source: str, *, local: bool) -> Model_co: ...


def load_model(source: str, *, setting: str | None, load: Load[Model_co]) -> Model_co:
    """Load the folder ``source``, or else the model of the hub of that name, which ``setting`` named.

    No ``setting`` named a model that is shipped. Only a hub name reaches for the network. Raises ``ModelUnavailable``.
    """
    folder = Path(source).expanduser()
    local = folder.is_dir()
    if not local and setting is None:
        raise ModelUnavailable(f"no model in {source}, where one comes with the package; reinstall qa")
    if not local and (source.startswith((".", "/", "~")) or source.count("/") > 1):
        raise ModelUnavailable(f"no model folder {source}; set {setting} to a folder or a hub name")
    _quiet()
    try:
        return load(str(folder) if local else source, local=local)
    except Exception as error:  # a damaged model raises whatever its loader stumbles on
        where = "folder" if local else "hub model"
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        remedy = _remedy(setting, local=local)
        raise ModelUnavailable(f"cannot load the {where} {source}: {reason}; {remedy}") from error


def _remedy(setting: str | None, *, local: bool) -> str:
    if setting is None:
        return "reinstall qa"
    return "check the folder" if local else f"check the name and the network, or set {setting} to a local folder"


def _quiet() -> None:
    """These announce themselves on stderr at import and loading."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
