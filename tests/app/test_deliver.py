"""What a run writes down."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hydra.types import RunMode
from omegaconf import OmegaConf
from rich.console import Console

from stitch_exp.app import deliver
from stitch_exp.config import schema
from stitch_exp.console.progress import Costs
from stitch_exp.pipeline import Outcome
from stitch_exp.types import MetricResult, Pivots, Report, Treatment, Workspace
from stitch_exp.video import FileVideo


@pytest.fixture
def outcome(make_run):
    clip, aligned, tuned, latents, stitched, composed = make_run(count=4, missing=(3,), shift=30)
    treatments = (*[Treatment("edited")] * 2, Treatment("edited", kept=0.25), Treatment("passed", "no face found"))
    composed = replace(composed, treatments=treatments, cuts=(2,))
    report = Report((MetricResult("seam_error", 1.5, "levels", "lower", np.full(4, 1.5)),))
    return Outcome(
        clip, aligned, Pivots(torch.zeros(3, 4, 8)), tuned, latents, stitched, composed, report, ("aligner",)
    )


def read(path):
    return FileVideo(path=str(path), start=0, frames=None)()


def test_facts_for_the_record_are_plain_numbers(outcome):
    costs = Costs()
    costs.seconds, costs.processor_seconds, costs.peak_memory_mb = {"edit": 1.23456}, {"edit": 0.5}, {"edit": 99.7}
    facts = deliver._facts(outcome, costs)
    assert json.loads(json.dumps(facts)) == {
        "seconds": {"edit": 1.235}, "processor_seconds": {"edit": 0.5}, "peak_memory_mb": {"edit": 100},
        "reused": ["aligner"], "frames": 4, "cuts": [2],
        "treated": {"edited": 3, "passed": 1}, "kept_in_front": {"frames": 1, "share": 0.25},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shares", "told"), [([], {}), ([0.0, 0.0], {}), ([0.2, 0.0, 0.1], {"frames": 2, "share": 0.15})]
)
def test_what_stands_in_front_is_told_over_the_frames_in_which_it_does(shares, told):
    assert deliver._kept([Treatment("edited", kept=share) for share in shares]) == told


@pytest.mark.parametrize(("comparison", "names"), [(True, ["comparison.mp4", "edited.mp4"]), (False, ["edited.mp4"])])
def test_the_comparison_is_written_where_it_is_wanted(outcome, tmp_path, comparison, names):
    told = []
    work = Workspace(track=lambda items, what, total=None: told.append(what) or iter(items))
    deliver._write_videos(outcome, tmp_path, work, comparison)
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    edited = read(tmp_path / "edited.mp4")
    assert (len(edited.frames), edited.height, edited.width) == (4, 48, 64) and "writing edited.mp4" in told
    # Noise has no colours left in 4:2:0; its light has.
    light = [frame.mean(axis=-1).ravel() for frame in (edited.frames[1], outcome.composed.clip.frames[1])]
    assert np.corrcoef(*light)[0, 1] > 0.8


def test_before_and_after_are_the_middle_frame_side_by_side(outcome):
    picture = deliver._before_after(outcome)
    np.testing.assert_array_equal(picture[:, :64], outcome.clip.frames[2])
    np.testing.assert_array_equal(picture[:, 64:], outcome.composed.clip.frames[2])


def test_the_settings_that_are_kept_are_resolved_and_name_what_completes_them(tmp_path):
    deliver._write_config(OmegaConf.create({"a": 1, "b": "${a}", "c": "caf\u00e9"}), tmp_path / "config.yaml")
    lines = (tmp_path / "config.yaml").read_text(encoding="utf-8").splitlines()
    assert lines == ["defaults: [schema, _hydra, _self_]", "a: 1", "b: 1", "c: caf\u00e9"]
    assert (schema.config_folder() / "_hydra.yaml").is_file()


@pytest.mark.parametrize(("mode", "group"), [(RunMode.RUN, None), (RunMode.MULTIRUN, "ablation/2026-11-28")])
def test_cells_of_a_sweep_know_which(monkeypatch, tmp_path, mode, group):
    folder = tmp_path / "ablation" / "2026-11-28" / "7"
    assert deliver._sweep(folder) is None  # outside of Hydra
    monkeypatch.setattr(deliver.HydraConfig, "initialized", lambda: True)
    monkeypatch.setattr(deliver.HydraConfig, "get", lambda: SimpleNamespace(mode=mode))
    assert deliver._sweep(folder) == group


@pytest.mark.parametrize("fails", [False, True])
def test_records_are_closed_as_the_run_ended(monkeypatch, tmp_path, fails):
    closed = []
    tracker = SimpleNamespace(log=lambda *_: None, results=lambda *_: None, close=closed.append)
    monkeypatch.setattr(deliver, "CsvTracker", lambda folder: tracker)
    cfg = OmegaConf.create({"logger": {"name": "none"}})
    if fails:
        with pytest.raises(KeyboardInterrupt), deliver._tracked(cfg, tmp_path):
            raise KeyboardInterrupt
    else:
        with deliver._tracked(cfg, tmp_path):
            pass
    assert closed == [fails]


def test_the_end_names_the_files_that_are_there_one_a_line(outcome, tmp_path, capsys):
    for name in ("edited.mp4", "report.html"):
        (tmp_path / name).touch()
    console = Console(quiet=True)
    facts = deliver._facts(outcome, Costs())
    deliver._summary(console, outcome, tmp_path, facts)
    assert capsys.readouterr().out == f"{tmp_path}/edited.mp4\n{tmp_path}/report.html\n"
