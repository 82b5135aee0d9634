"""A composed config as plain values."""

import pytest
from omegaconf import OmegaConf
from omegaconf.errors import MissingMandatoryValue

from stitch_exp.config.resolved import MISSING, first_line, resolved, select


def plain(tree):
    found = []
    return resolved(OmegaConf.create(tree), found), found


def test_references_are_filled_in_through_lists_and_groups():
    settings, found = plain({"a": {"b": 2, "c": "${a.b}"}, "d": ["${a.c}", "x${a.b}"], "e": "${d}"})
    assert settings == {"a": {"b": 2, "c": 2}, "d": [2, "x2"], "e": [2, "x2"]} and found == []


def test_a_value_to_be_given_stays_marked_and_is_no_error():
    assert plain({"a": {"b": "???"}, "c": None}) == ({"a": {"b": MISSING}, "c": None}, [])


def test_a_reference_that_leads_nowhere_is_left_out_and_named_with_its_key():
    settings, (said,) = plain({"a": {"b": "${no.such}", "c": 1}})
    assert settings == {"a": {"c": 1}}
    assert said.startswith("a.b: ") and "no.such" in said and "\n" not in said


def test_every_bad_reference_is_named():
    settings, found = plain({"a": "${x}", "b": ["${y}", 5], "c": "${oc.env:NO_SUCH_VARIABLE_OF_THIS_TEST}"})
    assert settings == {"b": [5]} and [line.partition(":")[0] for line in found] == ["a", "b.0", "c"]


def test_a_group_that_holds_itself_is_said_to_and_ends():
    settings, (said,) = plain({"a": {"b": "${a}"}, "c": 1})
    assert settings["c"] == 1 and said.startswith("a.b: ")


def test_two_that_refer_to_each_other_are_named():
    settings, found = plain({"a": "${b}", "b": "${a}", "c": 1})
    assert settings == {"c": 1} and [line[:3] for line in found] == ["a: ", "b: "]


@pytest.mark.parametrize(
    ("key", "value"),
    [("a.b", 1), ("a", {"b": 1, "c": None}), ("a.c", None), ("a.c.d", None), ("x.y", None), ("a.b.c", None)],
)
def test_a_dotted_key_is_looked_up_or_none(key, value):
    assert select({"a": {"b": 1, "c": None}}, key) == value


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("first\nsecond"), "first"),
        (ValueError("\n\n  told late\nmore"), "told late"),
        (KeyError(), "KeyError"),
        (MissingMandatoryValue(""), "MissingMandatoryValue"),
    ],
)
def test_the_first_line_of_an_error_or_its_kind(error, line):
    assert first_line(error) == line
