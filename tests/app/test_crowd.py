"""What a run over several people leaves behind."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from stitch_exp.app import crowd
from stitch_exp.pipeline import Everybody, Outcome
from stitch_exp.report.records import read_frames, read_metrics
from stitch_exp.types import MetricResult, Pivots, Report
from stitch_exp.video import write_video


@pytest.fixture
def person(make_run):
    """`person(value)` is the outcome of a run of one person whose seam is of this value."""

    def make(value, missing=()):
        clip, aligned, tuned, latents, stitched, composed = make_run(count=5, missing=missing, shift=5)
        report = Report((MetricResult("seam_error", value, "levels", "lower", np.full(5, value)),))
        return Outcome(clip, aligned, Pivots(torch.zeros(5, 4, 8)), tuned, latents, stitched, composed, report, ())

    return make


def test_a_run_of_one_person_has_no_folder_and_no_facts(person, tmp_path):
    assert crowd.facts(person(1.0)) == {} and crowd.reports(person(1.0)) == []
    crowd.write(person(1.0), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def everybody(person):
    people = (person(1.0), person(2.0, missing=(3,)))
    first = people[0]
    return Everybody(first.clip, people, first.composed, first.report, {"too small": 2})


def test_what_was_measured_of_each_comes_in_their_order(everybody):
    assert [report.results[0].value for report in crowd.reports(everybody)] == [1.0, 2.0]


def test_how_many_are_edited_and_why_others_are_not(everybody):
    assert crowd.facts(everybody) == {"people": 2, "left_as_filmed": {"too small": 2}}


def test_each_person_has_numbers_frames_and_a_page_of_their_own(everybody, tmp_path):
    write_video(everybody.composed.clip, tmp_path / "edited.mp4", crf=10, preset="ultrafast")
    story = {"input": {"name": "caf\u00e9.mp4", "digest": "d"}, "edit": {"age": 2.0}}
    (tmp_path / "provenance.json").write_text(json.dumps(story))
    crowd.write(everybody, tmp_path)
    for number, value, passed in ((1, 1.0, 0), (2, 2.0, 1)):
        place = tmp_path / "people" / str(number)
        assert read_metrics(place).results[0].value == value
        assert read_frames(place)[1].count("missing") == passed
        own = json.loads((place / "provenance.json").read_text())
        assert own["input"] == {"name": f"caf\u00e9.mp4, person {number}", "digest": "d"} and own["edit"] == {
            "age": 2.0
        }
        assert f"person {number}" in (place / "report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "provenance.json").read_text()) == story


def test_a_video_that_is_gone_costs_its_pictures_only(everybody, tmp_path):
    (tmp_path / "provenance.json").write_text(json.dumps({"input": {"name": "a", "digest": "d"}}))
    crowd.write(replace(everybody, left={}), tmp_path)
    assert sorted(path.name for path in (tmp_path / "people").iterdir()) == ["1", "2"]
