"""Writes docs/command-line.md, from the commands' help and the settings: python -m tools.command_line_docs."""

from pathlib import Path

import typer

from qa.cli import app
from qa.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "command-line.md"
WIDTH = 80  # characters
TOP = """\
# The command line

What each command says under `--help`, and the settings. This page is written by `python -m tools.command_line_docs`.

Exit status: 0, done; 1, done, but a file was skipped (`index`) or a floor not reached (`eval`); 2, not done, with the
reason and the remedy on standard error. With `--json` standard output holds JSON and nothing else.
"""
SETTINGS = """\
## Settings

Read from environment variables or from a file `.env` in the current folder; an option given to a command goes first.

| variable | default | meaning |
| --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    root = typer.main.get_command(app)
    context = root.make_context("qa", [], resilient_parsing=True, terminal_width=WIDTH)
    helps = {"qa": _help(root, context)}
    for name, command in root.commands.items():
        inner = command.make_context(name, [], parent=context, resilient_parsing=True, terminal_width=WIDTH)
        helps[f"qa {name}"] = _help(command, inner)
    sections = [f"## {name}\n\n```\n{text}\n```\n" for name, text in helps.items()]
    return "\n".join([TOP, *sections, SETTINGS + _settings()])


def _help(command: typer.core.TyperCommand | typer.core.TyperGroup, context: typer.Context) -> str:
    command.rich_markup_mode = None  # plain text instead of boxes that fill the terminal
    return command.get_help(context).rstrip()


def _settings() -> str:
    lines = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        lines.append(f"| `QA_{name.upper()}` | {default} | {field.description} |\n")
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
