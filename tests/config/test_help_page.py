"""What --help says."""

import pytest

from stitch_exp.config import help_page, schema
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


def test_options_of_a_group_are_wrapped_under_their_first_and_fit_a_terminal():
    lines = help_page.text("run").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("  edit "))
    shown = [lines[start][14:]]
    for line in lines[start + 1 :]:
        if not line.startswith(" " * 14):
            break
        shown.append(line.strip())
    assert ", ".join(" ".join(shown).replace(",", "").split()) == ", ".join(options("edit"))
    assert len(shown) > 1 and all(len(line) <= 79 for line in lines[start : start + len(shown)])


def test_parts_of_groups_are_no_options():
    parts = {path.stem for path in schema.config_folder().glob("*/_*.yaml")}
    words = {word.strip(" ,") for line in help_page.text("run").splitlines() for word in line.split()}
    assert parts and not parts & words


def test_plain_settings_of_the_root_are_shown_with_their_defaults_and_groups_are_not():
    tail = help_page.text("run").partition("\nSettings: ")[2].splitlines()[1:]
    assert any(line.startswith("  seed: 0") for line in tail) and any(line.startswith("  rerun: ") for line in tail)
    assert not any(line.startswith(("  defaults", "  hydra", "  runtime")) for line in tail)


def test_every_group_that_is_shown_exists():
    for groups in help_page.GROUPS.values():
        assert all(options(group) for group in groups)
