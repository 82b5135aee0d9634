"""`run.py` then `eval.py` in subprocesses, as a user types them, on a few frames of the embedded sample."""

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest

from stitch_exp.config.schema import PROJECT
from stitch_exp.networks.live_files import load_live

FRAMES = 6
SHORT = ["model=mini", f"video.frames={FRAMES}", "tuning=pti_preview", "runtime.threads=1"]


def command(script: str, *arguments: str) -> subprocess.CompletedProcess:
    line = [sys.executable, str(PROJECT / script), *arguments]
    return subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, timeout=240)


def packets(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.fixture(scope="module")
def outputs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def first(outputs) -> tuple[subprocess.CompletedProcess, Path]:
    done = command("run.py", *SHORT, f"paths.outputs={outputs}", "experiment_name=e2e")
    assert done.returncode == 0, done.stderr
    return done, next(outputs.glob("e2e/*/status.json")).parent


def test_a_run_folder_is_complete(first):
    done, folder = first
    expected = {
        "edited.mp4", "comparison.mp4", "report.html", "metrics.json", "frames.csv", "config.yaml", "provenance.json",
        "status.json", "run.log", "losses.csv",
    }  # fmt: skip
    assert expected <= {path.name for path in folder.iterdir()}
    assert str(folder / "edited.mp4") in done.stdout
    assert json.loads((folder / "status.json").read_text())["status"] == "complete"


def test_the_edited_video_has_the_frames_of_the_source(first):
    assert packets(first[1] / "edited.mp4") == FRAMES


def test_one_row_a_frame(first):
    rows = (first[1] / "frames.csv").read_text().splitlines()
    assert len(rows) == FRAMES + 1


def test_the_tracker_recorded_the_run_offline(first):
    assert list(first[1].glob("wandb/offline-run-*"))


def test_a_second_edit_reuses_alignment_pivots_and_tuning(first, outputs):
    done = command("run.py", *SHORT, f"paths.outputs={outputs}", "experiment_name=second", "edit=smile", "logger=none")
    assert done.returncode == 0, done.stderr
    status = json.loads(next(outputs.glob("second/*/status.json")).read_text())
    assert status["reused"] == ["aligner", "encoder", "tuning"]


def test_a_run_is_taught_to_a_live_network(first):
    words = ["distill.num_updates=2", "distill.imagination.count=3", "distill.most_px=128", "runtime.threads=1"]
    words += ["distill.held_out=0.4", "distill.most_frames=2"]
    line = [sys.executable, "-c", "from stitch_exp.app.distilling import main; main()", str(first[1]), *words]
    done = subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    network, edit, detail = load_live(first[1] / "live.safetensors")
    facts = json.loads((first[1] / "live.json").read_text())
    assert edit.terms == facts["terms"] and list(detail.shares) == facts["shares"] == [0.5, 1.0]
    assert list(facts["explained"]) == ["1"] and facts["explained_on"] == "held out"
    assert {"pairs", "imagined", "distill"} <= set(facts["seconds"]) and network.multiple <= edit.side == 128


def test_everybody_is_one_person_where_there_is_one(first, outputs):
    words = ["aligner.follow=all", f"paths.outputs={outputs}", "experiment_name=all", "comparison=false", "logger=none"]
    done = command("run.py", *SHORT, *words)
    assert done.returncode == 0, done.stderr
    folder = next(outputs.glob("all/*/status.json")).parent
    assert json.loads((folder / "status.json").read_text())["people"] == 1
    alone, among = (
        {item["name"]: item["value"] for item in json.loads((place / "metrics.json").read_text())["results"]}
        for place in (first[1], folder / "people" / "1")
    )
    assert alone == among
    assert (folder / "edited.mp4").read_bytes() == (first[1] / "edited.mp4").read_bytes()
    assert 'href="people/1/report.html"' in (folder / "report.html").read_text()
    assert (folder / "people" / "1" / "report.html").is_file()


def test_the_record_of_a_run_repeats_it(first, outputs):
    folder = first[1]
    words = ["--config-path", str(folder), "--config-name", "config", "experiment_name=again"]
    done = command("run.py", *words)
    assert done.returncode == 0, done.stderr
    again = next(outputs.glob("again/*/status.json")).parent
    assert {"aligner", "encoder", "tuning", "stitching"} <= set(
        json.loads((again / "status.json").read_text())["reused"]
    )
    old, new = (str(json.loads((place / "metrics.json").read_text())["results"]) for place in (folder, again))
    assert old == new and packets(again / "edited.mp4") == FRAMES


def test_a_draft_is_one_video_and_no_numbers(first, outputs):
    done = command("run.py", *SHORT, "mode=preview", f"paths.outputs={outputs}", "experiment_name=draft", "logger=none")
    assert done.returncode == 0, done.stderr
    folder = next(outputs.glob("draft/*/status.json")).parent
    assert packets(folder / "edited.mp4") == FRAMES and not (folder / "comparison.mp4").exists()
    assert json.loads((folder / "metrics.json").read_text())["results"] == []
    assert "edited.mp4" in (folder / "report.html").read_text()
    table = command("eval.py", f"runs={outputs}/draft/**", f"paths.outputs={outputs}/none", "logger=none")
    assert "Traceback" not in table.stderr


def test_eval_prints_a_table_of_finished_runs(first, outputs):
    done = command("eval.py", f"runs={outputs}/e2e/**", f"paths.outputs={outputs}", "logger=none")
    assert done.returncode == 0, done.stderr
    assert list(outputs.glob("**/benchmark.csv"))


def test_a_file_that_is_no_video_is_one_sentence(tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"")
    done = command("run.py", "video=file", f"video.path={broken}", f"paths.outputs={tmp_path}/out", "logger=none")
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert "broken.mp4" in done.stderr
    assert not list(tmp_path.glob("out/**/edited.mp4"))


def test_a_failed_cell_does_not_stop_the_sweep(outputs, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video")
    arguments = ["video=file", f"video.path={broken},{first_sample()}", "logger=none", "edit=none", *SHORT]
    done = command("run.py", "-m", *arguments, f"paths.outputs={outputs}", "experiment_name=sweep")
    assert done.returncode != 0
    assert "1 failed" in done.stderr
    assert len(list(outputs.glob("sweep/*/1/edited.mp4"))) == 1


def first_sample() -> Path:
    from stitch_exp.video.sample import sample_path

    return sample_path()


def test_a_benchmark_with_known_answers_ends_with_its_table(outputs):
    done = command(
        "run.py", "-m", "benchmark=stit-gt-1", "model=mini", "model.resolution=128", "video=gt1_talk", "video.frames=3",
        "video.digest=null", "tuning=none", "stitching=none", "logger=none", f"paths.outputs={outputs}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = next(outputs.glob("stit-gt-1/*/benchmark.html")).parent
    found = {item["name"]: item["value"] for item in json.loads((folder / "0" / "metrics.json").read_text())["results"]}
    assert 0.0 < found["pivot_error"] < 1.0 and found["edit_error"] > 0.0 and found["border_error"] > 0.0
    assert "Pivot error" in done.stderr and str(folder / "strip.jpg") in done.stdout
