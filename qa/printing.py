"""Shows answers, hits, reports and models in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from qa.cards import SEE_ITS_CARD, Model
from qa.indexing import IndexReport
from qa.protocols import ArticleEntry
from qa.records import Answer, Citation, Hit

NEAREST_SHOWN = 3


def print_answer(answer: Answer, console: Console) -> None:
    """The short answer, its quotes and what other articles say; or that they don't say, and the nearest passages."""
    if answer.interpretation != answer.question:
        console.print(f"[dim]understood as: {escape(answer.interpretation)}[/]")
    if not answer.answered:
        console.print(f"[bold]{escape(answer.message)}[/]")
        if answer.hits:
            console.print("\nNearest passages (not an answer):")
            print_hits(answer.hits[:NEAREST_SHOWN], console)
        return
    console.print(f"[bold]{escape(answer.text)}[/]\n")
    for citation in answer.citations:
        _print_citation(citation, console)
    console.print(f"[dim]Confidence that this answers: {answer.confidence:.0%}[/]")
    for alternative in answer.alternatives:
        says = "agrees" if alternative.agrees else "says"
        console.print(f"Another article {says}: [bold]{escape(alternative.text)}[/]")
        for citation in alternative.citations:
            _print_citation(citation, console)


def print_hits(hits: Sequence[Hit], console: Console) -> None:
    """Passages with their places, best first."""
    for rank, hit in enumerate(hits, start=1):
        chunk = hit.chunk
        where = f"{chunk.article_id}, characters {chunk.start}-{chunk.end}, score {hit.score:.2f}"
        console.print(f"{rank}. [bold]{escape(chunk.title)}[/] [dim]({escape(where)})[/]")
        console.print(f"   {escape(' '.join(chunk.text.split()))}\n")


def print_report(report: IndexReport, entries: Sequence[ArticleEntry], folder: str, out: Console, err: Console) -> None:
    """What an index run did; copies and what was skipped on ``err``, a line each."""
    for one, other in report.copies:
        err.print(f"copy: {escape(one)} repeats {escape(other)}; they count as one witness")
    for skipped in report.skipped:
        err.print(f"[yellow]skipped:[/] {escape(skipped.path)}: {escape(skipped.reason)}")
    out.print(
        f"{len(entries)} articles, {sum(entry.passages for entry in entries)} passages in {escape(folder)} "
        f"({len(report.added)} added, {len(report.changed)} changed, {len(report.removed)} removed, "
        f"{len(report.unchanged)} unchanged, {len(report.skipped)} skipped; {report.seconds:.1f} s)"
    )


def print_facts(facts: Mapping[str, object], console: Console) -> None:
    """Names and values, a line each; a value may itself be a mapping."""
    table = Table(show_header=False, box=None)
    for name, value in facts.items():
        shown = ", ".join(f"{key} {inner}" for key, inner in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(escape(name), escape(shown))
    console.print(table)


def print_models(models: Sequence[Model], console: Console) -> None:
    """A block for each model; nothing is cut off, however narrow the terminal."""
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for model in models:
        size = "not known" if model.size_mb is None else f"{model.size_mb:.2f} MB"
        measured = [f"{figure.label} {figure.value} ({figure.command})" for figure in model.figures]
        rows = {
            "does": model.role,
            model.kind: model.source,
            "licence": model.license,
            "languages": ", ".join(model.language) or SEE_ITS_CARD,
            "size": size,
            "figures": "\n".join(measured) or "not measured here",
        }
        table.add_row(f"[bold]{model.part}[/]", f"[bold]{escape(model.name)}[/]")
        for name, value in rows.items():
            table.add_row(name, escape(value))
        table.add_section()
    console.print(table, soft_wrap=False)  # the cells wrap by themselves


def _print_citation(citation: Citation, console: Console) -> None:
    where = f"{citation.article_id}, characters {citation.start}-{citation.end}"
    dated = f", {citation.date}" if citation.date else ""
    console.print(f"\\[{citation.number}] {escape(citation.quote)}")
    console.print(f"    [dim]{escape(citation.title)} ({escape(where + dated)})[/]\n")
