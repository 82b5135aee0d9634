"""What the errors carry, and what is suggested for a mistyped word."""

import inspect

import pytest

from stitch_exp import errors
from stitch_exp.errors import ConfigError, SettingsError, StitchError, did_you_mean, nearest

TREE = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, StitchError)}


@pytest.mark.parametrize("name", sorted(TREE))
def test_a_mistake_of_the_command_line_ends_with_two_and_the_rest_with_one(name):
    mendable = {"ConfigError", "SettingsError", "WeightsError"}
    assert TREE[name].exit_code == (2 if name in mendable else 1)


def test_the_drawing_of_the_tree_names_every_error_and_its_exit_code():
    for name, kind in TREE.items():
        (line,) = [line for line in errors.__doc__.splitlines() if line.strip(" |`-").split()[:1] == [name]]
        said = "(exit code " in line
        assert not said or f"(exit code {kind.exit_code})" in line
        assert said or name in ("StitchError", "SettingsError")


def test_refused_settings_are_told_all_at_once_and_under_their_place():
    error = SettingsError({"gain": "is 2; use less", "passes": "is 0; use at least 1"}, "PTI")
    assert str(error) == "gain is 2; use less; passes is 0; use at least 1" and error.owner == "PTI"
    below = error.below("tuning.loss")
    assert list(below.problems) == ["tuning.loss.gain", "tuning.loss.passes"] and below.owner == "PTI"
    assert str(below) == "tuning.loss.gain is 2; use less; tuning.loss.passes is 0; use at least 1"
    assert isinstance(below, ConfigError) and list(error.problems) == ["gain", "passes"]


def test_a_complaint_keeps_its_own_copy_of_what_it_was_told():
    problems = {"a": "is bad"}
    error = SettingsError(problems)
    problems["b"] = "is worse"
    assert list(error.problems) == ["a"]


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("smlie", ["age", "smile", "gender"], "smile"),
        ("Smile", ["age", "smile"], "smile"),
        ("xyz", ["age", "smile"], None),
        ("", ["age"], None),
        ("age", [], None),
        ("e4e", ["psp", "e4e"], "e4e"),
    ],
)
def test_the_nearest_word(word, known, found):
    assert nearest(word, known) == found
    assert did_you_mean(word, iter(known)) == ("" if found is None else f"; did you mean '{found}'?")


def test_a_lower_cutoff_suggests_more():
    assert nearest("ag", ["gender_age"]) is None and nearest("ag", ["gender_age"], 0.3) == "gender_age"
