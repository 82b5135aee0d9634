"""Every edit says what its sign does, in its file and so in help, report and summary."""

import pytest

from stitch_exp.config import help_page, schema
from stitch_exp.config.edits import meaning, meanings
from stitch_exp.config.overrides import options
from stitch_exp.report.summary import direction

LINEAR = [
    name
    for name in options("edit")
    if "  - _linear\n" in (schema.config_folder() / "edit" / f"{name}.yaml").read_text()
]


@pytest.mark.parametrize("name", LINEAR)
def test_a_linear_edit_names_both_sides_and_its_unit(name):
    text = meaning(schema.config_folder() / "edit" / f"{name}.yaml")
    assert direction(text, 1.0) and direction(text, -1.0) and "; in standard deviations" in text


@pytest.mark.parametrize("name", options("edit"))
def test_help_shows_what_the_file_says(name):
    text = meanings([name])[name]
    assert text and f"{name:<19} {text}" in help_page.text("run")


def test_an_edit_without_a_file_has_no_meaning():
    assert meanings(["Smiling"]) == {}


@pytest.mark.parametrize(("config", "program"), [("run", "stitch-exp"), ("eval", "stitch-exp-eval")])
def test_help_shows_the_command_that_was_typed(config, program):
    assert f"python {config}.py" in help_page.text(config)
    page = help_page.text(config, program)
    assert f"\n  {program} " in page and f"{config}.py" not in page
