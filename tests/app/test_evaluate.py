import json
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from made_faces import face

from stitch_exp.app import evaluate as module
from stitch_exp.config import schema
from stitch_exp.report.records import read_metrics, write_metrics
from stitch_exp.types import Clip, MetricResult, Report
from stitch_exp.video import write_video

INSTRUMENT = "identity=dlib 0123; crop c; landmarks of the source in both videos"


class Frames(list):
    pass


class FakeIdentity:
    name, weight_hash, crop = "fake", "f" * 64, "all"

    def embed(self, frame, landmarks):
        mean = frame.reshape(-1, 3).mean(axis=0) + 1.0
        return (mean / np.linalg.norm(mean)).astype(np.float32)


class FakeDetector:
    def __init__(self, score=0.9):
        self.score = score

    def detect(self, frame):
        return [face(16.0, 14.0, 6.0, self.score)]


@pytest.fixture
def video(tmp_path):
    def make(name, count=4, shift=0, size=(32, 48)):
        noise = cv2.GaussianBlur(np.random.default_rng(0).uniform(0, 210, (*size, 3)), (0, 0), 2.0)
        frames = Frames(np.roll(noise, t, axis=1).astype(np.uint8) + np.uint8(shift) for t in range(count))
        path = tmp_path / name
        write_video(Clip(name, frames, *size, Fraction(25), np.arange(count), Fraction(1, 25)), path)
        return path

    return make


@pytest.fixture
def finished(tmp_path, video):
    def make(number, arm, value, instrument=INSTRUMENT):
        folder = tmp_path / "outputs" / "t" / str(number)
        folder.mkdir(parents=True)
        results = [MetricResult("psnr", value, "dB", "higher", np.full(4, value))]
        if instrument:
            results.append(MetricResult("tg_id", value, "", "one", None, "", instrument))
        write_metrics(Report(tuple(results)), folder, ("detected",) * 4)
        status = {"status": "complete", "cell": str(number), "overrides": [f"arm={arm}"], "frames": 4, "seconds": {}}
        (folder / "status.json").write_text(json.dumps(status))
        (folder / "provenance.json").write_text(json.dumps({"input": {"name": "a", "digest": "d"}}))
        source = video(f"source{number}.mp4")
        settings = {"_target_": "stitch_exp.video.FileVideo", "path": str(source), "start": 0, "frames": None}
        (folder / "config.yaml").write_text(json.dumps({"video": settings}))
        video(f"outputs/t/{number}/edited.mp4", shift=9)
        return folder

    return make


@pytest.fixture
def evaluate(tmp_path, monkeypatch):
    def run(*overrides, name="eval"):
        folder = tmp_path / name
        monkeypatch.setattr(
            module.HydraConfig, "get", lambda: SimpleNamespace(runtime=SimpleNamespace(output_dir=str(folder)))
        )
        schema.register()
        with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
            cfg = compose("eval", overrides=[*overrides, f"paths.outputs={tmp_path}"])
        return module.evaluate(cfg).code, folder

    return run


@pytest.fixture
def fakes(monkeypatch):
    """Two videos are compared by fakes, so that no weights are needed."""
    monkeypatch.setattr(module, "_identity", lambda cfg: FakeIdentity())
    monkeypatch.setattr("stitch_exp.faces.MediapipeDetector", lambda **settings: FakeDetector())


def test_tables_of_finished_runs_are_the_same_bytes_each_time(finished, evaluate, tmp_path):
    finished(0, "full", 0.99)
    finished(1, "without_pti", 0.9)
    written = []
    for name in ("one", "two"):
        code, folder = evaluate(f"runs={tmp_path}/outputs/**", name=name)
        assert code == 0
        written.append({path.name: path.read_bytes() for path in folder.glob("benchmark.*")})
    assert written[0] == written[1] and len(written[0]) == 4
    text = written[0]["benchmark.md"].decode()
    assert text.count("| full | 1 | **0.9900** |") == 2 and INSTRUMENT in text


def test_failed_runs_are_listed(finished, evaluate, tmp_path):
    finished(0, "full", 0.99)
    (tmp_path / "outputs" / "t" / "1").mkdir()
    state = {"status": "failed", "name": "arm=x", "error": "no face in frame 3", "cell": "1"}
    (tmp_path / "outputs" / "t" / "1" / "status.json").write_text(json.dumps(state))
    code, folder = evaluate(f"runs={tmp_path}/outputs/**")
    assert code == 0 and "no face in frame 3" in (folder / "benchmark.md").read_text()


def test_what_is_missing_is_measured_once_and_kept(finished, evaluate, fakes, tmp_path):
    run = finished(0, "full", 0.99, instrument="")
    code, folder = evaluate(f"runs={tmp_path}/outputs/**")
    kept = run / "evaluated" / "fake" / "metrics.json"
    assert code == 0 and kept.is_file() and "identity=fake" in (folder / "benchmark.md").read_text()
    before = kept.stat().st_mtime_ns
    assert evaluate(f"runs={tmp_path}/outputs/**", name="again")[0] == 0 and kept.stat().st_mtime_ns == before


