"""What follows from what metrics declare."""

import inspect
from dataclasses import fields

import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.measures import catalogue
from stitch_exp.measures.catalogue import METRICS, Tools, build, check_names, inputs_of, words
from stitch_exp.measures.observation import OF_RUN, OF_TWO_VIDEOS, Observation

EVERYTHING = frozenset(field.name for field in fields(Observation)) | {"region"}
TOOLS = Tools(
    min_similarity=0.1,
    flow_side_px=64,
    identity="identity=x",
    perceptual=torch.nn.Identity(),
    device=torch.device("cpu"),
)


def test_no_number_is_declared_twice():
    names = [item.name for metric in METRICS for item in metric.quantities]
    assert len(names) == len(set(names)) == len(catalogue.QUANTITIES)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_a_metric_asks_for_what_there_is(metric):
    assert set(metric.inputs) <= EVERYTHING
    assert set(inspect.signature(metric).parameters) <= {field.name for field in fields(Tools)}
    assert metric.quantities and metric.word.isidentifier()
    (made,) = [one for one in build([metric.word], EVERYTHING, TOOLS) if type(one) is metric]
    assert [item.name for item in metric.quantities] == [result.name for result in made.compute()]


def test_what_needs_a_recogniser_is_told_by_its_inputs():
    assert set(catalogue.IDENTITY) == {"tl_id", "tg_id", "identity_to_source"}
    assert set(catalogue.IDENTITY) < set(catalogue.OF_IDENTITY) and "psnr" not in catalogue.OF_IDENTITY


def test_words_of_two_videos_are_some_of_those_of_a_run_with_a_detector():
    two, run = set(words(OF_TWO_VIDEOS)), set(words(OF_RUN))
    assert {"tl_id", "faces"} <= run & two and {"seam", "reconstruction"} <= run - two
    assert set(words(OF_RUN, by_default=True)) < set(words(OF_RUN)) <= set(catalogue.NAMES)
    assert words(frozenset()) == ("faces",)


def test_names_are_kept_in_order_once_each_and_none_means_the_usual():
    assert check_names(["tg_id", "tl_id", "tg_id"], OF_RUN) == ("tg_id", "tl_id")
    assert check_names([], OF_RUN) == ()
    assert check_names(None, OF_RUN) == words(OF_RUN, by_default=True)


@pytest.mark.parametrize("name", ["tlid", "seam", ""])
def test_what_is_not_measured_here_is_named_with_what_is(name):
    with pytest.raises(ConfigError, match=rf"metrics\.names has '{name}', which is not measured; there are: faces, "):
        check_names(["tl_id", name], OF_TWO_VIDEOS)


def test_the_account_of_frames_comes_first_and_is_made_once():
    made = build(["tl_id", "faces", "tl_id"], OF_RUN, TOOLS)
    assert [type(metric).__name__ for metric in made] == ["Faces", "TLID"]
    assert build([], OF_RUN, TOOLS) == []


def test_every_build_is_fresh_and_what_frames_lack_is_left_out():
    first, second = (build(["tl_id"], OF_RUN, TOOLS) for _ in range(2))
    assert first[1] is not second[1]
    assert [type(metric).__name__ for metric in build(["seam", "tl_id"], OF_TWO_VIDEOS, TOOLS)] == ["Faces", "TLID"]


def test_the_inputs_of_a_number():
    assert inputs_of("frames") == () and "mask" not in inputs_of("tl_id")
    with pytest.raises(ValueError, match="unpack"):
        inputs_of("nothing")
