"""Every edit says what its sign does, in its file and so in help, report and summary."""

import pytest

from stitch_exp.config import schema
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


def test_an_edit_without_a_file_has_no_meaning():
    assert meanings(["Smiling"]) == {}
