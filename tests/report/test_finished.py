import json
from pathlib import Path

import numpy as np
import pytest

from stitch_exp.errors import DataError
from stitch_exp.report.finished import entries, find_runs, natural
from stitch_exp.report.records import write_metrics
from stitch_exp.types import MetricResult, Report


@pytest.fixture
def make_run(tmp_path):
    def make(name, *, typed=(), clip="a", status="complete", tuning=None, **more):
        folder = tmp_path / "outputs" / name
        folder.mkdir(parents=True)
        state = {
            "status": status, "cell": name, "name": " ".join(typed), "overrides": list(typed), "frames": 10,
            "seconds": {"aligner": 1.0, "tuning": 8.0, "metrics": 1.0, "networks": 50.0},
            "peak_memory_mb": {"tuning": 900, "metrics": 500}, "reused": [],
        } | more  # fmt: skip
        (folder / "status.json").write_text(json.dumps(state))
        if status == "complete":
            write_metrics(Report((MetricResult("tl_id", 0.9, "", "one", np.ones(1)),)), folder, ("detected",))
            (folder / "provenance.json").write_text(json.dumps({"input": {"digest": clip}}))
            (folder / "config.yaml").write_text(json.dumps({"aligner": {"s": 1}, "tuning": tuning or {"n": 1}}))
        return folder

    return make


def find(tmp_path):
    return find_runs(f"{tmp_path}/outputs/**")


def test_complete_failed_and_skipped_runs_are_told_apart(make_run, tmp_path):
    make_run("a")
    make_run("b", status="failed", error="no face in 'x.mp4'", typed=["arm=full"])
    make_run("c", status="skipped")
    make_run("d", status="running")
    runs, failed = find(tmp_path)
    assert [run.folder.name for run in runs] == ["a"]
    assert failed[0][0].startswith("arm=full") and failed[0][1] == "no face in 'x.mp4'"
    assert failed[1][1] == "status is 'running'"


def test_the_newest_run_of_a_cell_counts_and_a_repaired_cell_did_not_fail(make_run, tmp_path):
    make_run("1", cell="x")
    make_run("2", cell="x")
    make_run("3", cell="y", status="failed", error="e")
    make_run("4", cell="y")
    runs, failed = find(tmp_path)
    assert [run.folder.name for run in runs] == ["2", "4"] and failed == []


def test_cells_are_read_in_the_order_of_their_numbers(make_run, tmp_path):
    for number in ("10", "9", "2"):
        make_run(number)
    assert [run.folder.name for run in find(tmp_path)[0]] == ["2", "9", "10"]


def test_rows_are_named_by_what_differs(make_run, tmp_path):
    make_run("1", typed=["experiment=ablation", "arm=without_pti", "edit=age", "clip=x"])
    make_run("2", typed=["experiment=ablation", "arm=full", "edit=age", "clip=y", "seed=1"])
    assert [entry.method for entry in entries(find(tmp_path)[0])] == ["without pti", "full"]


def test_a_reused_stage_costs_what_it_took_elsewhere(make_run, tmp_path):
    make_run("1")
    make_run("2", seconds={"aligner": 0.01, "tuning": 0.01, "metrics": 1.0}, reused=["aligner", "tuning"])
    make_run("3", seconds={"aligner": 0.01, "tuning": 4.0, "metrics": 1.0}, reused=["aligner"], tuning={"n": 2})
    make_run("4", seconds={"aligner": 0.01}, reused=["aligner"], clip="never made")
    costs = [{r.name: r.value for r in entry.results} for entry in entries(find(tmp_path)[0])]
    assert [cost["seconds_per_frame"] for cost in costs[:3]] == pytest.approx([1.0, 1.0, 0.6])
    assert np.isnan(costs[3]["seconds_per_frame"]) and costs[0]["peak_memory_mb"] == 900


def test_no_match_says_how_to_write_a_pattern(tmp_path):
    with pytest.raises(DataError, match="quote the pattern"):
        find_runs(f"{tmp_path}/**")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("metrics.json", "{", "metrics.json is damaged"),
        ("frames.csv", "frame,status,tl_id\n0,detected,x\n", "frames.csv is damaged"),
        ("provenance.json", "[", "provenance.json is damaged"),
        ("config.yaml", "a: [", "config.yaml cannot be read"),
        ("config.yaml", "", "config.yaml cannot be read"),
    ],
)
def test_a_run_with_a_damaged_record_costs_its_own_row_only(make_run, tmp_path, name, content, said):
    make_run("1", typed=["edit=age"])
    (make_run("2", typed=["edit=smile"]) / name).write_text(content)
    runs, failed = find(tmp_path)
    assert [run.folder.name for run in runs] == ["1"]
    assert len(failed) == 1 and failed[0][0].startswith("edit=smile (") and said in failed[0][1]


def test_a_damaged_run_gives_way_to_an_older_one_of_its_cell(make_run, tmp_path):
    make_run("1", cell="x")
    (make_run("2", cell="x") / "metrics.json").write_text("")
    runs, failed = find(tmp_path)
    assert [run.folder.name for run in runs] == ["1"] and failed == []


def test_a_run_without_records_of_its_clip_is_known_by_its_folder(make_run, tmp_path):
    folder = make_run("1")
    (folder / "provenance.json").unlink()
    ((run,), _) = find(tmp_path)
    assert (run.clip, run.clip_name, run.edits) == (str(folder), "clip", {})


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (["video=talk"], "talk"),
        (["video=file", "video.path=/tmp/my clip.mp4"], "my clip"),
        (["clip=a", "clip=b"], "b"),
        ([], "my clip"),
    ],
)
def test_a_clip_is_called_as_it_was_chosen(make_run, tmp_path, typed, name):
    folder = make_run("1", typed=typed)
    (folder / "provenance.json").write_text(json.dumps({"input": {"digest": "d", "name": "my clip.mp4"}}))
    ((run,), _) = find(tmp_path)
    assert run.clip_name == name


def test_strengths_of_one_method_share_its_base(make_run, tmp_path):
    for number, strength in enumerate((1.0, 2.0)):
        folder = make_run(str(number), typed=["arm=without_pti", "edit=age", f"edit.strength={strength}"])
        story = {"input": {"digest": "a"}, "edit": {"age": strength}}
        (folder / "provenance.json").write_text(json.dumps(story))
    make_run("2", typed=["arm=full", "edit=age"])
    found = entries(find(tmp_path)[0])
    assert [entry.base for entry in found] == ["without pti", "without pti", "full"]
    assert [entry.task for entry in found] == ["age +1", "age +2", ""]


def test_results_that_were_measured_later_count_as_the_run_s_own(make_run, tmp_path):
    later = make_run("1") / "evaluated" / "faceres"
    later.mkdir(parents=True)
    write_metrics(Report((MetricResult("tl_id", 0.7, "", "one", None, "", "identity=faceres"),)), later, ())
    ((run,), _) = find(tmp_path)
    assert [result.value for result in run.results] == [0.9, 0.7]


def test_names_sort_as_people_count():
    names = ["run10", "run9", "run2/b", "run2/a", "x", "2"]
    found = sorted(map(Path, names), key=natural)
    assert [str(path) for path in found] == ["2", "run2/a", "run2/b", "run9", "run10", "x"]
