"""The command line: qa index · search · ask · chat · serve · eval · info · models.

Exit status: 0 done; 1 done, but something was skipped (index) or a floor not reached (eval); 2 not done, with the
reason and the remedy on standard error.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from qa.errors import QAError
from qa.filters import make_filter, refuse_unknown_articles
from qa.settings import Settings, load_settings

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.protocols import Progress as Report

app = typer.Typer(
    help="Answers questions from a folder of articles with their exact, cited words.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

StoreOption = Annotated[str | None, typer.Option("--store", help="Folder of the index (default: vectorstore)")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text")]
ArticleOption = Annotated[list[str] | None, typer.Option("--article", help="Only this article (id); repeatable")]
LanguageOption = Annotated[list[str] | None, typer.Option("--lang", help="Only articles in this language; repeatable")]
SinceOption = Annotated[str | None, typer.Option("--since", help="Only articles of this day or later (2025-11-05)")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Only articles of this day or earlier")]
HostOption = Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1)")]
PortOption = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one (default: 7860)")]


def main() -> None:
    """Run the command line; every foreseen error is one line on standard error and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a pipe may not know the letters of an article
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except QAError as error:
        err.print(f"[bold red]qa:[/] {escape(str(error))}")
        sys.exit(2)


@app.command()
def index(
    paths: Annotated[list[str], typer.Argument(help="Folders, globs or files: .txt .md .html .pdf .docx .jsonl")],
    store: StoreOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Replace an index made with other settings")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the index up to date with the articles; unchanged ones are not read again."""
    from qa.assistant import Assistant
    from qa.printing import print_report

    with _progress_bar("Embedding passages") as progress:
        assistant = Assistant.build(paths, store=store, progress=progress, rebuild=rebuild)
    report = assistant.report
    assert report is not None  # build always reports
    entries = assistant.articles()
    if as_json:
        _print_json(report)
    else:
        print_report(report, entries, assistant.settings.store, out, err)
    if report.skipped:
        raise typer.Exit(1)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words or a question")],
    k: Annotated[int, typer.Option("-k", help="Passages to show", min=1)] = 10,
    store: StoreOption = None,
    article: ArticleOption = None,
    lang: LanguageOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find passages: retrieval alone."""
    from qa.printing import print_hits

    where = make_filter(article_ids=article, languages=lang, since=since, until=until)
    with _opened(store) as assistant:
        refuse_unknown_articles(where, assistant.article)
        hits = assistant.search(query, k=k, where=where)
    if as_json:
        _print_json(hits)
    elif hits:
        print_hits(hits, out)
    else:
        out.print("No passage passes the filter." if where else "No passage found.")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="A question in English or French")],
    history: Annotated[list[str] | None, typer.Option("--history", help="An earlier question; repeatable")] = None,
    store: StoreOption = None,
    article: ArticleOption = None,
    lang: LanguageOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question with the articles' own words, or say that they don't say."""
    from qa.printing import print_answer

    where = make_filter(article_ids=article, languages=lang, since=since, until=until)
    with _opened(store) as assistant:
        refuse_unknown_articles(where, assistant.article)
        answer = assistant.ask(question, history=history or (), where=where)
    if as_json:
        _print_json(answer.to_dict())
    else:
        print_answer(answer, out)


@app.command()
def chat(store: StoreOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Open the chat in the browser."""
    _serve(store, host, port, open_browser=True)


@app.command()
def serve(store: StoreOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Serve the chat, the HTTP endpoint /ask and the MCP tool ask, without opening a browser."""
    _serve(store, host, port, open_browser=False)


@app.command("eval")
def evaluate_questions(
    questions: Annotated[Path, typer.Argument(help="Question set, JSON lines")],
    store: StoreOption = None,
    out_file: Annotated[Path, typer.Option("--out", help="Where to write the JSON")] = Path("eval-results/eval.json"),
    floors: Annotated[Path | None, typer.Option(help="JSON of metric: floor; exit 1 below one")] = None,
    failures: Annotated[int, typer.Option(help="Wrong answers to list", min=0)] = 0,
    as_json: JsonOption = False,
) -> None:
    """Score the answers against a question set: a table, and all of it as JSON."""
    from qa.evaluation.questions import load_questions
    from qa.evaluation.report import check_floors, installed_versions, load_floors, render_table, write_json
    from qa.evaluation.run import evaluate

    asked = load_questions(questions)
    kept = load_floors(floors) if floors else {}
    with _opened(store) as assistant, _progress_bar("Asking") as progress:
        evaluation = evaluate(lambda text, history: assistant.ask(text, history=history), asked, progress=progress)
        settings = assistant.settings.model_dump()
    write_json(evaluation, out_file, settings=settings, versions=installed_versions())
    if as_json:
        _print_json(evaluation.to_dict())
    else:
        render_table(evaluation, out, failures=failures)
        out.print(f"written to {escape(str(out_file))}")
    broken = check_floors(evaluation.overall, kept)
    for line in broken:
        err.print(f"[red]{escape(line)}[/]")
    if broken:
        raise typer.Exit(1)


@app.command()
def info(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Say what the index holds and which models answer."""
    import dataclasses
    from collections import Counter

    from qa import __version__
    from qa.printing import print_facts

    with _opened(store) as assistant:
        entries = assistant.articles()
        facts: dict[str, Any] = {
            "version": __version__,
            "store": assistant.settings.store,
            "articles": len(entries),
            "passages": len(assistant.store),
            "languages": dict(Counter(entry.language for entry in entries).most_common()),
            "made with": dataclasses.asdict(assistant.store.manifest),
            "reader threshold": assistant.parts.reader.threshold,
        }
    if as_json:
        _print_json(facts)
    else:
        print_facts(facts, out)


@app.command()
def models(as_json: JsonOption = False) -> None:
    """List the models in use: what each does, its licence, size and figures."""
    from qa.cards import models_in_use
    from qa.printing import print_models

    listed = models_in_use(load_settings())
    if as_json:
        _print_json(listed)
    else:
        print_models(listed, out)


def _serve(store: str | None, host: str | None, port: int | None, *, open_browser: bool) -> None:
    settings = load_settings(store=store, host=host, port=port)
    from qa.assistant import Assistant
    from qa.ui.serve import launch

    assistant = Assistant.open(settings=settings)
    server = launch(assistant, host=settings.host, port=settings.port, open_browser=open_browser, block=False)
    out.print(f"The chat is at {server.url} (Ctrl-C ends it); HTTP and MCP are described in docs/http-mcp.md.")
    server.wait()
    assistant.close()


@contextmanager
def _opened(store: str | None) -> Iterator[Assistant]:
    settings: Settings = load_settings(store=store)
    from qa.assistant import Assistant

    assistant = Assistant.open(settings=settings)
    try:
        yield assistant
    finally:
        assistant.close()


@contextmanager
def _progress_bar(what: str) -> Iterator[Report]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report


def _print_json(value: Any) -> None:
    import dataclasses

    def plain(record: Any) -> Any:
        return dataclasses.asdict(record)

    print(json.dumps(value, ensure_ascii=False, indent=2, default=plain))
