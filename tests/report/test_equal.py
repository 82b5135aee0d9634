"""Identity at equal achieved edit."""

import math

import numpy as np
import pytest

from stitch_exp.report.equal import LIKENESS, Curve, at_equal_edit
from stitch_exp.report.table import Entry
from stitch_exp.types import MetricResult


def run(base, strength, likeness, clip="a", edit="age", **achieved):
    values = {LIKENESS: likeness} | achieved
    results = tuple(MetricResult(name, value, "", "none") for name, value in values.items())
    return Entry(f"{base} {strength}", clip, results, edit=edit, strength=strength, base=base)


def test_methods_are_compared_at_the_most_that_all_of_them_reach():
    runs = [
        run("full", 1.0, 0.9, edit_change=2.0), run("full", 2.0, 0.7, edit_change=4.0),
        run("none", 1.0, 0.8, edit_change=1.0), run("none", 2.0, 0.4, edit_change=3.0),
    ]  # fmt: skip
    equal = at_equal_edit(runs)
    assert (equal.quantity, equal.level) == ("edit_change", 3.0)
    assert [curve.method for curve in equal.curves] == ["full", "none"]
    assert [curve.at(equal.level) for curve in equal.curves] == pytest.approx([0.8, 0.4])


def test_between_two_strengths_identity_lies_on_the_line_and_outside_nowhere():
    curve = Curve("m", (1.0, 2.0, 4.0), (0.9, 0.6, 0.5))
    assert curve.at(1.5) == pytest.approx(0.75) and curve.at(3.0) == pytest.approx(0.55)
    assert (curve.at(1.0), curve.at(4.0)) == (0.9, 0.5)
    assert math.isnan(curve.at(0.99)) and math.isnan(curve.at(4.01)) and math.isnan(curve.at(math.nan))


def test_a_method_that_starts_beyond_the_level_has_no_value_there():
    runs = [
        run("weak", 1.0, 0.9, edit_change=1.0), run("weak", 2.0, 0.8, edit_change=2.0),
        run("strong", 1.0, 0.5, edit_change=5.0), run("strong", 2.0, 0.4, edit_change=6.0),
    ]  # fmt: skip
    equal = at_equal_edit(runs)
    assert equal.level == 2.0 and [math.isnan(curve.at(2.0)) for curve in equal.curves] == [False, True]


def test_clips_are_averaged_and_making_younger_achieves_as_making_older():
    runs = [
        run("m", strength, likeness, clip, age_change=change)
        for clip, shift in (("a", 0.0), ("b", 0.2))
        for strength, likeness, change in ((-2.0, 0.6 - shift, -10.0), (1.0, 0.9 - shift, 4.0))
    ]
    (curve,) = at_equal_edit(runs).curves
    assert curve.achieved == (4.0, 10.0)
    np.testing.assert_allclose(curve.identity, [0.8, 0.5])


def test_what_the_edit_is_for_counts_where_it_was_measured_and_else_the_change_of_the_face():
    aged = [run("m", s, 0.9, age_change=s, edit_change=9.0 * s) for s in (1.0, 2.0)]
    assert at_equal_edit(aged).quantity == "age_change"
    undefined = [run("m", s, 0.9, age_change=math.nan, face_change=s) for s in (1.0, 2.0)]
    assert at_equal_edit(undefined).quantity == "face_change"


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [run("m", 1.0, 0.9, edit_change=1.0), run("n", 1.0, 0.9, edit_change=1.0)],  # one strength each
        [run("m", None, 0.9, edit_change=1.0), run("m", None, 0.9, edit_change=2.0)],
        [run("m", 1.0, 0.9, edit_change=1.0), run("m", 2.0, 0.9, edit="smile", edit_change=2.0)],  # two edits
        [run("m", 1.0, math.nan, edit_change=1.0), run("m", 2.0, 0.9, edit_change=2.0)],  # one point left
    ],
)
def test_nothing_is_compared_without_two_strengths_of_one_edit(runs):
    assert at_equal_edit(runs) is None
