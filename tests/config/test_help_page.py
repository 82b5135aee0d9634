"""What --help says."""

import pytest

from stitch_exp.config import help_page
from stitch_exp.config.edits import meanings
from stitch_exp.config.overrides import options


@pytest.mark.parametrize("name", options("edit"))
def test_help_shows_what_the_file_says(name):
    text = meanings([name])[name]
    assert text and f"{name:<19} {text}" in help_page.text("run")


@pytest.mark.parametrize(("config", "program"), [("run", "stitch-exp"), ("eval", "stitch-exp-eval")])
def test_help_shows_the_command_that_was_typed(config, program):
    assert f"python {config}.py" in help_page.text(config)
    page = help_page.text(config, program)
    assert f"\n  {program} " in page and f"{config}.py" not in page
