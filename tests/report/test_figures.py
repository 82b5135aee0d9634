"""Plots and frame sheets of the results page."""

import numpy as np
import pytest
from PIL import Image

from stitch_exp.report import figures
from stitch_exp.report.finished import FinishedRun
from stitch_exp.types import MetricResult
from stitch_exp.video import write_video


@pytest.fixture
def run(tmp_path, make_clip):
    """`run(clip, seconds)` is a finished run whose edited frame t has level 20 t."""
    made = []

    def make(clip="talk", seconds=None, curve=None, frames=6, reused=(), video=True):
        folder = tmp_path / f"run{len(made)}"
        folder.mkdir()
        made.append(folder)
        if video:
            pictures = [np.full((32, 64, 3), 20 * t, np.uint8) for t in range(frames)]
            write_video(make_clip(pictures), folder / "edited.mp4", crf=1, preset="ultrafast")
        results = () if curve is None else (MetricResult("tg_id", float(np.nanmean(curve)), "", "one", curve),)
        status = {"overrides": [f"clip={clip}"], "frames": frames, "seconds": seconds or {}, "reused": list(reused)}
        return FinishedRun(folder, status, results)

    return make


def ink(path):
    """Share of the picture that is not white."""
    return float((np.array(Image.open(path).convert("RGB")) < 250).any(-1).mean())


@pytest.mark.parametrize("name", ["costs 5$ or 6$", "$_{$"])
def test_curves_are_drawn_whatever_clips_and_methods_are_called(run, tmp_path, name):
    paths = figures.curves([(name, run(name, curve=np.array([0.9, np.nan, 1.0]), video=False))], tmp_path)
    assert [path.name for path in paths] == ["tg_id.png", "identity_to_source.png", "seam_error.png"]
    assert ink(paths[0]) > 0.01


def test_a_metric_that_nobody_measured_is_an_empty_panel(run, tmp_path):
    drawn, empty, _ = figures.curves([("full", run(curve=np.linspace(0.9, 1.0, 9), video=False))], tmp_path)
    assert ink(drawn) > ink(empty) > 0


def test_the_time_of_a_stage_is_the_mean_of_the_runs_that_ran_it(run):
    runs = [
        ("full", run(seconds={"tuning": 12.0}, frames=6, video=False)),
        ("full", run(seconds={"tuning": 24.0}, frames=6, video=False)),
        ("full", run(seconds={"tuning": 0.1}, frames=6, reused=["tuning"], video=False)),
        ("none", run(seconds={}, frames=6, video=False)),
    ]
    assert figures._seconds(runs, "full", "tuning") == pytest.approx((2.0 + 4.0) / 2)
    assert figures._seconds(runs, "none", "tuning") == 0.0 == figures._seconds(runs, "absent", "tuning")


def test_bars_of_time_are_the_same_bytes_each_time(run, tmp_path):
    runs = [("full $1$", run(seconds={"tuning": 12.0, "encoder": 3.0}, video=False))]
    first = figures.time_bars(runs, tmp_path).read_bytes()
    assert figures.time_bars(runs, tmp_path).read_bytes() == first


def test_a_sheet_has_a_row_for_the_source_and_one_for_each_method(run, tmp_path, make_clip):
    source = make_clip([np.full((32, 64, 3), 200, np.uint8)] * 6)
    runs = [("full", run()), ("without pti", run())]
    (path,) = figures.sheets(runs, tmp_path, lambda run: source)
    sheet = np.array(Image.open(path)).astype(float)
    assert path.name == "frames_talk.jpg" and sheet.shape == (3 * 120, 4 * 240 + 110, 3)
    middles = [[sheet[120 * row + 60, 110 + 240 * column + 120, 0] for column in range(4)] for row in range(3)]
    # Of six frames the first, third, fourth and last.
    np.testing.assert_allclose(middles, [[200] * 4, [0, 40, 60, 100], [0, 40, 60, 100]], atol=4)


def test_a_source_or_a_video_that_is_gone_costs_its_row(run, tmp_path):
    runs = [("full", run()), ("none", run(video=False))]
    (path,) = figures.sheets(runs, tmp_path, lambda run: None)
    assert Image.open(path).size == (4 * 240 + 110, 120)


def test_a_clip_of_which_nothing_is_left_has_no_sheet(run, tmp_path):
    runs = [("full", run("gone", video=False)), ("full", run("talk"))]
    assert [path.name for path in figures.sheets(runs, tmp_path, lambda run: None)] == ["frames_talk.jpg"]
