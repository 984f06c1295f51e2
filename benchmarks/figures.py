"""A measured figure, and how figures are shown: as a table on the terminal, as plain values for JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table
from rich.text import Text

from qa.protocols import Progress

Watch = Callable[[str], AbstractContextManager[Progress]]  # what is being done → whom to tell how far it is


@dataclass(frozen=True, slots=True)
class Figure:
    """What ``measure`` gave over the ``cases`` of one ``test``.

    ``subject`` is what the figures of a test are compared by: a model, a ranking, a language of questions. ``value`` is
    in [0, 1], but for latencies (ms) and thresholds; None where there was nothing to measure.
    """

    test: str
    measure: str
    subject: str
    value: float | None
    cases: int

    def to_dict(self) -> dict[str, Any]:
        """The figure as plain JSON values, its value to four places."""
        value = None if self.value is None else round(self.value, 4)
        return {**dataclasses.asdict(self), "value": value}


def table(figures: Sequence[Figure], *, title: str) -> Table:
    """A row for each measure of each test, a column for each subject; "cases" once where all subjects had as many."""
    subjects = list(dict.fromkeys(figure.subject for figure in figures))
    drawn = Table(title=title, title_justify="left")
    drawn.add_column("test", no_wrap=True)
    drawn.add_column("measure", no_wrap=True)
    for subject in subjects:
        drawn.add_column(Text(subject), justify="right")
    drawn.add_column("cases", justify="right")
    above = ""
    for test, measure in dict.fromkeys((figure.test, figure.measure) for figure in figures):
        row = {figure.subject: figure for figure in figures if (figure.test, figure.measure) == (test, measure)}
        counts = [str(figure.cases) for figure in row.values()]
        if test != above:
            drawn.add_section()
        drawn.add_row(
            Text("" if test == above else test),
            Text(measure),
            *(_shown(row[subject]) if subject in row else "" for subject in subjects),
            counts[0] if len(set(counts)) == 1 else " / ".join(counts),
        )
        above = test
    return drawn


def _shown(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    return f"{figure.value:.0f}" if figure.measure.endswith(" ms") else f"{figure.value:.3f}"


def progress_bars(console: Console) -> Watch:
    """Bars on ``console`` that vanish when done; none where it is no terminal."""

    @contextmanager
    def watch(what: str) -> Iterator[Progress]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with ProgressBar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    return watch
