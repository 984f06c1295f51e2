"""The pages that are generated say what the code says."""

import runpy
from pathlib import Path

from typer.main import get_command

from qa.cli import app
from qa.settings import Settings

ROOT = Path(__file__).parent.parent
REMEDY = "write it again: python -m tools.command_line_docs"
TOOL = runpy.run_path(str(ROOT / "tools" / "command_line_docs.py"))
PAGE = TOOL["PAGE"].read_text(encoding="utf-8")


def test_the_page_of_the_command_line_is_up_to_date():
    assert TOOL["page"]() == PAGE, REMEDY


def test_the_page_has_every_command_option_and_setting():
    commands = get_command(app).commands
    assert all(f"## qa {name}\n" in PAGE for name in commands)
    options = {option for command in commands.values() for one in command.params for option in one.opts}
    assert {option for option in options if option not in PAGE} == set()
    assert all(f"`QA_{name.upper()}`" in PAGE for name in Settings.model_fields)


def test_the_page_is_plain_text_that_fits_the_width_of_a_terminal():
    helps = PAGE.split("```")[1::2]
    assert len(helps) == 1 + len(get_command(app).commands)
    assert max(len(line) for text in helps for line in text.splitlines()) <= TOOL["WIDTH"]
    assert "\x1b" not in PAGE
