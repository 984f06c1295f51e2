"""Every default, once. Each can be set by an environment variable (``QA_CHUNK_SIZE=800``) or a ``.env`` file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qa.errors import BadInput

DEFAULT = "default"  # names the models that come with the package


class Settings(BaseSettings):
    """The choices a user can make; a wrong value raises ``BadInput`` through :func:`load_settings`."""

    model_config = SettingsConfigDict(env_prefix="QA_", env_file=".env", extra="ignore", frozen=True)

    store: str = Field("vectorstore", description="folder of the index")
    embedder: str = Field(DEFAULT, description="'default', a folder, or a sentence-transformers name of the hub")
    reader: str = Field(DEFAULT, description="'default', a folder, or a question-answering model's name of the hub")
    chunk_size: int = Field(600, ge=100, le=10_000, description="passage length aimed at, in characters")
    chunk_overlap: int = Field(120, ge=0, description="what two neighbouring passages may share, in characters")
    passages: int = Field(8, ge=1, le=100, description="passages read for a question")
    min_confidence: float | None = Field(
        None,
        ge=0,
        le=1,
        description="answer if what is read does so with this probability; unset: the reader's own threshold",
    )
    max_file_mb: float = Field(20.0, gt=0, description="larger files are skipped, in MB (10^6 bytes)")
    max_question_chars: int = Field(2_000, ge=10, description="longer questions are cut here, in characters")
    host: str = Field("127.0.0.1", description="address the chat listens on")
    port: int = Field(7860, ge=0, le=65_535, description="port of the chat; 0 takes a free one")


def load_settings(**chosen: Any) -> Settings:
    """The environment's settings, overridden by the ``chosen`` ones that are not None.

    Raises ``BadInput`` naming the setting, its value and what is wrong with it.
    """
    given: dict[str, Any] = {
        name: str(value) if isinstance(value, Path) else value for name, value in chosen.items() if value is not None
    }
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        raise BadInput(
            f"{name} = {first.get('input')!r}: {first['msg']}; set it by {name}= or QA_{name.upper()}"
        ) from None
    if settings.chunk_overlap >= settings.chunk_size:
        raise BadInput(
            f"chunk_overlap = {settings.chunk_overlap} must be smaller than chunk_size = {settings.chunk_size}; "
            "set QA_CHUNK_OVERLAP or QA_CHUNK_SIZE"
        )
    return settings