def test_a_damaged_measurement_of_an_earlier_evaluation_is_told_and_made_again(
    finished, evaluate, fakes, tmp_path, capsys
):
    run = finished(0, "full", 0.99, instrument="")
    evaluate(f"runs={tmp_path}/outputs/**")
    kept = run / "evaluated" / "fake" / "metrics.json"
    whole = kept.read_text()
    kept.write_text(whole[: len(whole) // 2])
    capsys.readouterr()
    code, folder = evaluate(f"runs={tmp_path}/outputs/**", name="again")
    assert code == 0 and kept.read_text() == whole and "identity=fake" in (folder / "benchmark.md").read_text()
    said = capsys.readouterr().err.replace("\n", " ")
    assert f"{kept} is damaged (" in said and f"delete {kept.parent} and measure it again with eval.py" in said


def test_a_run_whose_source_is_gone_keeps_its_row_and_costs_the_others_nothing(
    finished, evaluate, fakes, tmp_path, capsys
):
    finished(0, "full", 0.99, instrument="")
    finished(1, "without_pti", 0.9, instrument="")
    (tmp_path / "source1.mp4").unlink()
    code, folder = evaluate(f"runs={tmp_path}/outputs/**")
    text = (folder / "benchmark.csv").read_text()
    assert code == 0 and "full,tg_id," in text and "without pti,psnr," in text and "without pti,tg_id," not in text
    said = capsys.readouterr().err
    assert "1 is not measured with identity=fake: there is no file" in said.replace("\n", " ")


def test_two_videos(video, evaluate, fakes):
    code, folder = evaluate(f"source={video('a.mp4')}", f"edited={video('b.mp4', shift=12)}")
    assert code == 0
    assert {"benchmark.csv", "metrics.json", "frames.csv", "report.html", "comparison.mp4"} <= {
        path.name for path in folder.iterdir()
    }
    found = {result.name: result.value for result in read_metrics(folder).results}
    assert found["face_change"] == pytest.approx(12.0, abs=3.0) and found["tl_id"] == pytest.approx(1.0, abs=0.01)


def test_several_videos_of_other_lengths_have_one_page(video, evaluate, fakes):
    edits = [video("b.mp4", shift=12), video("c.mp4", count=3)]
    code, folder = evaluate(f"source={video('a.mp4')}", f"edited={edits[0]}", f"edited2={edits[1]}")
    assert code == 0 and (folder / "1_b" / "report.html").is_file() and (folder / "2_c" / "metrics.json").is_file()
    page, table = (folder / "benchmark.html").read_text(), (folder / "benchmark.md").read_text()
    assert "Over time" in page and "c.mp4: matched by time" in page and "| b.mp4 |" in table and "| c.mp4 |" in table
    assert "Not measured (needs the crops and masks of a run): " in table and "PSNR" in table
    assert len(read_metrics(folder / "2_c").results[0:]) > 10


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda video: [], 2, "nothing to evaluate"),
        (lambda video: ["source=a.mp4"], 2, "add edited="),
        (lambda video: ["runs=x", "source=a.mp4"], 2, "not both"),
        (lambda video: ["runs=nowhere/**"], 1, "no run folder"),
        (lambda video: ["source=no.mp4", "edited=b.mp4"], 2, "no.mp4"),
        (lambda video: [f"source={video('a.mp4')}", f"edited={video('b.mp4', size=(32, 64))}"], 1, "48x32"),
    ],
)
def test_mistakes_are_one_paragraph(make, code, words, video, evaluate, fakes, capsys):
    assert evaluate(*make(video))[0] == code
    assert words in " ".join(capsys.readouterr().err.split())


def test_the_tracker_gets_every_run_with_its_folder(finished, evaluate, tmp_path, monkeypatch):
    folders, seen = [finished(0, "full", 0.99), finished(1, "without_pti", 0.9)], []
    monkeypatch.setattr(module, "start_run", lambda *arguments, **more: object())
    monkeypatch.setattr(module.evaluation_run, "record", lambda run, tables, folder, runs: seen.extend(runs))
    assert evaluate(f"runs={tmp_path}/outputs/**", "logger=wandb")[0] == 0
    assert [(entry.method, folder) for entry, folder in seen] == [("full", folders[0]), ("without pti", folders[1])]


@pytest.fixture
def known_clip(monkeypatch):
    """`source=gt1_talk` is made by the small model."""
    words = ["model=mini", "model.resolution=128", "video.frames=3", "video.digest=null"]
    made = module.known.settings("gt1_talk", words)
    monkeypatch.setattr(module.known, "settings", lambda name: made)
    return made


def test_a_foreign_edit_of_a_known_clip_is_measured_against_the_true_one(known_clip, evaluate, monkeypatch, tmp_path):
    source, step = module.known.clip(known_clip), module.known.step_of(known_clip, "age")
    edited = replace(source, frames=module.known.TrueFrames(source, step, 1.5), truth=None)
    write_video(edited, tmp_path / "mine.mp4", crf=4)
    monkeypatch.setattr(module, "_identity", lambda cfg: FakeIdentity())
    code, folder = evaluate(
        "source=gt1_talk", f"edited={tmp_path}/mine.mp4", "truth.edit=age", "metrics.names=[motion]"
    )
    found = {item.name: item.value for item in read_metrics(folder).results}
    assert code == 0 and found["true_strength"] == pytest.approx(1.5, abs=0.2)
    assert found["edit_error"] < 3.0 and found["border_error"] < 6.0 and found["background_error"] < 6.0
    assert "Background error" in (folder / "benchmark.md").read_text()


def test_a_known_clip_needs_the_edit_and_a_file_has_no_right_answers(known_clip, evaluate, video, capsys):
    path = video("b.mp4", count=3, size=(360, 480))
    assert evaluate("source=gt1_talk", f"edited={path}")[0] == 2
    assert evaluate(f"source={path}", f"edited={path}", "truth.edit=age")[0] == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "say which edit it should be" in said and "are known of gt1_talk" in said
