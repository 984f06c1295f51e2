"""Reads the models' cards and lists the models in use: what each does, its licence, its size, what was measured.

A card is the ``README.md`` of a model's folder. Its YAML front matter holds what is listed here: ``name``, ``role`` (a
few words on what it does), ``license``, ``language`` (a list) and ``figures`` (``{label: {value, command}}``, may be
empty). Knows nothing of the weights beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field, ValidationError

from qa.errors import ModelUnavailable
from qa.settings import DEFAULT, Settings

Part = Literal["embedder", "reader", "alignment reader", "lexicon"]

CARD = "README.md"
MODELS = Path(__file__).parent / "models"
SEE_ITS_CARD = "see its card"  # the licence of a model that is not ours
_ROLES: dict[Part, str] = {
    "embedder": "turns questions and passages into vectors",
    "reader": "picks the words of a passage that answer",
}
_Filled = Annotated[str, Field(min_length=1)]


class Measured(BaseModel, frozen=True):
    """A figure as a card has it, under its label, with the command that measures it."""

    value: int | float | str
    command: _Filled


class Card(BaseModel, frozen=True):
    """A card's front matter; keys that others use (``base_model``, ``pipeline_tag``) are passed over."""

    name: _Filled
    role: _Filled
    license: _Filled
    language: tuple[_Filled, ...]
    figures: dict[_Filled, Measured]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, and the command that measures it again."""

    label: str
    value: int | float | str
    command: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model in use. ``size_mb`` (10^6 bytes) counts all files of its folder; None for a model of the hub."""

    part: Part
    name: str
    role: str
    kind: Literal["folder", "hub"]
    source: str  # the folder, or the name on the hub
    license: str
    language: tuple[str, ...]
    size_mb: float | None
    figures: tuple[Figure, ...]


def models_in_use(settings: Settings, *, shipped: Path = MODELS) -> list[Model]:
    """The models that the settings name, and those of the folder ``shipped`` for the rest.

    Loads no weights. Raises ``ModelUnavailable`` where a shipped model's card, or a folder that is named, is missing.
    """
    chosen = {"embedder": settings.embedder, "reader": settings.reader}
    parts: tuple[Part, ...] = get_args(Part)
    if settings.reader != DEFAULT:  # another reader is heard alone
        parts = tuple(part for part in parts if part != "alignment reader")
    return [
        _shipped(part, shipped / part.replace(" ", "-"))
        if chosen.get(part, DEFAULT) == DEFAULT
        else _chosen(part, chosen[part])
        for part in parts
    ]


def read_card(folder: Path) -> Card:
    """Read the front matter of a folder's card. Raises ``ModelUnavailable`` where it is missing or damaged."""
    from huggingface_hub import metadata_load
    from yaml import YAMLError  # type: ignore[import-untyped]

    path = folder / CARD
    try:
        front_matter = metadata_load(path)
        if not front_matter:
            raise ValueError("it has no YAML front matter")
        return Card.model_validate(front_matter)
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (OSError, ValueError, YAMLError) as error:
        reason = " ".join(str(error).split())  # the parser's takes several lines
    raise ModelUnavailable(f"cannot read the model card {path}: {reason}; reinstall qa")


def _shipped(part: Part, folder: Path) -> Model:
    card = read_card(folder)
    figures = tuple(Figure(label, each.value, each.command) for label, each in card.figures.items())
    return Model(
        part, card.name, card.role, "folder", str(folder), card.license, card.language, _size_mb(folder), figures
    )


def _chosen(part: Part, name: str) -> Model:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # public, yet not marked so

    folder = Path(name).expanduser()
    if folder.is_dir():
        return Model(part, name, _ROLES[part], "folder", str(folder), SEE_ITS_CARD, (), _size_mb(folder), ())
    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise ModelUnavailable(
            f"no {part} folder {name}, and no model of the hub can have this name; "
            f"set QA_{part.upper()} to a folder or a hub name"
        ) from error
    return Model(part, name, _ROLES[part], "hub", name, SEE_ITS_CARD, (), None, ())


def _size_mb(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 3)
