"""Shows an evaluation as a table, writes it as JSON and holds it against the floors that a release must keep."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa.errors import BadInput
from qa.evaluation.judging import Outcome
from qa.evaluation.run import METRICS, Evaluation, Scores

LOWER_IS_BETTER = frozenset({"aurc", "ece", "latency_p50_ms", "latency_p95_ms"})
_COUNTS = frozenset({"questions", "answerable", "answered"})

# The packages whose version can change an answer or its score.
_SCORING_PACKAGES = (
    "article-qa",
    "faiss-cpu",
    "ir-measures",
    "langchain-text-splitters",
    "sentence-transformers",
    "torch",
)


def render_table(evaluation: Evaluation, console: Console, *, failures: int = 0) -> None:
    """Print the scores, overall and by language, then at most ``failures`` of the questions that went wrong."""
    groups = {"overall": evaluation.overall, **evaluation.by_language}
    table = Table(caption=f"lower is better: {', '.join(sorted(LOWER_IS_BETTER))}", caption_justify="left")
    table.add_column("metric", no_wrap=True)
    for name in groups:
        table.add_column(Text(name), justify="right", no_wrap=True)
    values = [scores.to_dict() for scores in groups.values()]
    for metric in METRICS:
        table.add_row(metric, *(_shown(metric, each[metric]) for each in values))
    console.print(table)
    wrong = [outcome for outcome in evaluation.outcomes if not outcome.correct]
    if failures and wrong:
        console.print(_failures_table(wrong[:failures], of=len(wrong)))


def _shown(metric: str, value: float | None) -> str:
    if value is None:
        return "–"
    if metric in _COUNTS or metric.endswith("_ms"):
        return f"{value:.0f}"
    return f"{value:.3f}"


def _failures_table(outcomes: list[Outcome], *, of: int) -> Table:
    table = Table(title=f"{len(outcomes)} of {of} failures", title_justify="left")
    for heading in ("id", "question", "expected", "shown", "confidence", "ranks"):
        table.add_column(heading, justify="right" if heading == "confidence" else "left")
    for outcome in outcomes:
        # Text, not str: rich would read square brackets in an article's words as markup.
        table.add_row(
            Text(outcome.question.id),
            Text(" → ".join([*outcome.question.history, outcome.question.question])),
            Text(" | ".join(outcome.question.answers) or "(abstention)"),
            Text(outcome.text or "(abstention)"),
            f"{outcome.confidence:.2f}",
            ", ".join(map(str, outcome.ranks)) or "–",
        )
    return table


def installed_versions() -> dict[str, str]:
    """The versions of Python and of the packages that can change a score, as far as they are installed."""
    found = {"python": platform.python_version()}
    for package in _SCORING_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def write_json(
    evaluation: Evaluation,
    path: str | Path,
    *,
    settings: Mapping[str, Any] | None = None,
    versions: Mapping[str, str] | None = None,
) -> None:
    """Write scores and outcomes, with the ``settings`` and ``versions`` that gave them, as one JSON object.

    The file appears whole or not at all. ``versions`` are the installed ones unless given. Raises ``BadInput`` where
    the file cannot be written.
    """
    content = {
        "versions": dict(installed_versions() if versions is None else versions),
        "settings": dict(settings or {}),
        **evaluation.to_dict(),
    }
    # A lone surrogate, which JSON can carry into an article, has no UTF-8; its JSON escape does.
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str).encode("utf-8", "backslashreplace")
    place = Path(path)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _replace(place, text + b"\n")
    except OSError as error:
        raise BadInput(f"cannot write {place}: {error.strerror}; name a file in a writable folder") from None


def _replace(place: Path, content: bytes) -> None:
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def load_floors(path: str | Path) -> dict[str, float]:
    """The bounds of a JSON file such as ``{"recall@5": 0.9, "latency_p95_ms": 500}``.

    Raises ``BadInput`` if the file is not readable, not such an object, or names an unknown metric.
    """
    place = Path(path)
    try:
        floors = json.loads(place.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(f"cannot read the floors {place}: {error.strerror}; name a JSON file") from None
    except ValueError as error:
        raise BadInput(f'{place} is not JSON ({error}); write an object such as {{"recall@5": 0.9}}') from None
    if not isinstance(floors, dict):
        raise BadInput(f'{place} is not a JSON object; write one such as {{"recall@5": 0.9}}')
    for metric, bound in floors.items():
        if metric not in METRICS:
            raise BadInput(f"{place}: there is no metric {metric!r}; name one of {', '.join(METRICS)}")
        if isinstance(bound, bool) or not isinstance(bound, int | float) or not math.isfinite(bound):
            raise BadInput(f"{place}: the floor of {metric} is {bound!r}; give a number")
    return {metric: float(bound) for metric, bound in floors.items()}


def check_floors(scores: Scores, floors: Mapping[str, float]) -> list[str]:
    """The bounds that are not kept, one readable line each; empty when all are.

    ``floors`` are by the names in ``METRICS``; for those of ``LOWER_IS_BETTER`` the bound is a ceiling. A metric with
    nothing to measure keeps no bound.
    """
    values = scores.to_dict()
    violations: list[str] = []
    for metric, bound in floors.items():
        value = values[metric]
        if value is None:
            violations.append(f"{metric} has nothing to measure in these questions (bound {bound:g})")
        elif metric in LOWER_IS_BETTER and value > bound:
            violations.append(f"{metric} is {value:.4g}, above its ceiling of {bound:g}")
        elif metric not in LOWER_IS_BETTER and value < bound:
            violations.append(f"{metric} is {value:.4g}, below its floor of {bound:g}")
    return violations
