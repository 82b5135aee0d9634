"""Clips with known answers, made for tools that are not ours."""

from dataclasses import replace

import numpy as np
import pytest

from stitch_exp.building.known import TrueFrames, answers, clip, settings, step_of
from stitch_exp.config import schema
from stitch_exp.errors import ConfigError

MINI = ["model=mini", "model.resolution=128", "video.frames=3", "video.digest=null"]


@pytest.fixture(scope="module")
def scene():
    return settings("gt1_talk", MINI)


@pytest.fixture(scope="module")
def source(scene):
    return clip(scene)


def edited(source, step, strength):
    return replace(source, name="mine", frames=TrueFrames(source, step, strength), truth=None)


def test_the_clips_are_those_of_the_benchmark():
    assert schema.known_clips()[0] == "gt1_talk" and len(schema.known_clips()) == 6


def test_the_strength_of_another_tool_is_found(scene, source):
    step = step_of(scene, "age")
    found = answers(scene, source, edited(source, step, 1.5), "age", None)
    assert found.strength == pytest.approx(1.5, abs=0.05)
    assert answers(scene, source, edited(source, step, 1.5), "age", 2.0).strength == 2.0


def test_no_edit_is_the_source_itself(scene, source):
    found = answers(scene, source, source, "none", None)
    assert found.strength == 0.0
    assert np.array_equal(TrueFrames(source, step_of(scene, "none"), 1.0)[-1], source.frames[-1])


def test_which_edit_it_should_be_must_be_said(scene, source):
    with pytest.raises(ConfigError, match=r"truth\.edit=age, or none"):
        answers(scene, source, source, None, None)
    with pytest.raises(ConfigError, match=r"no edit direction 'agee'.*did you mean 'age'"):
        answers(scene, source, source, "agee", None)
