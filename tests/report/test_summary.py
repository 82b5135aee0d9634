import numpy as np
import pytest

from stitch_exp.report import summary
from stitch_exp.report.words import QUANTITIES

FACTS = {"frames": 10, "seconds": {"aligner": 1.0, "tuning": 9.0}, "reused": []}


def results(**values):
    return [QUANTITIES[name].result(value) for name, value in values.items()]


def test_six_lines_say_what_happened():
    measured = results(
        frames=10.0, frames_passed=2.0, faces_lost=0.0, edit_change=12.0, age_change=8.0, identity_to_source=0.94,
        tl_id=0.9981, tg_id=0.99, seam_error=2.25,
    )  # fmt: skip
    lines = dict(summary.closing(measured, {"age": 2.0}, "x[red].mp4", FACTS))
    assert list(lines) == ["Edited", "Took", "Likeness", "Steadiness", "Seam", "Time"]
    assert lines["Edited"] == "age +2 on x[red].mp4: 10 frames, 2 passed through"
    assert lines["Took"] == "Judged age +8 years, Edit change 12 levels"
    assert lines["Likeness"] == "Identity to source 0.9400 \u2191" and "\u2192 1" in lines["Steadiness"]
    assert lines["Time"] == "10.0 s, 1.00 s a frame, most of it tuning"


@pytest.mark.parametrize(
    ("meaning", "strength", "word"),
    [
        ("+ older, - younger; in standard deviations", 2.0, "older"),
        ("+ older, - younger; in standard deviations", -0.5, "younger"),
        ("+ older, - younger; in standard deviations", 0.0, ""),
        ("+ head tilted down, - up; in standard deviations", -1.0, "up"),
        ("+ towards edit.target, - away from it; in StyleCLIP's alpha", 4.0, ""),
        ("+ what the mapper was trained for; 1 is the published strength", -1.0, ""),
        ("what a user wrote", 1.0, ""),
        ("", 1.0, ""),
    ],
)
def test_the_sign_of_a_strength_is_said_in_words(meaning, strength, word):
    assert summary.direction(meaning, strength) == word


def test_an_edit_is_named_with_what_its_sign_does():
    meanings = {"age": "+ older, - younger; in standard deviations"}
    assert summary.named({"age": -2.0, "smile": 1.0}, meanings) == "age -2 (younger), smile +1"


def test_what_was_not_measured_has_no_line():
    assert [label for label, _ in summary.closing([], {"age": 1.0}, "a.mp4", FACTS)] == ["Edited", "Time"]


@pytest.mark.parametrize(
    ("values", "edits", "flagged"),
    [
        ({"edit_change": 0.4}, {"age": 2.0}, True),
        ({"edit_change": 1.0}, {"age": 2.0}, False),
        ({"face_change": 1.2}, None, True),
        ({"edit_change": 0.0, "face_change": 0.5}, {}, False),
        ({"edit_change": 0.0}, {"age": 0.0}, False),
        ({"edit_change": 9.0, "face_change": 0.1}, {"age": 2.0}, False),
        ({}, {"age": 2.0}, False),
    ],
)
def test_an_edit_that_changed_almost_nothing_is_flagged(values, edits, flagged):
    assert bool(summary.almost_nothing(values, edits)) == flagged


def test_undefined_numbers_are_left_out():
    assert "Took" not in dict(summary.closing(results(edit_change=np.nan), {"age": 1.0}, "a", FACTS))


def test_an_edit_knows_what_it_is_meant_to_change():
    assert summary.target_of({"mouth_open": 1.0, "long_hair": 1.0, "age": 2.0}) == ["mouth_change", "age_change"]
